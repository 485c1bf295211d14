/** Load balancers of a running lab: what each thinks of its servers, and what a person tells them about one. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { XiyouError } from '../errors.ts';
import { announceStatusPath } from '../features/haproxy/announce.ts';
import { announcedAddresses, haproxyOf } from '../features/haproxy/cluster.ts';
import { backendName, runtimeSocket, serverStatePath } from '../features/haproxy/config.ts';
import { type StatRow, askHaproxy, checkStatus, readStatistics } from '../kernel/haproxy.ts';
import { eventually } from '../kernel/wait.ts';
import { suggestion } from '../topology/suggest.ts';
import type { Node } from '../topology/topology.ts';
import { signalDaemon } from './daemons.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';
import { findNode } from './state.ts';

export interface BalancedServer {
  readonly frontend: string;
  readonly server: string;
  /** Address and port. */
  readonly address: string;
  /** HAProxy's own word: UP, DOWN, DRAIN, MAINT, `UP 1/2` on the way down, `no check`. */
  readonly state: string;
  readonly backup: boolean;
  /** As it is now; `configured` is what the file says. */
  readonly weight: number;
  readonly configured: number;
  /** Outcome of the last check, such as L7OK or L4CON; empty where nothing is checked. */
  readonly check: string;
  /** What that means, or why it failed. */
  readonly detail: string;
  /** Connections at this moment, those that wait for the server, and all since HAProxy's last start or reload. */
  readonly sessions: number;
  readonly queued: number;
  readonly total: number;
}

export interface Balancer {
  readonly node: string;
  /** Whether HAProxy answers. */
  readonly running: boolean;
  /** Addresses that it has only while it can serve. */
  readonly announced: readonly { readonly address: string; readonly held: boolean }[];
  readonly servers: readonly BalancedServer[];
}

/** The number of a server of `show stat`'s rows (management guide, 9.1, type). */
const SERVER = '2';

const socketOf = (lab: Lab, node: string): string => locate(lab.rootOf(node), runtimeSocket);

/** Questions to the HAProxy of a node; undefined when it does not answer. */
const ask = (lab: Lab, node: string, ...commands: readonly string[]): Promise<string[] | undefined> =>
  askHaproxy(socketOf(lab, node), commands);

const heldAddresses = (lab: Lab, node: string): ReadonlySet<string> => {
  try {
    const status = JSON.parse(readFileSync(locate(lab.rootOf(node), announceStatusPath), 'utf8')) as {
      readonly addresses: readonly { readonly address: string; readonly held: boolean }[];
    };
    return new Set(status.addresses.flatMap(({ address, held }) => (held ? [address] : [])));
  } catch {
    // The watcher has not begun yet.
    return new Set();
  }
};

const serverOf = (row: StatRow, frontend: string, configured: number): BalancedServer => {
  const number = (column: string): number => Number(row[column] ?? 0);
  return {
    frontend,
    server: row['svname'] ?? '',
    address: row['addr'] ?? '',
    state: row['status'] ?? '',
    backup: row['bck'] === '1',
    weight: number('uweight'),
    configured,
    check: checkStatus(row),
    detail: (row['last_chk'] === '' ? row['check_desc'] : row['last_chk']) ?? '',
    sessions: number('scur'),
    queued: number('qcur'),
    total: number('stot'),
  };
};

const configuredWeight = (node: Node, frontend: string, name: string, place: number): number => {
  const servers = haproxyOf(node)?.frontends.find((one) => one.name === frontend)?.backend ?? [];
  return servers.find((server) => (server.name ?? server.node) === name)?.weight ?? servers[place]?.weight ?? 1;
};

const viewBalancer = async (lab: Lab, node: Node): Promise<Balancer> => {
  const [statistics] = (await ask(lab, node.name, 'show stat')) ?? [];
  const rows = readStatistics(statistics ?? '').filter((row) => row['type'] === SERVER);
  const held = heldAddresses(lab, node.name);
  return {
    node: node.name,
    running: statistics !== undefined,
    announced: announcedAddresses(node).map((address) => ({ address, held: held.has(address) })),
    servers: (haproxyOf(node)?.frontends ?? []).flatMap((frontend) =>
      rows
        .filter((row) => row['pxname'] === backendName(frontend))
        .map((row, place) =>
          serverOf(row, frontend.name, configuredWeight(node, frontend.name, row['svname'] ?? '', place)),
        ),
    ),
  };
};

