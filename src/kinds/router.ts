/**
 * A router: it forwards, and FRR speaks its routing protocols. The kind brings zebra, which owns the kernel's routes,
 * and staticd when anything on the node needs static routes; each protocol brings its own daemon as a feature.
 */
import type { KindDefinition } from '../fragment/definition.ts';
import { noClientProblems } from '../features/dhcp/problems.ts';
import { addressed } from './common.ts';
import { routerDaemons, routerNamespace } from './routing.ts';

export const router: KindDefinition = {
  kind: 'router',
  summary: 'A router: it forwards, and FRR speaks its routing protocols.',
  shape: {},
  portRole: () => 'routed',
  interfaceNames: 'peer',
  router: true,
  problems: noClientProblems,
  contribute: (node, _settings, topology) => ({
    operations: [...routerNamespace(node), ...addressed(node, topology), ...routerDaemons(node, topology)],
  }),
};
