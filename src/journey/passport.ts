/**
 * A passport (通关文牒): the stamps of one packet at every gate it passed, in order, with what changed there and why.
 * The passport of a request has several legs: the first packet with data on its way to the proxy, the packet by which
 * the proxy passed the same octets on, and the answer's first packet with data back over both connections.
 */
import type { Hop } from './change.ts';
import { unexplainedOf } from './change.ts';
import { firstData } from './conversation.ts';
import type { Conversation } from './conversation.ts';
import { formatTableOf, reformatted } from './format-table.ts';
import type { FormatTable } from './format-table.ts';
import { weakest } from './grade.ts';
import type { Grade } from './grade.ts';
import { firstOf, lastOf } from './journey.ts';
import type { Journey } from './journey.ts';
import type { Outcome } from './outcome.ts';
import { samePayload } from './proxy.ts';
import { payloadLengthOf, payloadOf, transportOf } from './sighting.ts';
import type { Sighting } from './sighting.ts';
import { flagText, layersText } from './stack.ts';
import { flow } from '../packet/identity.ts';
import { GSMTAP_PORT } from '../signalling/gsmtap.ts';
import type { Trace } from './trace.ts';
import { summaryOf, whyOf } from './words.ts';

export interface Stamp {
  /** From 1, through all legs. */
  readonly number: number;
  /** Microseconds since the passport's first stamp. */
  readonly time: number;
  readonly node: string;
  readonly title: string;
  readonly interface: string;
  readonly direction: 'in' | 'out';
  /** How the packet came here: over a cable or through the node; undefined at the first stamp. */
  readonly over?: 'link' | 'node' | undefined;
  readonly what: string;
  readonly why: readonly string[];
  readonly grade: Grade;
  readonly layers: string;
  /** Where the packet's format is new. */
  readonly format?: FormatTable | undefined;
}

export interface Leg {
  readonly name: 'request' | 'answer' | 'packet';
  readonly journey: number;
  readonly conversation: number | undefined;
  /** `tcp 10.45.0.2:35230 > 203.0.113.10:443, PSH ACK, 517 octets of data`. */
  readonly packet: string;
  readonly stamps: readonly Stamp[];
  readonly outcome: Outcome;
  /** How this leg continues the one before it: octets that a proxy passed on. */
  readonly continues?:
    | { readonly node: string; readonly by: 'log' | 'payload'; readonly sameOctets: boolean; readonly grade: Grade }
    | undefined;
}

export interface Totals {
  readonly stamps: number;
  readonly nodes: number;
  readonly cables: number;
  readonly routers: number;
  readonly translations: number;
  /** Tunnels that were entered or changed. */
  readonly tunnels: number;
  readonly unexplained: number;
  /** Microseconds from the first stamp to the last. */
  readonly time: number;
}

export interface Passport {
  readonly lab: string;
  readonly from: string;
  readonly legs: readonly Leg[];
  readonly totals: Totals;
}

interface Part {
  readonly name: Leg['name'];
  readonly journey: Journey;
  readonly conversation?: Conversation | undefined;
  readonly continues?: Leg['continues'];
}

/** ICMPv6 that belongs to the link and is nobody's request: multicast listeners (RFC 3810), neighbour discovery (RFC 4861). */
const ofTheLink = ({ forward }: Conversation): boolean =>
  forward.every((journey) => {
    const transport = transportOf(firstOf(journey));
    return transport?.protocol === 'icmpv6' && transport.type >= 130 && transport.type <= 143;
  });

/**
 * What a phone and its base station say to each other (GSMTAP) is no packet of the user: it is on the ladder (ladder/),
 * and has a passport only when one asks for it by its number.
 */
const isSignalling = ({ protocol, tuples }: Conversation): boolean =>
  protocol === 'udp' &&
  tuples.some((tuple) => tuple.sourcePort === GSMTAP_PORT && tuple.destinationPort === GSMTAP_PORT);

/** The conversation a trace is about: the first over TCP that carried data, else any with data, else the first. */
const subject = (trace: Trace): Conversation | undefined => {
  const asked = trace.scope.filter((item) => !isSignalling(item));
  const scope = asked.filter((item) => !ofTheLink(item));
  const carries = ({ forward }: Conversation): boolean => firstData(forward) !== undefined;
  return scope.find((item) => item.protocol === 'tcp' && carries(item)) ?? scope.find(carries) ?? scope[0] ?? asked[0];
};

const conversationOf = ({ conversations }: Trace, number: number): Conversation | undefined =>
  conversations[number - 1];

/** A conversation and what proxies made of it, one after the other. */
const chainOf = (
  trace: Trace,
  first: Conversation,
): { readonly conversation: Conversation; readonly join: Trace['joins'][number] | undefined }[] => {
  const chain: ReturnType<typeof chainOf> = [{ conversation: first, join: undefined }];
  for (let at: Conversation | undefined = first; at !== undefined;) {
    const number: number = at.number;
    const join = trace.joins.find(({ front }) => front === number);
    at = join === undefined ? undefined : conversationOf(trace, join.back);
    if (at === undefined || join === undefined || chain.some(({ conversation }) => conversation === at)) break;
    chain.push({ conversation: at, join });
  }
  return chain;
};

