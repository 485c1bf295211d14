/** The probe that asks a router's kernel for the routes its protocols must have brought: one command for all of them. */
import { parsePrefix, widthOf } from '../../address/ip.ts';
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { families, familyOf, withoutLength } from '../shared/lookup.ts';
import { convergence } from './probe.ts';

/** A prefix the way `ip -j route` shows it: host routes without a length, everything as `default`. */
const destination = (prefix: string): string => {
  const parsed = parsePrefix(prefix);
  if (parsed === undefined) return prefix;
  if (parsed.length === 0) return 'default';
  return parsed.length === widthOf(parsed.family) ? withoutLength(prefix) : prefix;
};

/** One probe per IP version that has prefixes. The prefixes have no host bits. */
export const routesProbe = (node: Node, protocol: string, prefixes: readonly string[], topology: Topology): Probe[] =>
  families.flatMap((family): Probe[] => {
    const wanted = [...new Set(prefixes.filter((prefix) => familyOf(prefix) === family))];
    if (wanted.length === 0) return [];
    return [
      {
        node: node.name,
        name: `${protocol}: IPv${family} route${wanted.length === 1 ? ` to ${wanted.join('')}` : `s to ${wanted.length} prefixes`} in the kernel`,
        question: {
          ask: 'command',
          argv: ['ip', '-json', `-${family}`, 'route', 'show'],
          json: wanted.map((prefix) => ({ dst: destination(prefix) })),
        },
        within: convergence(topology),
      },
    ];
  });
