/** The five functions of the core and a station (epc-station.ts), each a process in a namespace of its own. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { askSocket, type Json } from './epc-process.ts';
import { makeNamespaces, type Namespaces, poll, type Running, type Teardown } from './netns.ts';

export type { Json } from './epc-process.ts';

export interface EpcCore extends Namespaces {
  readonly directory: string;
  /** Asks a function, or the station, over its control socket. */
  readonly ask: (node: string, request: Json) => Promise<Json>;
  /** Starts a function again, or for the first time. */
  readonly launch: (node: string) => Promise<void>;
  /** Kills a function at once. */
  readonly kill: (node: string) => Promise<void>;
}

/** Test set 1 of TS 35.208 has this K and OPc. */
export const KEYS = { k: '465b5ce8b199b49faa5f0a2ee238a6bc', opc: 'cd63cb71954a9f4e48a5994e37a02baf' } as const;
const realm = 'epc.mnc000.mcc460.3gppnetwork.org';
const ambr = { uplink: 50_000_000, downlink: 100_000_000 };

/** Subscribers by what becomes of them. */
export const imsis = {
  good: '460000000000001',
  second: '460000000000002',
  barred: '460000000000011',
  notLte: '460000000000015',
  poor: '460000000000019',
  small: '460000000000020',
  broke: '460000000000021',
  far: '460000000000027',
  third: '460000000000003',
  unknown: '460000000000099',
} as const;

const subscriber = (imsi: string, more: Json = {}): Json => ({
  imsi,
  ...KEYS,
  msisdn: `86138${imsi.slice(-8)}`,
  apns: ['cmnet', 'tiny', 'nowhere'],
  ambr,
  ...more,
});
const plenty = 1e12;

const links = [
  ['enb:s1mme', '10.1.1.1/24', 'mme:s1mme', '10.1.1.2/24'],
  ['mme:s6a', '10.1.2.1/24', 'hss:s6a', '10.1.2.2/24'],
  ['mme:s11', '10.1.3.1/24', 'sgw:s11', '10.1.3.2/24'],
  ['sgw:s5', '10.1.4.1/24', 'pgw:s5', '10.1.4.2/24'],
  ['enb:s1u', '10.1.5.1/24', 'sgw:s1u', '10.1.5.2/24'],
  ['pgw:gy', '10.1.6.1/24', 'ocs:gy', '10.1.6.2/24'],
] as const;

/** One end of each link, so that no frame is seen twice. */
export const capturePoints = (net: Namespaces): { node: string; path: string; interfaces: string[] }[] =>
  [
    ['mme', ['s1mme', 's6a', 's11']],
    ['sgw', ['s5', 's1u']],
    ['pgw', ['gy']],
  ].map(([node, interfaces]) => ({
    node: node as string,
    path: net.path(node as string),
    interfaces: interfaces as string[],
  }));

const configs: Readonly<Record<string, Json>> = {
  mme: {
    name: 'mme',
    plmn: '46000',
    group: 0x8001,
    code: 2,
    s1mme: { local: '10.1.1.2' },
    s6a: { local: '10.1.2.1', hss: '10.1.2.2', host: `mme.${realm}`, realm, transport: 'sctp' },
    s11: { local: '10.1.3.1', sgw: '10.1.3.2' },
    pgw: '10.1.4.2',
    eea: [0],
    eia: [2],
  },
  hss: {
    host: `hss.${realm}`,
    realm,
    s6a: { local: '10.1.2.2', transport: 'sctp' },
    subscribers: [
      ...[imsis.good, imsis.second, imsis.third, imsis.poor, imsis.small, imsis.broke].map((imsi) => subscriber(imsi)),
      subscriber(imsis.barred, { barred: 11 }),
      subscriber(imsis.notLte, { barred: 15 }),
      subscriber(imsis.far, { sqn: 32 }),
    ],
  },
  sgw: { s11: { local: '10.1.3.2' }, s5: { local: '10.1.4.1' }, s1u: { local: '10.1.5.2' } },
  pgw: {
    s5: { local: '10.1.4.2' },
    tun: 'gtp0',
    gateway: '10.45.0.1',
    // One address for a phone: network, gateway, phone, broadcast.
    pools: { cmnet: '10.45.0.0/24', tiny: '10.45.1.0/30' },
    dns: ['10.45.0.1'],
    gy: { local: '10.1.6.1', ocs: '10.1.6.2', host: `pgw.${realm}`, realm },
  },
  ocs: {
    host: `ocs.${realm}`,
    realm,
    gy: { local: '10.1.6.2' },
    quota: 100_000,
    accounts: [
      ...[imsis.good, imsis.second, imsis.third, imsis.far].map((imsi) => ({ imsi, octets: plenty })),
      { imsi: imsis.poor, octets: 0 },
      { imsi: imsis.small, octets: 150_000 },
    ],
  },
  enb: { id: 0x00e01, local: '10.1.1.1', s1u: '10.1.5.1', mme: '10.1.1.2' },
};

const root = path.resolve(import.meta.dirname, '../..');

/** Makes the network and starts the functions that `nodes` names; the station is one of them. */
export const makeEpcCore = async (
  t: Teardown,
  nodes: readonly string[] = ['hss', 'ocs', 'pgw', 'sgw', 'mme', 'enb'],
  more: Readonly<Record<string, Json>> = {},
): Promise<EpcCore> => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'epc-'));
  t.teardown(async () => rmSync(directory, { recursive: true }));
  const net = await makeNamespaces(t, ['mme', 'hss', 'sgw', 'pgw', 'ocs', 'enb']);
  for (const [a, addressA, b, addressB] of links) {
    await net.veth(a, b, { mtu: 1600 });
    for (const [end, address] of [
      [a, addressA],
      [b, addressB],
    ] as const) {
      const [node = '', device = ''] = end.split(':');
      await net.ipIn(node, 'addr', 'add', address, 'dev', device);
    }
  }
  await net.ipIn('pgw', 'tuntap', 'add', 'dev', 'gtp0', 'mode', 'tun');
  await net.ipIn('pgw', 'link', 'set', 'dev', 'gtp0', 'up');
  await net.ipIn('pgw', 'addr', 'add', '10.45.0.1/16', 'dev', 'gtp0');
  const running = new Map<string, Running>();
  const file = (node: string, kind: string): string => path.join(directory, `${node}.${kind}`);
  const launch = async (node: string): Promise<void> => {
    const [ready, control, status] = [file(node, 'ready'), file(node, 'sock'), file(node, 'status')];
    rmSync(ready, { force: true });
    writeFileSync(
      file(node, 'json'),
      JSON.stringify({ function: node, ready, control, status, ...configs[node], ...more[node] }),
    );
    const program = node === 'enb' ? 'test/helpers/epc-station.ts' : 'lab/epc/main.ts';
    const script = `exec "$0" "$1" "$2" >>"$3" 2>&1`;
    const argv = ['-c', script, process.execPath, path.join(root, program), file(node, 'json'), file(node, 'log')];
    running.set(node, net.start(node, 'sh', ...argv));
    await poll(`${node} is ready`, () => existsSync(ready), 20);
  };
  const core: EpcCore = {
    ...net,
    directory,
    launch,
    ask: (node, request) => askSocket(file(node, 'sock'), request),
    kill: async (node) => {
      const child = running.get(node);
      child?.kill('SIGKILL');
      await child;
    },
  };
  const station = nodes.includes('enb') ? ['enb'] : [];
  await Promise.all(nodes.filter((node) => node !== 'enb').map(launch));
  for (const node of station) await launch(node);
  return core;
};
