/** zebra, the daemon that puts the routes of all protocols into the kernel. Every router has it; it starts first. */
import { at } from '../../fragment/fragment.ts';
import type { StagedOperation } from '../../fragment/fragment.ts';
import type { Node } from '../../topology/topology.ts';
import { configuration, daemonWith, owner } from './daemon.ts';
import { frrOf } from './files.ts';

/**
 * Routes with their next hops in them, and not by number. The kernel takes the next hops of an interface that loses its
 * carrier out of its groups, and deletes a group with its routes when none is left; zebra 8.4 goes on to use the group as it
 * remembers it. After one of two equal ways had failed and come back, and then the other, a destination was lost.
 */
const kernelRoutes = ['no zebra nexthop kernel enable'];

/**
 * Seconds for which routes of a zebra that was killed stay after another one has started: time for bgpd to learn them again. A
 * gateway is sent packets as soon as its neighbours hear of it, and would have none of its own ways by then.
 */
const keptRoutes = 10;

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
  ...(frrOf(node) === undefined
    ? daemonWith(
        node,
        'zebra',
        configuration(node, kernelRoutes),
        ['gateway', 'host'].includes(node.kind) ? ['--graceful_restart', String(keptRoutes)] : [],
      )
    : []),
];
