/**
 * A gateway: it forwards between networks: a NAT box, a virtual gateway, a packet gateway. It has a default route, or
 * speaks BGP with those around.
 */
import type { KindDefinition } from '../fragment/definition.ts';
import { at } from '../fragment/fragment.ts';
import { routingDaemons, runsFrr } from '../features/frr/routing.ts';
import {
  addressed,
  forwarding,
  forwardingInherited,
  ipNamespace,
  metadataRoute,
  routedLinks,
  sysctls,
} from './common.ts';
import { routesBack } from '../features/shared/tenants.ts';
import { noClientProblems } from '../features/dhcp/problems.ts';
import { defaultRoutes, gatewayProblems } from './default-route.ts';
import { gatewayShape } from './settings.ts';
import type { GatewaySettings } from './settings.ts';

export const gateway: KindDefinition<GatewaySettings> = {
  kind: 'gateway',
  summary: 'A gateway: it forwards between networks, with a default route or with BGP.',
  shape: gatewayShape,
  portRole: () => 'routed',
  interfaceNames: 'peer',
  router: false,
  problems: (node, settings) => [...gatewayProblems(node, settings.gateway), ...noClientProblems(node)],
  contribute: (node, settings, topology) => ({
    operations: [
      ...ipNamespace(node, { ...forwardingInherited, ...(runsFrr(node) ? routedLinks : {}) }),
      ...addressed(node, topology),
      ...at('sysctls', ...sysctls(node, forwarding)),
      ...at('routes', ...defaultRoutes(node, settings.gateway, topology, ['router', 'stack'])),
      ...metadataRoute(node, topology),
      ...at(
        'routes',
        ...routesBack(node, topology).map(({ to, via }) => ({ op: 'route', node: node.name, to, via }) as const),
      ),
      ...routingDaemons(node, topology),
    ],
  }),
};
