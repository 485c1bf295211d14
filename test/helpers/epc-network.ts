/**
 * A whole LTE network, every function a process in a node of its own, with phones and base stations on one radio segment
 * and a server behind the PGW:
 *
 *     phones 169.254.1.11, .12, ... == air == enb1 .1, enb2 .2      all core nodes 10.72.0.N on one bridge
 *     pgw 203.0.113.1 -- server 203.0.113.2
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import type { DataPathKind, DataPathStatus } from '../../lab/gtp/data-path.ts';
import { physicalCellId } from '../../src/signalling/cell.ts';
import { type EpcProcesses, epcProcesses } from './epc-process.ts';
import { makeNamespaces, type Namespaces } from './netns.ts';

const k = '465b5ce8b199b49faa5f0a2ee238a6bc';
const opc = 'cd63cb71954a9f4e48a5994e37a02baf';
const realm = 'epc.mnc000.mcc460.3gppnetwork.org';
export const addresses = {
  enb1: '10.72.0.1',
  enb2: '10.72.0.2',
  mme: '10.72.0.3',
  hss: '10.72.0.4',
  sgw: '10.72.0.5',
  pgw: '10.72.0.6',
  ocs: '10.72.0.7',
} as const;
/** The SGW speaks GTP on both sides, and each has sockets of its own. */
const SGW_S5 = '10.72.0.8';
/** The server behind the PGW. */
export const SERVER = '203.0.113.2';

/** The IMSI of a phone: 1 and 2 are good; 3 has another key than the HSS, 4 is not in the HSS, 5 is barred, others good. */
export const imsiOf = (phone: number): string => `4600012345678${String(90 + phone)}`;

const enodeb = (number: 1 | 2): object => ({
  function: 'enodeb',
  name: `enb${number}`,
  id: 0xe000 + number,
  cell: 1,
  tac: 1,
  neighbours: [
    { name: `enb${3 - number}`, id: 0xe000 + 3 - number, cell: 1, tac: 1, radio: `169.254.1.${3 - number}` },
  ],
  plmn: '46000',
  radio: { interface: 'radio', local: `169.254.1.${number}` },
  s1mme: { local: addresses[`enb${number}`], mme: addresses.mme },
  s1u: { local: addresses[`enb${number}`] },
});

/** A base station as phones know it. */
const cellOf = (number: number): object => ({
  enodeb: `169.254.1.${number}`,
  name: `enb${number}`,
  pci: physicalCellId(0xe000 + number, 1),
});

const functionsFor = (phones: readonly number[]): Readonly<Record<string, object>> => ({
  hss: {
    function: 'hss',
    host: `hss.${realm}`,
    realm,
    s6a: { local: addresses.hss, transport: 'sctp' },
    subscribers: phones
      .filter((phone) => phone !== 4)
      .map((phone) => ({
        imsi: imsiOf(phone),
        k: phone === 3 ? '00000000000000000000000000000001' : k,
        opc,
        msisdn: `8613800000${phone}`,
        apns: ['cmnet'],
        ambr: { uplink: 50_000_000, downlink: 100_000_000 },
        ...(phone === 5 ? { barred: 11 } : {}),
      })),
  },
  ocs: {
    function: 'ocs',
    host: `ocs.${realm}`,
    realm,
    gy: { local: addresses.ocs },
    quota: 10_000_000,
    accounts: phones.map((phone) => ({ imsi: imsiOf(phone), octets: 1_000_000_000_000 })),
  },
  pgw: {
    function: 'pgw',
    s5: { local: addresses.pgw },
    tun: 'gtp0',
    gateway: '10.45.0.1',
    pools: { cmnet: '10.45.0.0/16' },
    dns: ['10.45.0.1'],
    gy: { local: addresses.pgw, ocs: addresses.ocs, host: `pgw.${realm}`, realm },
  },
  sgw: { function: 'sgw', s11: { local: addresses.sgw }, s5: { local: SGW_S5 }, s1u: { local: addresses.sgw } },
  mme: {
    function: 'mme',
    name: 'mme1',
    plmn: '46000',
    group: 0x8001,
    code: 1,
    s1mme: { local: addresses.mme },
    s6a: { local: addresses.mme, hss: addresses.hss, host: `mme.${realm}`, realm, transport: 'sctp' },
    s11: { local: addresses.mme, sgw: addresses.sgw },
    pgw: addresses.pgw,
    eea: [0],
    eia: [2],
  },
  enb1: enodeb(1),
  enb2: enodeb(2),
});

