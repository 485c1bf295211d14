/** What becomes of a process that ended by itself: what its own entry says, else its node's, else the lab's. */
import type { RestartPolicy, Topology } from '../../topology/topology.ts';
import type { ProcessesSettings } from './settings.ts';

/** What a feature starts has no entry of its own; a cable belongs to no node. */
export const restartPolicy = (topology: Topology, node: string, process: string): RestartPolicy => {
  const written = topology.nodes.find(({ name }) => name === node);
  const entries = (written?.features['processes'] ?? []) as ProcessesSettings;
  const own = entries.find(({ name }) => name === process)?.restart;
  return own ?? written?.restart ?? topology.restart ?? 'always';
};
