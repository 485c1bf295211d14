/**
 * The ladder: every signalling message of an LTE network in captured frames, once, in order of time, with who said it to
 * whom and what it says. It knows no procedures: an attach, a handover and a refusal are what the messages make them.
 * This is the door to the room; text.ts and mermaid.ts draw what `ladderOf` returns.
 *
 *     frames -> packets, each once per sending (packet.ts) -> messages out of SCTP, TCP, UDP (sctp.ts, tcp.ts)
 *            -> names and details (names/) -> rungs between actors (actor.ts)
 */
import type { Frame, Layer } from '../packet/layer.ts';
import { type Actor, Cast, endsOf, interfaceBetween, nobodyKnown, type Role, type Who } from './actor.ts';
import type { SaidNas } from './names/said.ts';
import { signallingPackets } from './packet.ts';
import { readUnit, type Reading } from './reading.ts';
import { sctpUnits } from './sctp.ts';
import { Ciphering } from './security.ts';
import { diameterUnits } from './tcp.ts';
import type { Protocol, Unit } from './unit.ts';

/**
 * `procedure`: it is about a phone. `base`: it sets up or keeps an interface. `transport`: it keeps an association, or
 * says again what was said.
 */
export type Kind = 'procedure' | 'base' | 'transport';

/** One message on the ladder. */
export interface Rung {
  /** From 1, in order of time. */
  readonly number: number;
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  readonly from: string;
  /** More than one for what is said to everybody on a link. */
  readonly to: readonly string[];
  /** `RRC`, `S1AP`, `S6a`, `S11`, `S5`, `Gy`, `S1-U`; the protocol where the interface is not known. */
  readonly interface: string;
  readonly protocol: Protocol;
  /** As the specification names it. */
  readonly name: string;
  readonly abbreviation?: string | undefined;
  /** S1AP procedure, GTPv2 or GTP-U message type, Diameter command. */
  readonly code?: number | undefined;
  readonly details: readonly string[];
  /** NAS messages inside, the outer one first. */
  readonly nas: readonly SaidNas[];
  readonly kind: Kind;
  /** The node of the phone that it is about, where that is known. */
  readonly phone?: string | undefined;
  /** The number of the rung that it repeats. */
  readonly repeats?: number | undefined;
  /** Packets it took, when more than one. */
  readonly packets?: number | undefined;
  /** What of it could not be decoded. */
  readonly problem?: string | undefined;
  /** The rung that carries the same NAS message on the other side of the eNodeB. */
  readonly across?: number | undefined;
}

export interface Ladder {
  readonly actors: readonly Actor[];
  readonly rungs: readonly Rung[];
}

export interface LadderInput {
  /** Of all capture points, in any order; whole, since a message that is cut off cannot be read. */
  readonly frames: readonly Frame[];
  readonly who?: Who | undefined;
  /** What is in a frame, where somebody has dissected it already. */
  readonly layersOf?: ((frame: Frame) => readonly Layer[]) | undefined;
  /** The NAS ciphering algorithm that a phone's node uses (0 is none), where that is known before the frames. */
  readonly ciphering?: ((phone: string) => number | undefined) | undefined;
}

const byTime = (a: Unit, b: Unit): number =>
  a.packet.time < b.packet.time ? -1 : a.packet.time > b.packet.time ? 1 : 0;

const unitsOf = ({ frames, layersOf }: LadderInput): readonly Unit[] => {
  const packets = signallingPackets(frames, layersOf);
  const of = (...carriers: readonly string[]) => packets.filter(({ carrier }) => carriers.includes(carrier));
  const alone = of('gsmtap', 'gtp-c', 'gtp-u').map((packet): Unit => {
    const protocol = packet.carrier === 'gsmtap' ? 'RRC' : packet.carrier === 'gtp-c' ? 'GTPv2-C' : 'GTP-U';
    return { protocol, octets: packet.payload, packet, packets: 1, problem: packet.problem };
  });
  // sort is stable: what one packet brings stays in its order.
  return [...alone, ...sctpUnits(of('sctp')), ...diameterUnits(of('tcp'))].sort(byTime);
};

/** A rung with what only the making of the ladder needs. */
type Draft = Omit<Rung, 'number' | 'repeats' | 'across'> & Pick<Reading, 'carried'> & { readonly unit: Unit };

/** Milliseconds within which a message crosses an eNodeB; those that lie further apart are not joined. */
const CROSSING = 1000n * 1_000_000n;

/** What NAS messages travel in. */
const carries: ReadonlySet<Protocol> = new Set(['RRC', 'NAS', 'S1AP']);