/** All load balancers of the lab, each with its servers by frontend. */
export const viewBalancers = (lab: Lab): Promise<Balancer[]> =>
  mapLimit(
    lab.state.topology.nodes.filter((node) => haproxyOf(node) !== undefined),
    8,
    (node) => viewBalancer(lab, node),
  );

/** What can be said of a server: no new connections, none at all, as usual again, another share. */
export type ServerChange = { readonly state: 'drain' | 'maint' | 'ready' } | { readonly weight: number };

/** The balancers that are meant: one, or all. */
const meant = (lab: Lab, at: string | undefined): Node[] => {
  const balancers = lab.state.topology.nodes.filter((node) => haproxyOf(node) !== undefined);
  if (at === undefined) {
    if (balancers.length > 0) return balancers;
    throw new XiyouError('unknown-node', `lab ${lab.paths.lab} has no load balancer`, {
      hint: 'a host with haproxy is one',
    });
  }
  const node = findNode(lab.state, at);
  if (haproxyOf(node) !== undefined) return [node];
  throw new XiyouError('unknown-node', `${at} is no load balancer`, {
    hint:
      balancers.length === 0
        ? 'a host with haproxy is one'
        : `there are: ${balancers.map((one) => one.name).join(', ')}`,
  });
};

const silent = (node: string): XiyouError =>
  new XiyouError('command-failed', `HAProxy of ${node} does not answer`, {
    where: `${node}: ${runtimeSocket}`,
    hint: `its log: xiyou logs ${node} haproxy`,
  });

/**
 * What the next process of HAProxy shall know. Where a watcher runs it keeps the health of the servers too, as it is at any
 * moment; elsewhere only what a person has set is kept, for health would be old by then.
 *
 * @param servers answer of `show servers state`: version, heading, then a line for each server whose 7th, 8th and 9th words
 *   are its administrative state, its weight now and the configured one (management guide, 9.3)
 */
export const keptState = (servers: string, watched: boolean): string =>
  `${servers
    .split('\n')
    .filter((line, index) => {
      const words = line.split(' ');
      return watched || index < 2 || words[6] !== '0' || words[7] !== words[8];
    })
    .join('\n')}\n`;

const keepState = (lab: Lab, node: Node, servers: string): void => {
  const file = locate(lab.rootOf(node.name), serverStatePath);
  writeFileSync(`${file}.xiyou`, keptState(servers, announcedAddresses(node).length > 0));
  renameSync(`${file}.xiyou`, file);
};

const change = async (lab: Lab, node: Node, row: StatRow, wanted: ServerChange): Promise<void> => {
  const [backend = '', server = ''] = [row['pxname'], row['svname']];
  const name = `${backend}/${server}`;
  const sticks = haproxyOf(node)?.frontends.some(
    (frontend) => backendName(frontend) === backend && frontend.stick !== undefined,
  );
  const leaves = 'state' in wanted && wanted.state !== 'ready';
  const commands = [
    'state' in wanted ? `set server ${name} state ${wanted.state}` : `set server ${name} weight ${wanted.weight}`,
    // A client that sticks would come back to a server that is being drained for as long as it comes at all.
    ...(leaves && sticks === true ? [`clear table ${backend} data.server_id eq ${row['sid'] ?? ''}`] : []),
  ];
  const answers = await ask(lab, node.name, ...commands, 'show servers state');
  if (answers === undefined) throw silent(node.name);
  const complaint = answers.slice(0, -1).find((answer) => answer !== '');
  if (complaint !== undefined)
    throw new XiyouError('command-failed', `HAProxy of ${node.name} refuses: ${complaint}`, {
      where: `${node.name}: ${commands[0] ?? ''}`,
    });
  keepState(lab, node, answers.at(-1) ?? '');
};

