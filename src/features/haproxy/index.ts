/**
 * A layer 4 load balancer: HAProxy in TCP mode. It ends the client's TCP connection and opens its own to a server; the
 * bytes in between pass unchanged, so TLS goes through it from end to end.
 *
 * It runs as a master with a worker (management guide, 3). The master is the process that the lab knows. A changed file
 * it reads on SIGHUP: it starts another worker, which takes over the listening sockets, and the old one ends when its last
 * connection has; no connection is lost. A master whose worker dies ends, and a worker whose master dies.
 */
import type { FeatureDefinition, NodeProblem } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import type { Probe } from '../../fragment/fragment.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { authorityPath } from '../shared/authority.ts';
import { addressesIn, families, nodeNamed } from '../shared/lookup.ts';
import { announceOperations, announceProblems, announceProbes, nonlocal } from './announce.ts';
import { haproxyLines, runtimeSocket, serverAddress, serverName, statisticsUrl } from './config.ts';
import { haproxySchema } from './settings.ts';
import type { FrontendSettings, HaproxySettings } from './settings.ts';

const configPath = '/etc/haproxy/haproxy.cfg';

/** Seconds until the load balancer listens and its servers are up; they may start after it. */
const within = 30;

const problems = (node: Node, settings: HaproxySettings, topology: Topology): NodeProblem[] => [
  ...announceProblems(node, settings, topology),
  ...settings.frontends.flatMap((frontend, index) => [
    ...(settings.frontends.findIndex((other) => other.name === frontend.name) === index
      ? []
      : [{ path: ['frontends', index, 'name'], message: `there are two frontends called ${frontend.name}` }]),
    ...frontend.backend.flatMap((server, place): NodeProblem[] => {
      const path = ['frontends', index, 'backend', place];
      const names = frontend.backend.map((other, at) => serverName(other, at));
      if (server.node !== undefined && nodeNamed(topology, server.node) === undefined) {
        return [{ path: [...path, 'node'], message: `there is no node ${server.node}` }];
      }
      if (serverAddress(node, server, topology) === undefined) {
        return [{ path: [...path, 'node'], message: `${String(server.node)} has no address` }];
      }
      return names.indexOf(serverName(server, place)) === place
        ? []
        : [{ path, message: `there are two servers called ${serverName(server, place)}`, hint: 'give one a name' }];
    }),
  ]),
];

/** An address the node can reach its own service by. */
const ownAddress = (node: Node): string =>
  families.flatMap((family) => node.interfaces.flatMap((own) => addressesIn(own.addresses, family)))[0] ?? '127.0.0.1';

/**
 * HAProxy takes servers for up until a check says otherwise, so where the servers speak HTTPS a request goes all the
 * way through: its answer is one that a server gave.
 */
const throughProbe = (node: Node, { name, host = '', port, path, address }: FrontendSettings): Probe => ({
  node: node.name,
  name: `HAProxy: a server of ${name} answers through it`,
  question: {
    ask: 'command',
    argv: [
      ['curl', '--silent', '--max-time', '2', '--cacert', authorityPath, '--output', '/dev/null'],
      ['--connect-to', `${host}:${port}:${address ?? '127.0.0.1'}:${port}`],
      ['--write-out', '%{http_code}', `https://${host}:${port}${path}`],
    ].flat(),
    text: '200',
  },
  within,
});

/** What HAProxy calls a check that has passed: of the connection, or of the answer (management guide, 9.1). */
const passed = { tcp: 'L4OK', https: 'L7OK' } as const;

/**
 * Every server has passed a check. That it is not down would not be enough: HAProxy takes servers for up until their
 * first check ends, and one that began before the server was ready still takes it down.
 */
const checkedProbe = (node: Node, settings: HaproxySettings): Probe[] => {
  const field = (name: string, value: string) => ({ field: { name }, value: { value } });
  const checked = settings.frontends.flatMap(({ check, backend }) =>
    check === 'none'
      ? []
      : backend.map((server, at) => [
          field('svname', serverName(server, at)),
          field('status', 'UP'),
          field('check_status', passed[check]),
        ]),
  );
  if (checked.length === 0) return [];
  const argv = ['curl', '--silent', '--max-time', '2', statisticsUrl];
  return [
    {
      node: node.name,
      name: 'HAProxy: every server has passed a check',
      question: { ask: 'command', argv, json: checked },
      within,
    },
  ];
};

const probes = (node: Node, settings: HaproxySettings): Probe[] => [
  ...settings.frontends.map((frontend): Probe => ({
    node: node.name,
    name: `HAProxy: ${frontend.name} listens on port ${frontend.port}`,
    question: { ask: 'tcp', address: frontend.address ?? ownAddress(node), port: frontend.port },
    within,
  })),
  ...settings.frontends
    .filter((frontend) => frontend.check === 'https')
    .map((frontend) => throughProbe(node, frontend)),
  ...checkedProbe(node, settings),
  ...announceProbes(node, settings),
];

export const haproxy: FeatureDefinition<HaproxySettings> = {
  feature: 'haproxy',
  summary: 'A layer 4 load balancer: HAProxy in TCP mode.',
  schema: haproxySchema,
  kinds: ['host'],
  problems,
  contribute: (node, settings, topology) => ({
    operations: [
      ...at('files', {
        op: 'file',
        node: node.name,
        path: configPath,
        content: `${haproxyLines(node, settings, topology).join('\n')}\n`,
        mode: 0o644,
        reload: 'haproxy',
      }),
      ...at('sysctls', ...nonlocal(node, settings)),
      ...at('processes', {
        op: 'process',
        node: node.name,
        name: 'haproxy',
        argv: ['haproxy', '-W', '-db', '-f', configPath],
        ready: runtimeSocket,
        independent: true,
      }),
      ...announceOperations(node, settings),
    ],
    probes: probes(node, settings),
    rewrites: [{ rewrite: 'proxy', node: node.name, log: '/var/log/haproxy.log' }],
  }),
};
