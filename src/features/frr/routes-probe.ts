/** The probe that asks a router's kernel for the routes its protocols must have brought. */
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { families, familyOf } from '../shared/lookup.ts';
import { convergence } from './probe.ts';

/** One probe per IP version that has prefixes. The prefixes have no host bits. */
export const routesProbe = (node: Node, protocol: string, prefixes: readonly string[], topology: Topology): Probe[] =>
  families.flatMap((family): Probe[] => {
    const wanted = [...new Set(prefixes.filter((prefix) => familyOf(prefix) === family))];
    if (wanted.length === 0) return [];
    return [
      {
        node: node.name,
        name: `${protocol}: IPv${family} route${wanted.length === 1 ? ` to ${wanted.join('')}` : `s to ${wanted.length} prefixes`} in the kernel`,
        question: { ask: 'routes', to: wanted },
        within: convergence(topology),
      },
    ];
  });
