/**
 * haproxy.cfg. At the end of every connection HAProxy writes one line to its log, /var/log/haproxy.log of the node:
 *
 *     pair front=<client>:<port>-><own>:<port> back=<own>:<port>-><server>:<port> srv=<name> ts=<state> rx=<octets> tx=<octets> t=<ms>
 *
 * so each connection to a server is paired with the client's that caused it, exactly. `rx` came from the client, `tx`
 * went to it; `ts` is HAProxy's termination state, `--` for a connection that ended well (HAProxy management, 8.5).
 */
import type { Node, Topology } from '../../topology/topology.ts';
import { authorityPath } from '../shared/authority.ts';
import { familyOf, nearestAddress, nodeNamed } from '../shared/lookup.ts';
import type { FrontendSettings, HaproxySettings, ServerSettings } from './settings.ts';

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

const servers = (frontend: FrontendSettings): string => `${frontend.name}-servers`;

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

const service = (node: Node, frontend: FrontendSettings, topology: Topology): string[] => {
  const check = checks[frontend.check](frontend);
  return [
    `frontend ${frontend.name}`,
    ...listeners(frontend).map((bind) => `  bind ${bind}`),
    `  log-format "${pair}"`,
    `  default_backend ${servers(frontend)}`,
    `backend ${servers(frontend)}`,
    `  balance ${frontend.balance}`,
    ...check.backend,
    ...frontend.backend.flatMap((server, index) => {
      const address = serverAddress(node, server, topology);
      return address === undefined
        ? []
        : [`  server ${serverName(server, index)} ${socket(address, server.port)}${check.server}`];
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

/** The lines of haproxy.cfg. Check intervals make a dead server leave within a second. */
export const haproxyLines = (node: Node, settings: HaproxySettings, topology: Topology): string[] => [
  'global',
  '  log stdout format raw local0',
  '  stats socket /run/haproxy.sock mode 600 level admin',
  '  nbthread 1',
  'defaults',
  '  mode tcp',
  '  log global',
  '  timeout connect 2s',
  '  timeout client 30s',
  '  timeout server 30s',
  '  default-server inter 1s fastinter 300ms downinter 500ms fall 2 rise 2',
  ...settings.frontends.flatMap((frontend) => service(node, frontend, topology)),
  ...statistics,
];
