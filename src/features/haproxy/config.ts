/**
 * haproxy.cfg. At the end of every connection HAProxy writes one line to its log, /var/log/haproxy.log of the node:
 *
 *     pair front=<client>:<port>-><own>:<port> back=<own>:<port>-><server>:<port> srv=<name> ts=<state> rx=<octets> tx=<octets> t=<ms>
 *
 * so each connection to a server is paired with the client's that caused it, exactly. `rx` came from the client, `tx`
 * went to it; `ts` is HAProxy's termination state, `--` for a connection that ended well (HAProxy management, 8.5).
 */
import type { Node, Topology } from '../../topology/topology.ts';
import { parseTime } from '../../topology/quantity.ts';
import { authorityPath } from '../shared/authority.ts';
import { familyOf, nearestAddress, nodeNamed } from '../shared/lookup.ts';
import { clusterOf } from './cluster.ts';
import type { FrontendSettings, HaproxySettings, ServerSettings } from './settings.ts';

/** HAProxy's runtime API (management guide, 9.3), inside the node. */
export const runtimeSocket = '/run/haproxy.sock';

/** What the next process is to know of its servers; written while it runs, read at a start and a reload. */
export const serverStatePath = '/run/haproxy.state';

/** Where the load balancer says that all its servers are up: GET answers 200. */
export const statisticsUrl = 'http://127.0.0.1:8404/stats;json';

const pair = 'pair front=%ci:%cp->%fi:%fp back=%bi:%bp->%si:%sp srv=%s ts=%ts rx=%U tx=%B t=%Tt';

const socket = (address: string, port: number): string =>
  `${familyOf(address) === 6 ? `[${address}]` : address}:${port}`;

/** A server's name in the log. */
export const serverName = (server: ServerSettings, index: number): string =>
  server.name ?? server.node ?? `s${index + 1}`;

/** Where a server is, as the load balancer reaches it. */
export const serverAddress = (node: Node, server: ServerSettings, topology: Topology): string | undefined => {
  const other = server.node === undefined ? undefined : nodeNamed(topology, server.node);
  return server.address ?? (other === undefined ? undefined : nearestAddress(topology, node, other));
};

/** The backend of a frontend, as HAProxy's statistics call it. */
export const backendName = (frontend: FrontendSettings): string => `${frontend.name}-servers`;

const checks: Readonly<
  Record<FrontendSettings['check'], (frontend: FrontendSettings) => { backend: string[]; server: string }>
> = {
  none: () => ({ backend: [], server: '' }),
  tcp: () => ({ backend: [], server: ' check' }),
  https: ({ path, host = '' }) => ({
    backend: ['  option httpchk', `  http-check send meth GET uri ${path} ver HTTP/1.1 hdr Host ${host}`],
    server: ` check check-ssl check-sni ${host} verify required verifyhost ${host} ca-file ${authorityPath}`,
  }),
};

/** One listener per IP version, so that the log shows IPv4 addresses as they are and not mapped into IPv6. */
const listeners = ({ address, port }: FrontendSettings): string[] =>
  address === undefined ? [`0.0.0.0:${port}`, `[::]:${port} v6only`] : [socket(address, port)];

/** Balancers of a cluster talk to each other here; no number is assigned to it. HAProxy's manual has 10000 in an example. */
export const peersPort = 10_000;

/** Its name of the other balancers; the own one among them teaches the next process at a reload. */
const peersSection = 'cluster';

/**
 * A table of clients that remembers the server of each. An IPv4 address is kept as a mapped one, so that one table has both.
 * The least recently used of a hundred thousand give way.
 */
const sticking = ({ stick }: FrontendSettings): string[] =>
  stick === undefined ? [] : [`  stick-table type ipv6 size 100k expire 30m peers ${peersSection}`, '  stick on src'];

/** The servers of a backend that is not checked have no health that a reload could keep. */
const remembered = ({ check }: FrontendSettings): string[] =>
  check === 'none' ? ['  load-server-state-from-file none'] : [];