/** Pairs the two carriers of a NAS message, on the radio link and on S1: the same octets through the same eNodeB. */
const pairs = (drafts: readonly Draft[]): ReadonlyMap<number, number> => {
  const found = new Map<number, number>();
  const open = new Map<string, number[]>();
  for (const [index, { carried, protocol, from, to, unit }] of drafts.entries()) {
    const [octets] = carried;
    if (octets === undefined || unit.repeats !== undefined || !carries.has(protocol)) continue;
    const content = Buffer.from(octets).toString('latin1');
    const other = (open.get(content) ?? []).find((candidate) => {
      const before = drafts[candidate];
      return (
        before !== undefined &&
        !found.has(candidate) &&
        (before.protocol === 'S1AP') !== (protocol === 'S1AP') &&
        before.to.includes(from) &&
        before.from !== to[0] &&
        unit.packet.time - before.unit.packet.time < CROSSING
      );
    });
    if (other === undefined) open.set(content, [...(open.get(content) ?? []), index]);
    else {
      found.set(index, other);
      found.set(other, index);
    }
  }
  return found;
};

/** UDP has no sequence: the same GTPv2 message sent again is a repetition by its sender's timer (TS 29.274, 7.6). */
const repetitions = (units: readonly Unit[]): ReadonlyMap<Unit, Unit> => {
  const first = new Map<string, Unit>();
  const again = new Map<Unit, Unit>();
  for (const unit of units) {
    if (unit.repeats !== undefined) again.set(unit, unit.repeats);
    if (unit.protocol !== 'GTPv2-C') continue;
    const { source, destination, sourcePort, destinationPort } = unit.packet;
    const content = Buffer.from(unit.octets).toString('latin1');
    const key = `${source}:${sourcePort} ${destination}:${destinationPort} ${content}`;
    const known = first.get(key);
    if (known === undefined) first.set(key, unit);
    else again.set(unit, known);
  }
  return again;
};

/** What is left open by the messages: whoever speaks GTP-C with an MME is a SGW, and with a SGW a PGW. */
const castGateways = (drafts: readonly Draft[], cast: Cast): void => {
  const beside: readonly (readonly [Role, Role])[] = [
    ['mme', 'sgw'],
    ['pgw', 'sgw'],
    ['sgw', 'pgw'],
  ];
  for (const [known, other] of beside)
    for (const { protocol, from, to } of drafts) {
      if (protocol !== 'GTPv2-C') continue;
      for (const [one, two] of [
        [from, to[0] ?? from],
        [to[0] ?? from, from],
      ] as const)
        if (cast.roleOf(one) === known) cast.meet(two, other);
    }
};

/** Diameter says by its application which interface it is; the rest follows from who the two are. */
const interfaceOf = (rung: Pick<Rung, 'from' | 'to' | 'protocol' | 'interface'>, cast: Cast): string => {
  const between = interfaceBetween(cast.roleOf(rung.from), cast.roleOf(rung.to[0] ?? ''));
  const open = rung.protocol === 'GTPv2-C' || rung.protocol === 'GTP-U' || rung.interface === 'Diameter';
  return open ? (between ?? rung.interface) : rung.interface;
};

/** The ladder of everything that these frames show. */
export const ladderOf = (input: LadderInput): Ladder => {
  const { who = nobodyKnown, ciphering = () => undefined } = input;
  const units = unitsOf(input);
  const cast = new Cast(who);
  const security = new Ciphering(ciphering);
  const again = repetitions(units);
  const drafts = units.flatMap((unit): Draft[] => {
    const { from, to } = endsOf(unit.packet, who);
    return readUnit(unit, { from, to }, cast, security).map((reading): Draft => {
      for (const name of [from, ...to]) cast.meet(name);
      return {
        ...reading,
        ...{ time: unit.packet.time, from, to, unit },
        ...(again.has(unit) ? { kind: 'transport' } : {}),
        ...(unit.packets > 1 ? { packets: unit.packets } : {}),
      };
    });
  });
  castGateways(drafts, cast);
  const across = pairs(drafts);
  const numbers = new Map<Unit, number>();
  const rungs = drafts.map(({ unit, carried: _, ...rung }, index): Rung => {
    if (!numbers.has(unit)) numbers.set(unit, index + 1);
    const original = again.get(unit);
    const other = across.get(index);
    return {
      number: index + 1,
      ...rung,
      // The interface follows from roles that later messages can tell.
      interface: interfaceOf(rung, cast),
      ...(original === undefined ? {} : { repeats: numbers.get(original) }),
      ...(other === undefined ? {} : { across: other + 1 }),
    };
  });
  return { actors: cast.actors(), rungs };
};