/** The packets of one direction over a chain of connections, each carrying the octets that the one before it carried. */
const direction = (name: 'request' | 'answer', links: ReturnType<typeof chainOf>): Part[] => {
  const ordered = name === 'request' ? links : [...links].reverse();
  const parts: Part[] = [];
  for (const [index, { conversation, join }] of ordered.entries()) {
    const journeys = name === 'request' ? conversation.forward : conversation.backward;
    const before = parts.at(-1)?.journey;
    const octets = before === undefined ? undefined : payloadOf(lastOf(before));
    const same =
      octets === undefined ? undefined : journeys.find((journey) => samePayload(payloadOf(firstOf(journey)), octets));
    const journey = same ?? firstData(journeys) ?? (links.length === 1 ? journeys[0] : undefined);
    if (journey === undefined) break;
    const by = name === 'request' ? join : ordered[index - 1]?.join;
    parts.push({
      name,
      journey,
      conversation,
      ...(before === undefined || by === undefined
        ? {}
        : { continues: { node: by.node, by: by.by, sameOctets: same !== undefined, grade: by.grade } }),
    });
  }
  return parts;
};

/** `tcp 10.45.0.2:35230 > 203.0.113.10:443, PSH ACK, 517 octets of data`. */
export const packetText = (sighting: Sighting): string => {
  const transport = transportOf(sighting);
  const length = payloadLengthOf(sighting);
  return [
    flow(sighting.layers, sighting.innermost) ?? 'not IP',
    ...(transport?.protocol === 'tcp' ? [flagText(transport.flags)] : []),
    ...(length > 0 ? [`${length} octets of data`] : []),
  ].join(', ');
};

const MICROSECOND = 1000;

const firstWhat = (part: Part, title: string): string => {
  if (part.continues !== undefined)
    return part.continues.sameOctets
      ? `${title} passes the same octets on, over a connection of its own`
      : `${title} continues over a connection of its own`;
  return firstOf(part.journey).frame.direction === 'out' ? `${title} sends` : 'first seen';
};

const stampsOf = (trace: Trace, part: Part, begin: number, numbered: number): Stamp[] => {
  const hops: readonly (Hop | undefined)[] = [undefined, ...trace.hops(part.journey)];
  return part.journey.sightings.map((sighting, index): Stamp => {
    const hop = hops[index];
    const { node, interface: name, direction } = sighting.frame;
    const title = trace.ground.title(node);
    return {
      number: numbered + index + 1,
      time: (sighting.at - begin) / MICROSECOND,
      node,
      title,
      interface: name,
      direction,
      ...(hop === undefined ? {} : { over: hop.join.over }),
      what: hop === undefined ? firstWhat(part, title) : summaryOf(hop),
      why: hop === undefined ? [] : whyOf(hop),
      grade: hop?.grade ?? part.continues?.grade ?? 'exact',
      layers: layersText(sighting.layers),
      ...(hop === undefined || reformatted(hop.from, sighting)
        ? { format: formatTableOf(trace.ground, sighting) }
        : {}),
    };
  });
};

const totalsOf = (trace: Trace, parts: readonly Part[], legs: readonly Leg[]): Totals => {
  const stamps = legs.flatMap((leg) => leg.stamps);
  const hops = parts.flatMap(({ journey }) => trace.hops(journey));
  const changes = hops.flatMap((hop) => hop.changes);
  const kinds = (...wanted: string[]): number => changes.filter(({ kind }) => wanted.includes(kind)).length;
  return {
    stamps: stamps.length,
    nodes: new Set(stamps.map(({ node }) => node)).size,
    cables: hops.filter(({ join }) => join.over === 'link').length,
    routers: kinds('ttl'),
    translations: kinds('source', 'destination'),
    tunnels: kinds('encapsulated', 'tunnel'),
    unexplained: hops.flatMap(unexplainedOf).length,
    time: stamps.at(-1)?.time ?? 0,
  };
};

const build = (trace: Trace, parts: readonly Part[]): Passport | undefined => {
  const [first] = parts;
  if (first === undefined) return undefined;
  const begin = firstOf(first.journey).at;
  const legs: Leg[] = [];
  for (const part of parts) {
    const numbered = legs.reduce((sum, leg) => sum + leg.stamps.length, 0);
    legs.push({
      name: part.name,
      journey: part.journey.number,
      conversation: part.conversation?.number,
      packet: packetText(firstOf(part.journey)),
      stamps: stampsOf(trace, part, begin, numbered),
      outcome: trace.outcome(part.journey),
      ...(part.continues === undefined ? {} : { continues: part.continues }),
    });
  }
  return {
    lab: trace.ground.topology.name,
    from: firstOf(first.journey).frame.node,
    legs,
    totals: totalsOf(trace, parts, legs),
  };
};

/**
 * The passport of a trace's request and of the answer to it, or of one journey by its number. Undefined when nothing
 * in the scope was seen, or there is no journey of that number.
 */
export const passportOf = (trace: Trace, journey?: number): Passport | undefined => {
  if (journey !== undefined) {
    const found = trace.journeys[journey - 1];
    const conversation = trace.conversations.find(({ forward, backward }) =>
      [...forward, ...backward].some(({ number }) => number === journey),
    );
    return found === undefined ? undefined : build(trace, [{ name: 'packet', journey: found, conversation }]);
  }
  const first = subject(trace);
  if (first === undefined) return undefined;
  const chain = chainOf(trace, first);
  return build(trace, [...direction('request', chain), ...direction('answer', chain)]);
};

/** The weakest grade of a passport's stamps. */
export const gradeOf = ({ legs }: Passport): Grade =>
  weakest(legs.flatMap(({ stamps }) => stamps.map(({ grade }) => grade)));
