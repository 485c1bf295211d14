/**
 * Checks: statements about the running lab, as plain data. Names of nodes are known to exist, addresses and prefixes are
 * canonical, and what a check leaves out is filled in: whoever asks the lab needs no rules of the file any more.
 */
import type { Family } from '../address/ip.ts';

/** Where packets go: an address, and the name it was written by. */
export interface Target {
  readonly name: string;
  readonly address: string;
}

/** Protocols whose packets a check can send by itself. */
export const probeProtocols = ['icmp', 'tcp', 'udp'] as const;
export type ProbeProtocol = (typeof probeProtocols)[number];

/** One packet that a check sends, and waits for the answer to. */
export interface Packet {
  readonly to: Target;
  readonly protocol: ProbeProtocol;
  /** Of TCP and UDP. */
  readonly port?: number | undefined;
}

/**
 * What becomes of a packet. `reachable`: it is answered, or (UDP) delivered without an objection. `refused`: somebody
 * answers with a no, a TCP reset or an ICMP error. `blocked`: nothing comes back. `unreachable`: any of these but the first.
 */
export const reaches = ['reachable', 'refused', 'blocked', 'unreachable'] as const;
export type Reach = (typeof reaches)[number];

/** Who put a route into the kernel's table, by the kernel's numbers (rt_protos, <linux/rtnetlink.h>). */
export const routeProtocols = ['connected', 'static', 'ospf', 'bgp', 'rip', 'isis', 'babel', 'eigrp'] as const;
export type RouteProtocol = (typeof routeProtocols)[number];

/** Protocols whose neighbours have a state that FRR tells. */
export const stateProtocols = ['ospf', 'ospf6', 'bgp', 'bfd'] as const;
export type StateProtocol = (typeof stateProtocols)[number];
/** The state in which each protocol's neighbour is of use: RFC 2328, 10.1; RFC 4271, 8.2.2; RFC 5880, 4.1. */
export const goodState: Readonly<Record<StateProtocol, 'full' | 'established' | 'up'>> = {
  ospf: 'full',
  ospf6: 'full',
  bgp: 'established',
  bfd: 'up',
};
export const neighbourStates = ['full', 'established', 'up', 'down'] as const;
export type NeighbourState = (typeof neighbourStates)[number];

/** Nodes that a packet must and must not come by. */
export interface Course {
  /** All of them, in this order; others may be in between. */
  readonly passes: readonly string[];
  readonly avoids: readonly string[];
}

export interface CommandStatement {
  readonly statement: 'command';
  readonly from: string;
  readonly run: readonly string[];
  /** Text that the command's standard output must contain. */
  readonly expect?: string | undefined;
  /** The exit code that the command must end with. */
  readonly exit: number;
}
export interface ReachStatement {
  readonly statement: 'reach';
  readonly from: string;
  readonly packet: Packet;
  readonly is: Reach;
}
export interface PathStatement extends Course {
  readonly statement: 'path';
  readonly from: string;
  /** What is followed: one packet of this kind, or the first request of a command. */
  readonly follow: Packet | { readonly run: readonly string[] };
  /** The answer's way. */
  readonly back: Course;
}
export interface RouteStatement {
  readonly statement: 'route';
  readonly at: string;
  /** Exactly this prefix, in the kernel's main table. */
  readonly prefix: string;
  /** Whether the route must be there, or must not. */
  readonly present: boolean;
  /** A node, or a canonical address; any of several next hops. */
  readonly nextHop?: string | undefined;
  readonly protocol?: RouteProtocol | undefined;
}
export interface AsPathStatement {
  readonly statement: 'as-path';
  readonly at: string;
  readonly prefix: string;
  /** The best path's AS path, whole; [] for a prefix of the own system. */
  readonly path?: readonly number[] | undefined;
  /** Systems that must not be in it. */
  readonly avoids: readonly number[];
}
export interface StateStatement {
  readonly statement: 'state';
  readonly at: string;
  readonly protocol: StateProtocol;
  readonly state: NeighbourState;
  /** Nodes or addresses; empty: all that the router has, at least one. */
  readonly neighbors: readonly string[];
  /** Exactly so many neighbours are in that state. */
  readonly count?: number | undefined;
}
export interface HttpStatement {
  readonly statement: 'http';
  readonly from: string;
  readonly url: string;
  readonly method?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent along. */
  readonly data?: string | undefined;
  readonly status: number;
  /** Text that the body must contain. */
  readonly body?: string | undefined;
}
export type Statement =
  | CommandStatement
  | ReachStatement
  | PathStatement
  | RouteStatement
  | AsPathStatement
  | StateStatement
  | HttpStatement;

/** What can become of a link: its ends lose the carrier, or nothing passes and nobody is told. */
export const linkEvents = ['down', 'silent'] as const;
/** What can become of a node: its daemons say goodbye first, the power goes, or it comes back at once. */
export const nodeEvents = ['stopped', 'killed', 'restarted'] as const;

/** Something that happens to the lab on purpose, and is undone afterwards: before a check, or for `xiyou converge`. */
export type CheckEvent =
  | { readonly event: 'link'; readonly link: readonly [string, string]; readonly is: (typeof linkEvents)[number] }
  | {
      readonly event: 'node';
      readonly nodes: readonly string[];
      /** Set where the nodes are meant as the routers of this autonomous system. */
      readonly asn?: number | undefined;
      readonly is: (typeof nodeEvents)[number];
    }
  | {
      readonly event: 'bgp';
      /** A router, and its neighbour: a node, or the address of the session. */
      readonly bgp: readonly [string, string];
      readonly is: 'reset';
    };

/** A statement that must become true before its deadline. */
export type Check = Statement & {
  readonly name: string;
  /** Seconds until it must be true; after an event, from the event on. */
  readonly within: number;
  /** Milliseconds that the thing itself may take: the round trip, the connection, the request, the command. */
  readonly atMost?: number | undefined;
  readonly when?: CheckEvent | undefined;
};

/** The node that is asked. */
export const nodeOf = (statement: Statement): string => ('from' in statement ? statement.from : statement.at);

export const familyOfAddress = (address: string): Family => (address.includes(':') ? 6 : 4);
