/**
 * FRR's daemons as operations. Every node has its own /run and /etc, so the daemons keep FRR's usual places and
 * `vtysh` works inside the node. They run in the foreground as user frr, each with its own configuration file; FRR
 * takes a file with a rejected line and only logs `No such command on config line N`.
 */
import { at } from '../../fragment/fragment.ts';
import type { StagedOperation } from '../../fragment/fragment.ts';
import type { Node } from '../../topology/topology.ts';
import type { Daemon } from './daemons.ts';

/**
 * Sockets and files that a daemon may have open: enough for a router with a thousand ports. FRR lays out tables of that
 * size for each thread of each daemon, and what it takes of itself is the shell's limit (`ulimit -n`): with 20000, two
 * hundred routers needed a fifth more memory and a third more processor time.
 */
const openFiles = 4096;

export type { Daemon } from './daemons.ts';

/** The user and group FRR's daemons run as; they must be able to read their files. */
export const owner = 'frr:frr';

/** zebra's socket for the other daemons; it appears when zebra takes connections. */
export const zebraSocket = '/run/frr/zserv.api';

/** Lines as a file, with the host name that vtysh and the logs show. */
export const configuration = (node: Node, lines: readonly string[]): string =>
  [`hostname ${node.name}`, ...lines, ''].join('\n');

/**
 * Daemons that lose lines about interfaces which zebra has not told them of yet (seen with FRR 8.4.4: fabricd refuses
 * `ip router openfabric`, pimd forgets `ip igmp join`, babeld joins its group twice and then hears nobody), and what zebra
 * calls them. FRR's start script gives the lines of an integrated file to daemons that run already; so it is done for these.
 */
const late: Readonly<Partial<Record<Daemon, string>>> = { fabricd: 'openfabric', pimd: 'pim', babeld: 'babel' };

/** Lines that only vtysh says to daemons: in a file for vtysh the next line says the same. */
const forVtysh = (content: string): string => content.replaceAll(/^(?:end|configure)$/gmu, '!');

/** A daemon's configuration file, word for word, and its process. */
export const daemonWith = (
  node: Node,
  name: Daemon,
  content: string,
  options: readonly string[] = [],
): StagedOperation[] => {
  const path = `/etc/frr/${name}.conf`;
  const client = late[name];
  return [
    ...at('files', {
      op: 'file',
      node: node.name,
      path,
      content: client === undefined ? content : forVtysh(content),
      mode: 0o640,
      owner,
    }),
    ...at('processes', {
      op: 'process',
      node: node.name,
      name,
      argv: [
        [`/usr/lib/frr/${name}`],
        ['-f', client === undefined ? path : '/dev/null'],
        ['-i', `/run/frr/${name}.pid`],
        ['-z', zebraSocket],
        ['--vty_socket', '/run/frr'],
        ['--limit-fds', String(openFiles)],
        // No TCP port for the terminal: vtysh uses the socket.
        ['-P', '0'],
        ['--log', 'stdout', '--log-level', 'informational'],
        options,
      ].flat(),
      // The others need zebra; among themselves they need not wait.
      ...(name === 'zebra' ? { ready: zebraSocket } : {}),
      ...(client === undefined ? {} : { ready: `/run/frr/${name}.vty`, configure: { file: path, client } }),
    }),
  ];
};

/** A daemon's configuration file made from lines, and its process. */
export const daemon = (node: Node, name: Daemon, lines: readonly string[]): StagedOperation[] =>
  daemonWith(node, name, configuration(node, lines));
