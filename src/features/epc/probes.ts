/** When an LTE network is up: its functions run, know each other, and phones that are switched on are attached. */
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { readyPath, statusPath } from './config.ts';
import { clients, mmeOf, roleNames } from './nodes.ts';
import type { EpcSettings } from './settings.ts';

/** Seconds for a function to start, and to find the others. */
const startLimit = 30;
/** Seconds for a phone: T3411 (10 s, TS 24.301, 10.2) may pass once, when the network was not up at its first attempt. */
const attachLimit = 60;

/** What the status file of a function says when it is in service; undefined where being ready is all. */
const inService = (
  topology: Topology,
  node: Node,
  settings: EpcSettings,
): { name: string; json: unknown } | undefined => {
  if (settings.role === 'mme') {
    const enodebs = clients(topology, 'enodeb', mmeOf, node).map((enodeb) => ({ name: enodeb.node.name }));
    const names = enodebs.map(({ name }) => name).join(', ');
    return { name: `S1 with ${names} and S6a are up`, json: { hss: 'open', enodebs } };
  }
  if (settings.role === 'pgw') return { name: 'Gy is up', json: { ocs: 'open' } };
  return undefined;
};

export const probesOf = (topology: Topology, node: Node, settings: EpcSettings): Probe[] => {
  const service = inService(topology, node, settings);
  const about = `LTE: the ${roleNames[settings.role]}`;
  if (settings.role === 'ue' && settings.on)
    return [
      {
        node: node.name,
        name: `${about} is attached`,
        question: { ask: 'file', path: statusPath, json: { state: 'registered' } },
        within: attachLimit,
      },
    ];
  return [
    {
      node: node.name,
      name: `${about} is ready`,
      question: { ask: 'file', path: readyPath },
      within: startLimit,
    },
    ...(service === undefined
      ? []
      : [
          {
            node: node.name,
            name: `LTE: ${service.name}`,
            question: { ask: 'file', path: statusPath, json: service.json } as const,
            within: startLimit,
          },
        ]),
  ];
};