/**
 * Tells load balancers something about a server: `NAME`, in all frontends that have it, or `FRONTEND/NAME`. It holds until it
 * is told otherwise, also when HAProxy reads its file again or is started anew.
 *
 * @param at one load balancer; all of the lab when undefined
 * @returns the balancers that have such a server
 * @throws XiyouError unknown-server, unknown-node, command-failed
 */
export const changeServer = async (
  lab: Lab,
  server: string,
  wanted: ServerChange,
  at: string | undefined,
): Promise<string[]> => {
  const found = await mapLimit(meant(lab, at), 8, async (node) => {
    const [statistics] = (await ask(lab, node.name, 'show stat')) ?? [];
    if (statistics === undefined) throw silent(node.name);
    const rows = readStatistics(statistics).filter((row) => row['type'] === SERVER);
    const named = rows.map((row) => {
      const frontend = haproxyOf(node)?.frontends.find((one) => backendName(one) === row['pxname'])?.name ?? '';
      return { row, names: [row['svname'] ?? '', `${frontend}/${row['svname'] ?? ''}`] };
    });
    return { node, named };
  });
  const wantedRows = found.flatMap(({ node, named }) =>
    named.filter(({ names }) => names.includes(server)).map(({ row }) => ({ node, row })),
  );
  if (wantedRows.length === 0)
    throw new XiyouError('unknown-server', `no load balancer has a server "${server}"`, {
      hint: suggestion(server, [...new Set(found.flatMap(({ named }) => named.flatMap(({ names }) => names)))]),
    });
  // One after the other: HAProxy's answers name no server.
  for (const { node, row } of wantedRows) await change(lab, node, row, wanted);
  return [...new Set(wantedRows.map(({ node }) => node.name))];
};

/** Milliseconds that a new process may take until it listens. */
const reloadDeadline = 10_000;

/**
 * Has load balancers read their files again: a new process takes over the listening sockets, the old one ends with its last
 * connection.
 *
 * @throws XiyouError command-failed when the new process does not come; then the old one goes on
 */
export const reloadBalancers = async (lab: Lab, at: string | undefined): Promise<string[]> => {
  const processOf = async (node: string): Promise<string | undefined> => {
    const [information = ''] = (await ask(lab, node, 'show info')) ?? [];
    return /^Stopping: 0$/mu.test(information) ? /^Pid: (\d+)$/mu.exec(information)?.[1] : undefined;
  };
  return mapLimit(meant(lab, at), 8, async ({ name }) => {
    const before = await processOf(name);
    if (before === undefined) throw silent(name);
    signalDaemon(lab, name, 'haproxy', 'SIGUSR2');
    const next = await eventually(async () => {
      const now = await processOf(name);
      return now === undefined || now === before ? undefined : now;
    }, reloadDeadline);
    if (next === undefined)
      throw new XiyouError('command-failed', `HAProxy of ${name} goes on with what it has read before`, {
        hint: `why, is in its log: xiyou logs ${name} haproxy`,
      });
    return name;
  });
};

/**
 * Waits until a server has no connection left at the balancers that are meant.
 *
 * @param seconds how long at most
 * @throws XiyouError command-failed when it still has some then
 */
export const waitForSilence = async (
  lab: Lab,
  server: string,
  at: string | undefined,
  seconds: number,
): Promise<void> => {
  const open = async (): Promise<number> => {
    const balancers = (await viewBalancers(lab)).filter(({ node }) => at === undefined || node === at);
    return balancers
      .flatMap(({ servers }) => servers)
      .filter((one) => one.server === server || `${one.frontend}/${one.server}` === server)
      .reduce((sum, { sessions, queued }) => sum + sessions + queued, 0);
  };
  let left = 0;
  const silent = await eventually(async () => ((left = await open()) === 0 ? true : undefined), seconds * 1000);
  if (silent !== true)
    throw new XiyouError(
      'command-failed',
      `${server} still has ${left} connection${left === 1 ? '' : 's'} after ${seconds} s`,
      {
        hint: 'it gets no new ones; ask again, or look: xiyou balancer',
      },
    );
};
