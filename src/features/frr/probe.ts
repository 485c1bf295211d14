/** How the probes of routing protocols are worded, and how long the protocols may take. */
import type { Topology } from '../../topology/topology.ts';

/**
 * Seconds. With the fast timers a hundred routers converge in 4 s on two cores; with the standard ones BGP alone waits
 * up to 120 s between two connection attempts (RFC 4271, 10).
 */
export const convergence = (topology: Topology): number => (topology.timers === 'fast' ? 60 : 240);

/** `a`, `a and b`, `a, b and c`. */
export const enumerated = (list: readonly string[]): string =>
  list.length < 2 ? list.join('') : `${list.slice(0, -1).join(', ')} and ${list.at(-1) ?? ''}`;
