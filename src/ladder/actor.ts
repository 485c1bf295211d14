/**
 * Who takes part: nodes by what they are in an LTE network (3GPP TS 23.401, 4.4). A lab tells it; in a foreign capture it
 * follows from what they say to each other, and the names are addresses.
 */
import type { Place, SignallingPacket } from './packet.ts';

/** In the order in which people draw them. */
export const roles = ['phone', 'enodeb', 'mme', 'hss', 'sgw', 'pgw', 'ocs'] as const;
export type Role = (typeof roles)[number];

export interface Actor {
  readonly name: string;
  /** Undefined for somebody whose part in it is not known. */
  readonly role: Role | undefined;
}

/** What a lab knows of its nodes. All of it may be unknown. */
export interface Who {
  /** The nodes that have an address; several where links of their own use the same one. */
  readonly owners: (address: string) => readonly string[];
  readonly role: (node: string) => Role | undefined;
}

export const nobodyKnown: Who = { owners: () => [], role: () => undefined };

/** The ends of a packet, as far as anybody is known to own the addresses; more receivers than one of a broadcast. */
export interface Ends {
  readonly from: string;
  readonly to: readonly string[];
}

/** IPv4's limited broadcast, the broadcast of a link-local network (RFC 3927, 2.8), and multicast. */
const everybody = /^(?:255\.255\.255\.255|169\.254\.255\.255|2(?:2[4-9]|3\d)\.|ff)/u;

const seenAt = (
  nodes: readonly string[],
  places: readonly Place[],
  direction: Place['direction'],
): string | undefined =>
  nodes.length < 2
    ? nodes[0]
    : nodes.find((node) => places.some((place) => place.node === node && place.direction === direction));

/** The sender has sent the packet, the receiver has got it: that decides where an address has several owners. */
export const endsOf = ({ source, destination, places }: SignallingPacket, who: Who): Ends => {
  const senders = who.owners(source);
  const receivers = who.owners(destination);
  const from = seenAt(senders, places, 'out') ?? senders[0] ?? source;
  if (receivers.length > 0) return { from, to: [seenAt(receivers, places, 'in') ?? receivers[0] ?? destination] };
  const listeners = places.filter(({ node, direction }) => direction === 'in' && who.role(node) !== undefined);
  const to = [...new Set(listeners.map(({ node }) => node))].filter((node) => node !== from);
  return { from, to: to.length > 0 && everybody.test(destination) ? to : [destination] };
};

/** Roles that messages give to those who have none yet: the first guess stays. */
export class Cast {
  readonly #who: Who;
  readonly #roles = new Map<string, Role | undefined>();

  constructor(who: Who) {
    this.#who = who;
  }

  roleOf(name: string): Role | undefined {
    return this.#who.role(name) ?? this.#roles.get(name);
  }

  /** Somebody takes part, perhaps in this role. */
  meet(name: string, role?: Role): void {
    this.#roles.set(name, this.#roles.get(name) ?? role);
  }

  /** Everybody who was met, in the order of the drawing; inside a role in the order of their names. */
  actors(): readonly Actor[] {
    const rank = (role: Role | undefined): number => (role === undefined ? roles.length : roles.indexOf(role));
    return [...this.#roles.keys()]
      .map((name) => ({ name, role: this.roleOf(name) }))
      .sort((a, b) => rank(a.role) - rank(b.role) || a.name.localeCompare(b.name, 'en', { numeric: true }));
  }
}

/** What the interface between two roles is called (TS 23.401, figure 4.2.1-1). */
const interfaces: readonly (readonly [Role, Role, string])[] = [
  ['phone', 'enodeb', 'RRC'],
  ['enodeb', 'enodeb', 'X2'],
  ['enodeb', 'mme', 'S1AP'],
  ['enodeb', 'sgw', 'S1-U'],
  ['mme', 'mme', 'S10'],
  ['mme', 'hss', 'S6a'],
  ['mme', 'sgw', 'S11'],
  ['sgw', 'pgw', 'S5'],
  ['pgw', 'ocs', 'Gy'],
];

/** The interface between two; undefined for a pair that has none. */
export const interfaceBetween = (one: Role | undefined, other: Role | undefined): string | undefined =>
  interfaces.find(([a, b]) => (a === one && b === other) || (a === other && b === one))?.[2];
