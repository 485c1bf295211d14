/**
 * The LTE user plane over the real kernel: phone - eNodeB - SGW - PGW - server, each in a namespace of its own. There is no
 * signalling: each node's daemon has its one session from its configuration.
 *
 *     phone 10.45.0.2 == enb 10.1.0.1 --S1-U-- 10.1.0.2 sgw 10.2.0.1 --S5-U-- 10.2.0.2 pgw 203.0.113.1 -- server 203.0.113.2
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EnodebConfig, GtpConfig, PgwConfig, SgwConfig } from '../../lab/gtp/config.ts';
import type { DataPathKind, Status } from '../../lab/gtp/data-path.ts';
import { makeNamespaces, type Namespaces, poll, type Running, type Teardown } from './netns.ts';
import { OPAQUE_PORT } from './pcap.ts';

const phoneMac = '02:00:00:00:01:00';
export const gtpMain = path.resolve(import.meta.dirname, '../../lab/gtp/main.ts');
const nodes = ['enb', 'sgw', 'pgw'] as const;
export type CoreNode = (typeof nodes)[number];
type Kind = DataPathKind['kind'];

/** A daemon; in an object, because awaiting a Running waits for its end. */
export interface Daemon {
  readonly process: Running;
}

/** The network without its daemons. */
export interface CoreNetwork extends Namespaces {
  /** Starts the daemon of a node, with its usual configuration and what is given instead; resolves when it is ready. */
  readonly restart: (node: CoreNode, change?: object) => Promise<Daemon>;
  readonly status: (node: string) => Status;
  readonly directory: string;
}

export interface Core extends CoreNetwork {
  /** The daemons that run. */
  readonly daemons: Readonly<Record<CoreNode, Daemon>>;
}

const enodeb: EnodebConfig = {
  role: 'enodeb',
  local: '10.1.0.1',
  radios: [
    {
      interface: 'ue0',
      mac: phoneMac,
      gateway: '10.45.0.1',
      gateway6: '2001:db8:45::1',
      session: {
        address: '10.45.0.2',
        address6: '2001:db8:45::2',
        core: { teidIn: 0x2001, teidOut: 0x1001, peer: '10.1.0.2' },
      },
    },
  ],
};
export const sgw: SgwConfig = {
  role: 'sgw',
  access: '10.1.0.2',
  core: '10.2.0.1',
  sessions: [
    {
      access: { teidIn: 0x1001, teidOut: 0x2001, peer: '10.1.0.1' },
      core: { teidIn: 0x4001, teidOut: 0x3001, peer: '10.2.0.2' },
    },
  ],
};
export const pgw: PgwConfig = {
  role: 'pgw',
  local: '10.2.0.2',
  tun: 'gtp0',
  sessions: [
    {
      address: '10.45.0.2',
      address6: '2001:db8:45::2',
      access: { teidIn: 0x3001, teidOut: 0x4001, peer: '10.2.0.1' },
    },
  ],
};

const configs: Readonly<Record<CoreNode, GtpConfig>> = { enb: enodeb, sgw, pgw };

const startDaemon = async (net: Namespaces, node: string, directory: string, config: object): Promise<Daemon> => {
  const ready = path.join(directory, `${node}.ready`);
  const file = path.join(directory, `${node}.json`);
  rmSync(ready, { force: true });
  writeFileSync(file, JSON.stringify({ ...config, ready, status: path.join(directory, `${node}.status`) }));
  const daemon = { process: net.start(node, process.execPath, gtpMain, file) };
  await poll(`${node} is ready`, () => existsSync(ready));
  return daemon;
};

/**
 * The network, in which daemons can be started. It ends with the test.
 * @param dataPath of all nodes, or of each @param coreMtu of the links between nodes; 36 octets above the phone's by default
 */
