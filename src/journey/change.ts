/** What a hop changed in a packet, and why. */
import type { Grade } from './grade.ts';
import type { Join } from './journey.ts';
import type { Sighting } from './sighting.ts';

export interface Cause {
  readonly kind:
    | 'route'
    | 'neighbour'
    | 'snat'
    | 'dnat'
    | 'masquerade'
    | 'gtpu'
    | 'vxlan'
    | 'tun'
    | 'checksum'
    | 'offload'
    | 'metadata'
    | 'mangle'
    | 'congestion';
  /** One line for people: the rule, the route, the tunnel. */
  readonly text: string;
  /** What lies behind the cause, a line each: which message made the tunnel. */
  readonly behind?: readonly string[] | undefined;
  /** The node's own state behind it: a route with its origin, a conntrack entry. */
  readonly state?: string | undefined;
  /** The answer's way back: the translation is undone. */
  readonly reverse?: boolean | undefined;
  readonly grade: Exclude<Grade, 'unexplained'>;
}

export type ChangeKind =
  | 'ttl'
  | 'mac'
  | 'source'
  | 'destination'
  | 'identifier'
  | 'encapsulated'
  | 'decapsulated'
  | 'tunnel'
  | 'dscp'
  | 'ecn'
  | 'mss'
  | 'checksum'
  | 'other';

export interface Change {
  readonly kind: ChangeKind;
  /** Whether it is in the headers around the packet, or in the packet itself. */
  readonly where: 'outer' | 'inner';
  /** The header field, as `ipv4 ttl`. */
  readonly field: string;
  readonly from: string;
  readonly to: string;
  /** Undefined: unexplained. */
  readonly cause?: Cause | undefined;
  /** Why the cause that was looked for does not hold. */
  readonly problem?: string | undefined;
}

/** Two neighbouring sightings of a journey, and everything that differs between them. */
export interface Hop {
  readonly from: Sighting;
  readonly to: Sighting;
  readonly join: Join;
  readonly changes: readonly Change[];
  readonly grade: Grade;
}

export const unexplainedOf = ({ changes }: Hop): Change[] => changes.filter(({ cause }) => cause === undefined);

/** `ttl 64 > 63 at enb: no route …`, for lists of what is unexplained. */
export const changeText = ({ field, from, to, problem }: Change): string =>
  `${field} ${from === '' ? 'new' : from} > ${to === '' ? 'gone' : to}${problem === undefined ? '' : `: ${problem}`}`;
