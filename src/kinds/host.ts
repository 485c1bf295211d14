/** A host: an end of conversations. It has addresses and a default gateway, or speaks BGP, and it does not forward. */
import type { KindDefinition } from '../fragment/definition.ts';
import { at } from '../fragment/fragment.ts';
import { clientOperations, clientProbes } from '../features/dhcp/client.ts';
import { clientProblems } from '../features/dhcp/problems.ts';
import { as } from '../features/epc/nodes.ts';
import { authorityPath, trustsAuthority } from '../features/shared/authority.ts';
import { routingDaemons, runsFrr } from '../features/frr/routing.ts';
import { hostGateways } from '../features/shared/gateways.ts';
import { askingInterface } from '../features/shared/metadata.ts';
import {
  addressed,
  forwardingInherited,
  ipNamespace,
  metadataRoute,
  multipath,
  routedLinks,
  sysctls,
} from './common.ts';
import { defaultRoutes, gatewayProblems } from './default-route.ts';
import { hostShape } from './settings.ts';
import type { HostSettings } from './settings.ts';

export const host: KindDefinition<HostSettings> = {
  kind: 'host',
  summary: 'A machine people log in to: it has a default gateway and does not forward.',
  shape: hostShape,
  portRole: () => 'routed',
  interfaceNames: 'eth',
  router: false,
  problems: (node, settings, topology) => [
    ...gatewayProblems(node, settings.gateway),
    ...clientProblems(topology, node, settings.gateway),
    ...(settings.userData !== undefined && askingInterface(topology, node) === undefined
      ? [
          {
            path: ['userData'],
            message: `nobody gives ${node.name} its user data: it is in no network with metadata`,
            hint: 'say metadata: true at its tenant or its network',
          },
        ]
      : []),
  ],
  contribute: (node, settings, topology) => ({
    operations: [
      ...ipNamespace(node, runsFrr(node) ? { ...forwardingInherited, ...routedLinks } : {}),
      ...addressed(node, topology),
      ...(runsFrr(node) ? at('sysctls', ...sysctls(node, multipath)) : []),
      // A phone gets its default route when it attaches.
      ...(as(node, 'ue') === undefined
        ? at('routes', ...defaultRoutes(node, settings.gateway, topology, hostGateways))
        : []),
      ...metadataRoute(node, topology),
      ...(trustsAuthority(node)
        ? at('files', { op: 'file', node: node.name, path: authorityPath, content: '@pki/ca.crt', mode: 0o644 })
        : []),
      ...clientOperations(topology, node, settings.gateway),
      ...routingDaemons(node, topology),
    ],
    probes: clientProbes(topology, node),
  }),
};