export const makeCoreNetwork = async (
  t: Teardown,
  dataPath: Kind | Readonly<Record<CoreNode, Kind>>,
  coreMtu = 1600,
): Promise<CoreNetwork> => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'gtp-'));
  const net = await makeNamespaces(t, ['phone', 'enb', 'sgw', 'pgw', 'server'], { ipv6: true });
  t.teardown(async () => rmSync(directory, { recursive: true }));
  await net.veth('phone:eth0', 'enb:ue0', { macs: [phoneMac, '02:00:00:00:02:00'] });
  await net.veth('enb:s1u', 'sgw:s1u', { mtu: coreMtu });
  await net.veth('sgw:s5u', 'pgw:s5u', { mtu: coreMtu });
  await net.veth('pgw:sgi', 'server:eth0');
  await net.ipIn('pgw', 'tuntap', 'add', 'dev', 'gtp0', 'mode', 'tun');
  await net.ipIn('pgw', 'link', 'set', 'dev', 'gtp0', 'up');
  const addresses = [
    ['phone', 'eth0', '10.45.0.2/24', '2001:db8:45::2/64'],
    ['enb', 's1u', '10.1.0.1/24'],
    ['sgw', 's1u', '10.1.0.2/24'],
    ['sgw', 's5u', '10.2.0.1/24'],
    ['pgw', 's5u', '10.2.0.2/24'],
    ['pgw', 'gtp0', '10.45.0.1/24', '2001:db8:45::1/64'],
    ['pgw', 'sgi', '203.0.113.1/24', '2001:db8:cb::1/64'],
    ['server', 'eth0', '203.0.113.2/24', '2001:db8:cb::2/64'],
  ] as const;
  for (const [node, device, ...texts] of addresses)
    for (const text of texts)
      await net.ipIn(node, 'addr', 'add', text, 'dev', device, ...(text.includes('::') ? ['nodad'] : []));
  await net.ipIn('phone', 'route', 'add', 'default', 'via', '10.45.0.1');
  await net.ipIn('phone', '-6', 'route', 'add', 'default', 'via', '2001:db8:45::1');
  await net.ipIn('server', 'route', 'add', '10.45.0.0/24', 'via', '203.0.113.1');
  await net.ipIn('server', '-6', 'route', 'add', '2001:db8:45::/64', 'via', '2001:db8:cb::1');
  await net.run('pgw', 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  const kindOf = (node: CoreNode): Kind => (typeof dataPath === 'string' ? dataPath : dataPath[node]);
  const restart = (node: CoreNode, change: object = {}): Promise<Daemon> =>
    startDaemon(net, node, directory, { ...configs[node], dataPath: kindOf(node), ...change });
  const status = (node: string): Status =>
    JSON.parse(readFileSync(path.join(directory, `${node}.status`), 'utf8')) as Status;
  return { ...net, directory, status, restart };
};

/** The whole network, ready: `makeCoreNetwork` with the daemons of all nodes. */
export const makeCore = async (...given: Parameters<typeof makeCoreNetwork>): Promise<Core> => {
  const net = await makeCoreNetwork(...given);
  const [enb, sgw, pgw] = await Promise.all([net.restart('enb'), net.restart('sgw'), net.restart('pgw')]);
  return { ...net, daemons: { enb, sgw, pgw } };
};

/** Sends `octets` from the phone to the server and the same back, and compares; returns seconds. */
export const transfer = async (net: Namespaces, octets: number): Promise<number> => {
  const server = `require('net').createServer((c) => c.pipe(c)).listen(${OPAQUE_PORT})`;
  const running = net.start('server', process.execPath, '-e', server);
  await poll('the server listens', async () => (await net.run('server', 'ss', '-Hltn')).includes(`:${OPAQUE_PORT}`));
  const client = `
    const data = require('crypto').randomBytes(${octets});
    const start = performance.now();
    const got = [];
    const c = require('net').connect(${OPAQUE_PORT}, '203.0.113.2', () => c.end(data));
    c.on('data', (part) => got.push(part));
    c.on('end', () => console.log(Buffer.concat(got).equals(data) ? (performance.now() - start) / 1000 : 'different'));`;
  const output = await net.run('phone', process.execPath, '-e', client);
  running.kill('SIGKILL');
  await running;
  const seconds = Number(output);
  if (Number.isNaN(seconds)) throw new Error(`the transfer came back ${output}`);
  return seconds;
};

/** Sends datagrams from a port of a node to a GTP-U port, and returns the first answer to each in hexadecimal. */
export const ask = async (net: Namespaces, node: string, port: number, to: string, message: Buffer): Promise<string> =>
  net.run(
    node,
    process.execPath,
    '-e',
    `const s = require('dgram').createSocket('udp4');
     s.on('message', (m, from) => { console.log(m.toString('hex'), from.port); s.close(); });
     s.bind(${port}, () => s.send(Buffer.from('${message.toString('hex')}', 'hex'), 2152, '${to}'));`,
  );