/** Of a status file. */
interface Status {
  readonly dataPath?: DataPathStatus;
}

export interface EpcNetwork extends Namespaces, Pick<EpcProcesses, 'ask' | 'kill' | 'ue'> {
  readonly directory: string;
  /** The status file of a function, as it is now. */
  readonly status: (node: string) => Status;
  /** Starts a function again that was killed. */
  readonly launch: (node: string) => Promise<void>;
}

export interface EpcNetworkOptions {
  /** Phones by their numbers; phone 2 is at the second base station, the others are at the first. */
  readonly phones: readonly number[];
  readonly dataPath?: DataPathKind['kind'];
  /** More members for the configurations of functions. */
  readonly more?: Readonly<Record<string, object>>;
  /** Flags of node. */
  readonly flags?: readonly string[];
}

const wire = async (net: Namespaces, phones: readonly number[]): Promise<void> => {
  const join = async (end: string, bridge: string, port: string, address: string): Promise<void> => {
    await net.veth(end, `${bridge}:${port}`, { mtu: 1600 });
    await net.ipIn(bridge, 'link', 'set', 'dev', port, 'master', 'br0');
    const [node = '', device = ''] = end.split(':');
    await net.ipIn(node, 'addr', 'add', address, 'dev', device);
  };
  for (const bridge of ['air', 'net']) {
    await net.ipIn(bridge, 'link', 'add', 'br0', 'type', 'bridge');
    await net.ipIn(bridge, 'link', 'set', 'dev', 'br0', 'up');
  }
  for (const phone of phones) await join(`phone${phone}:eth0`, 'air', `p${phone}`, `169.254.1.${10 + phone}/16`);
  for (const number of [1, 2]) await join(`enb${number}:radio`, 'air', `e${number}`, `169.254.1.${number}/16`);
  for (const [node, address] of Object.entries(addresses)) await join(`${node}:core`, 'net', node, `${address}/24`);
  await net.ipIn('sgw', 'addr', 'add', `${SGW_S5}/24`, 'dev', 'core');
  await net.veth('pgw:sgi', 'server:eth0');
  await net.ipIn('pgw', 'addr', 'add', '203.0.113.1/24', 'dev', 'sgi');
  await net.ipIn('server', 'addr', 'add', `${SERVER}/24`, 'dev', 'eth0');
  await net.ipIn('server', 'route', 'add', 'default', 'via', '203.0.113.1');
  await net.ipIn('pgw', 'tuntap', 'add', 'dev', 'gtp0', 'mode', 'tun');
  await net.ipIn('pgw', 'link', 'set', 'dev', 'gtp0', 'up');
  await net.ipIn('pgw', 'addr', 'add', '10.45.0.1/16', 'dev', 'gtp0');
  await net.run('pgw', 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
};

/** Makes the network, with every function started and no phone switched on. */
export const makeEpcNetwork = async (
  t: ExecutionContext,
  { phones, dataPath, more = {}, flags = [] }: EpcNetworkOptions,
): Promise<EpcNetwork> => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'epc-network-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const handsets = phones.map((phone) => `phone${phone}`);
  const net = await makeNamespaces(t, [...Object.keys(addresses), ...handsets, 'air', 'net', 'server']);
  await wire(net, phones);
  const { file, start, kill, ask, ue } = epcProcesses(t, net, directory, flags);
  const configs: Readonly<Record<string, object>> = {
    ...functionsFor(phones),
    ...Object.fromEntries(
      phones.map((phone) => [
        `phone${phone}`,
        {
          function: 'ue',
          imsi: imsiOf(phone),
          k,
          opc,
          interface: 'eth0',
          radio: { local: `169.254.1.${10 + phone}`, cells: (phone === 2 ? [2, 1] : [1, 2]).map(cellOf) },
          plmn: '46000',
          apn: 'cmnet',
          resolv: file(`resolv${phone}`),
        },
      ]),
    ),
  };
  const launch = (node: string): Promise<void> => start(node, { ...configs[node], dataPath, ...more[node] }, 20);
  for (const group of [['hss', 'ocs', 'sgw'], ['pgw', 'mme'], ['enb1', 'enb2'], handsets])
    await Promise.all(group.map(launch));
  return {
    ...net,
    ...{ directory, ask, kill, ue, launch },
    status: (node) => JSON.parse(readFileSync(file(`${node}.status`), 'utf8')) as Status,
  };
};