const options = ({ weight, backup, maxconn }: ServerSettings): string =>
  [
    ...(weight === 1 ? [] : [` weight ${weight}`]),
    ...(backup ? [' backup'] : []),
    ...(maxconn === undefined ? [] : [` maxconn ${maxconn}`]),
  ].join('');

const service = (node: Node, frontend: FrontendSettings, topology: Topology): string[] => {
  const check = checks[frontend.check](frontend);
  return [
    `frontend ${frontend.name}`,
    ...listeners(frontend).map((bind) => `  bind ${bind}`),
    ...(frontend.maxconn === undefined ? [] : [`  maxconn ${frontend.maxconn}`]),
    `  log-format "${pair}"`,
    `  default_backend ${backendName(frontend)}`,
    `backend ${backendName(frontend)}`,
    `  balance ${frontend.balance}`,
    // All balancers send a client to the same server then, and a server more or less moves few clients.
    ...(frontend.balance === 'source' ? ['  hash-type consistent'] : []),
    ...sticking(frontend),
    ...remembered(frontend),
    ...check.backend,
    ...frontend.backend.flatMap((server, index) => {
      const address = serverAddress(node, server, topology);
      return address === undefined
        ? []
        : [`  server ${serverName(server, index)} ${socket(address, server.port)}${check.server}${options(server)}`];
    }),
  ];
};

/** A small HTTP service on the loopback that tells what HAProxy thinks of its servers. */
const statistics = [
  'frontend statistics',
  '  mode http',
  '  no log',
  '  bind 127.0.0.1:8404',
  '  stats enable',
  '  stats uri /stats',
];

/**
 * The cluster's balancers. Only one line may say where the own process listens; IPv4 comes mapped into IPv6 there, as the
 * manual has it (HAProxy configuration, 3.5).
 */
const peers = (node: Node, { frontends }: HaproxySettings, topology: Topology): string[] =>
  frontends.every(({ stick }) => stick === undefined)
    ? []
    : [
        `peers ${peersSection}`,
        `  bind :::${peersPort} v4v6`,
        `  server ${node.name}`,
        ...clusterOf(node, topology).flatMap((other) => {
          const address = nearestAddress(topology, node, other);
          return address === undefined ? [] : [`  server ${other.name} ${socket(address, peersPort)}`];
        }),
      ];

/** HAProxy takes no fractions: `1.5s` is 1500ms to it. */
const timeout = (name: string, value: string | undefined): string[] => {
  if (value === undefined) return [];
  const milliseconds = Math.round(parseTime(value) ?? 0);
  return [`  timeout ${name} ${milliseconds % 1000 === 0 ? `${milliseconds / 1000}s` : `${milliseconds}ms`}`];
};

/**
 * The lines of haproxy.cfg. Check intervals make a dead server leave within a second, and what it refuses until then is
 * tried at another server. What a process knows of its servers, and what was set by hand, is in a file for the next one.
 */
export const haproxyLines = (node: Node, settings: HaproxySettings, topology: Topology): string[] => [
  'global',
  '  log stdout format raw local0',
  `  stats socket ${runtimeSocket} mode 600 level admin`,
  `  server-state-file ${serverStatePath}`,
  `  localpeer ${node.name}`,
  '  nbthread 1',
  ...(settings.maxconn === undefined ? [] : [`  maxconn ${settings.maxconn}`]),
  'defaults',
  '  mode tcp',
  '  log global',
  '  load-server-state-from-file global',
  '  option redispatch 1',
  ...timeout('connect', settings.timeouts.connect),
  ...timeout('client', settings.timeouts.client),
  ...timeout('server', settings.timeouts.server),
  ...timeout('queue', settings.timeouts.queue),
  '  default-server inter 1s fastinter 300ms downinter 500ms fall 2 rise 2',
  ...peers(node, settings, topology),
  ...settings.frontends.flatMap((frontend) => service(node, frontend, topology)),
  ...statistics,
];
