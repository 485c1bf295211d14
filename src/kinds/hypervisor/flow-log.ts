/** What a hypervisor has for the flow log of its machines: the program that the switch reports to, which is lab/flow-log. */
import { at } from '../../fragment/fragment.ts';
import type { StagedOperation } from '../../fragment/fragment.ts';
import type { Node } from '../../topology/topology.ts';
import { integration } from './bridges.ts';
import { isLogged, pointsOf } from './flows/report.ts';
import type { TenantPort } from './overlay.ts';

const configPath = '/etc/xiyou/flow-log.json';
const readyPath = '/run/flow-log/ready';
/** The records, a JSON object a line. */
export const flowLogPath = '/var/log/flows.jsonl';

export const flowLogOperations = (node: Node, local: readonly TenantPort[]): StagedOperation[] => {
  const logged = local.filter(isLogged);
  if (logged.length === 0) return [];
  const config = {
    hypervisor: node.name,
    bridge: integration,
    log: flowLogPath,
    ready: readyPath,
    points: logged.flatMap((port) =>
      pointsOf(port).map((point) => ({
        ...point,
        port: port.name,
        machine: port.node,
        network: port.network.name,
        tenant: port.network.tenant,
      })),
    ),
  };
  return [
    ...at('files', {
      op: 'file',
      node: node.name,
      path: configPath,
      content: `${JSON.stringify(config)}\n`,
      mode: 0o644,
      reload: 'flow-log',
    }),
    ...at('processes', {
      op: 'process',
      node: node.name,
      name: 'flow-log',
      argv: ['@node', '@lab/flow-log/main.ts', configPath],
      ready: readyPath,
    }),
  ];
};
