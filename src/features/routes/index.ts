/**
 * Static routes. Where FRR runs, its staticd holds them (the kind makes its file, because BGP adds to it);
 * elsewhere they go straight into the kernel.
 */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { RouteOperation } from '../../fragment/operation.ts';
import type { Node } from '../../topology/topology.ts';
import { runsFrr } from '../frr/routing.ts';
import { familyOf, networkText } from '../shared/lookup.ts';
import { routesSchema } from './settings.ts';
import type { RoutesSettings, StaticRoute } from './settings.ts';

const routeProblems = (node: Node, route: StaticRoute, index: number): NodeProblem[] => {
  const other = [route.via, route.src].find(
    (address) => address !== undefined && familyOf(address) !== familyOf(route.to),
  );
  const device =
    route.dev === undefined ||
    ['lo', 'br-phy', 'br0', 'peer0'].includes(route.dev) ||
    node.interfaces.some((own) => own.name === route.dev);
  return [
    ...(other === undefined
      ? []
      : [{ path: [index], message: `a route to ${route.to} cannot use ${other}, which is of the other IP version` }]),
    ...(device
      ? []
      : [
          {
            path: [index, 'dev'],
            message: `${node.name} has no interface ${String(route.dev)}`,
            hint: `its interfaces: ${node.interfaces.map((own) => own.name).join(', ')}`,
          },
        ]),
    ...(runsFrr(node) && route.src !== undefined
      ? [{ path: [index, 'src'], message: 'FRR’s static routes have no src', hint: 'remove src' }]
      : []),
  ];
};

export const routes: FeatureDefinition<RoutesSettings> = {
  feature: 'routes',
  summary: 'Static routes.',
  schema: routesSchema,
  kinds: ['host', 'gateway', 'router', 'stack', 'hypervisor'],
  problems: (node, settings) => settings.flatMap((route, index) => routeProblems(node, route, index)),
  contribute: (node, settings) => ({
    operations: runsFrr(node)
      ? []
      : at(
          // A hypervisor's underlay addresses exist only after its switch.
          node.kind === 'hypervisor' ? 'tunnels' : 'routes',
          ...settings.map((route): RouteOperation => ({
            op: 'route',
            node: node.name,
            ...route,
            to: networkText(route.to),
          })),
        ),
  }),
};
