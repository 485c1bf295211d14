/** zebra, the daemon that puts the routes of all protocols into the kernel. Every router has it; it starts first. */
import { at } from '../../fragment/fragment.ts';
import type { StagedOperation } from '../../fragment/fragment.ts';
import type { Node } from '../../topology/topology.ts';
import { daemon, owner } from './daemon.ts';
import { frrOf } from './files.ts';

/** zebra and what all of FRR's daemons on the node share. A router with FRR files of its own brings its zebra itself. */
export const zebra = (node: Node): StagedOperation[] => [
  ...at(
    'files',
    { op: 'file', node: node.name, path: '/run/frr/', content: '', mode: 0o755, owner },
    {
      op: 'file',
      node: node.name,
      path: '/etc/frr/vtysh.conf',
      content: 'no service integrated-vtysh-config\n',
      mode: 0o640,
      owner,
    },
  ),
  ...(frrOf(node) === undefined ? daemon(node, 'zebra', []) : []),
];
