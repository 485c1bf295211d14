/**
 * A whole LTE network, every function a process in a node of its own: two phones on two base stations attach and reach
 * a server through their bearers.
 *
 *     phones 169.254.1.11, .12 == air == enb1 .1, enb2 .2      all core nodes 10.72.0.N on one bridge
 *     pgw 203.0.113.1 -- server 203.0.113.2
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { type ExecutionContext } from 'ava';
import type { DataPathKind, DataPathStatus } from '../../lab/gtp/data-path.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { dataPaths, withoutBpf } from '../helpers/data-paths.ts';
import { bothEnds, remarksOn, traceroute } from '../helpers/clean-capture.ts';
import { epcProcesses } from '../helpers/epc-process.ts';
import { makeNamespaces, type Namespaces, poll } from '../helpers/netns.ts';
import { record, tshark, writeCapture } from '../helpers/pcap.ts';

const k = '465b5ce8b199b49faa5f0a2ee238a6bc';
const opc = 'cd63cb71954a9f4e48a5994e37a02baf';
const realm = 'epc.mnc000.mcc460.3gppnetwork.org';
const core = {
  enb1: '10.72.0.1',
  enb2: '10.72.0.2',
  mme: '10.72.0.3',
  hss: '10.72.0.4',
  sgw: '10.72.0.5',
  pgw: '10.72.0.6',
  ocs: '10.72.0.7',
};
/** The SGW speaks GTP on both sides, and each has sockets of its own. */
const SGW_S5 = '10.72.0.8';
const imsi = (phone: number): string => `46000123456789${phone}`;
/** 1 and 2 are good; 3 has another key than the HSS, 4 is not in the HSS, 5 is barred. */
const phones = [1, 2, 3, 4, 5];

/** Of a status file: gateways tell of the user plane in a member of its own. */
interface Status {
  readonly dataPath?: DataPathStatus;
  readonly userPlane?: { readonly dataPath: DataPathStatus };
}

interface Lab extends Namespaces {
  readonly directory: string;
  /** The status file of a function, as it is now. */
  readonly status: (node: string) => Status;
  readonly ue: (
    phone: number,
    verb: string,
  ) => Promise<{ stdout: string; stderr: string; exitCode?: number | undefined }>;
}

const enodeb = (number: 1 | 2): object => ({
  function: 'enodeb',
  name: `enb${number}`,
  id: 0xe000 + number,
  cell: 1,
  tac: 1,
  plmn: '46000',
  radio: { interface: 'radio', local: `169.254.1.${number}` },
  s1mme: { local: core[`enb${number}`], mme: core.mme },
  s1u: { local: core[`enb${number}`] },
});

const functions: Readonly<Record<string, object>> = {
  hss: {
    function: 'hss',
    host: `hss.${realm}`,
    realm,
    s6a: { local: core.hss, transport: 'sctp' },
    subscribers: [1, 2, 3, 5].map((phone) => ({
      imsi: imsi(phone),
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
    gy: { local: core.ocs },
    quota: 10_000_000,
    accounts: phones.map((phone) => ({ imsi: imsi(phone), octets: 100_000_000 })),
  },
  pgw: {
    function: 'pgw',
    s5: { local: core.pgw },
    tun: 'gtp0',
    gateway: '10.45.0.1',
    pools: { cmnet: '10.45.0.0/16' },
    dns: ['10.45.0.1'],
    gy: { local: core.pgw, ocs: core.ocs, host: `pgw.${realm}`, realm },
  },
  sgw: { function: 'sgw', s11: { local: core.sgw }, s5: { local: SGW_S5 }, s1u: { local: core.sgw } },
  mme: {
    function: 'mme',
    name: 'mme1',
    plmn: '46000',
    group: 0x8001,
    code: 1,
    s1mme: { local: core.mme },
    s6a: { local: core.mme, hss: core.hss, host: `mme.${realm}`, realm, transport: 'sctp' },
    s11: { local: core.mme, sgw: core.sgw },
    pgw: core.pgw,
    eea: [0],
    eia: [2],
  },
  enb1: enodeb(1),
  enb2: enodeb(2),
};

const makeLab = async (t: ExecutionContext, dataPath: DataPathKind['kind']): Promise<Lab> => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'epc-bearer-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const net = await makeNamespaces(t, [
    ...Object.keys(core),
    ...phones.map((phone) => `phone${phone}`),
    'air',
    'net',
    'server',
  ]);
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
  for (const phone of phones) await join(`phone${phone}:eth0`, 'air', `p${phone}`, `169.254.1.1${phone}/16`);
  for (const number of [1, 2]) await join(`enb${number}:radio`, 'air', `e${number}`, `169.254.1.${number}/16`);
  for (const [node, address] of Object.entries(core)) await join(`${node}:core`, 'net', node, `${address}/24`);
  await net.ipIn('sgw', 'addr', 'add', `${SGW_S5}/24`, 'dev', 'core');
  await net.veth('pgw:sgi', 'server:eth0');
  await net.ipIn('pgw', 'addr', 'add', '203.0.113.1/24', 'dev', 'sgi');
  await net.ipIn('server', 'addr', 'add', '203.0.113.2/24', 'dev', 'eth0');
  await net.ipIn('server', 'route', 'add', 'default', 'via', '203.0.113.1');
  await net.ipIn('pgw', 'tuntap', 'add', 'dev', 'gtp0', 'mode', 'tun');
  await net.ipIn('pgw', 'link', 'set', 'dev', 'gtp0', 'up');
  await net.ipIn('pgw', 'addr', 'add', '10.45.0.1/16', 'dev', 'gtp0');
  await net.run('pgw', 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');

  const { file, start, ue } = epcProcesses(t, net, directory);
  for (const [node, config] of Object.entries(functions)) await start(node, { ...config, dataPath }, 20);
  for (const phone of phones)
    await start(
      `phone${phone}`,
      {
        function: 'ue',
        imsi: imsi(phone),
        k,
        opc,
        interface: 'eth0',
        radio: { local: `169.254.1.1${phone}`, cells: [{ enodeb: `169.254.1.${phone === 2 ? 2 : 1}` }] },
        plmn: '46000',
        apn: 'cmnet',
        resolv: file(`resolv${phone}`),
      },
      20,
    );
  return {
    ...net,
    directory,
    ue,
    status: (node) => JSON.parse(readFileSync(file(`${node}.status`), 'utf8')) as Status,
  };
};

if (withoutBpf !== undefined) test.skip(`the data path bpf: ${withoutBpf}`, () => undefined);

for (const kind of dataPaths) {
  test.serial(`phones attach through the whole core, and packets go through their bearers (${kind})`, async (t) => {
    const lab = await makeLab(t, kind);
    const { ue } = lab;
    const capture = openCapture({ namespaces: ['enb1', 'mme', 'sgw'].map((node) => ({ node, path: lab.path(node) })) });
    t.teardown(() => capture.close());
    const stop = record(capture);
    for (const phone of [1, 2]) {
      const { stdout, stderr, exitCode } = await ue(phone, 'on');
      t.is(stderr, '');
      t.is(exitCode, 0);
      t.log(stdout);
      t.regex(await lab.run(`phone${phone}`, 'ping', '-c', '3', '-i', '0.1', '203.0.113.2'), / 0% packet loss/u);
    }
    const hops = (await lab.run('phone1', 'traceroute', '-n', '-q', '1', '203.0.113.2')).split('\n').slice(1);
    t.deepEqual(
      hops.map((hop) => hop.trim().split(/\s+/u)[1]),
      ['10.45.0.1', '203.0.113.2'],
    );

    t.regex((await ue(3, 'on')).stderr, /MAC failure|authentication rejected/u);
    t.regex((await ue(4, 'on')).stderr, /attach rejected, EMM cause/u);
    t.regex((await ue(5, 'on')).stderr, /attach rejected, EMM cause 11: PLMN not allowed/u);

    // Three packets each way for two phones, the second at the other base station: the programs took them all.
    for (const [node, packets] of [
      ['enb1', 6],
      ['enb2', 6],
      ['sgw', 12],
      ['pgw', 12],
    ] as const) {
      const status = lab.status(node);
      const { dataPath } = status.userPlane ?? status;
      if (kind === 'threads') t.deepEqual(dataPath, { kind, reason: 'configured' }, node);
      else {
        t.is(dataPath?.kind, kind, node);
        await poll(`the programs of ${node} have carried the pings`, () => {
          const now = lab.status(node);
          return ((now.userPlane ?? now).dataPath?.carried ?? 0) >= packets;
        });
      }
    }

    t.is((await ue(1, 'detach')).exitCode, 0);
    t.is((await ue(2, 'off')).exitCode, 0);
    const again = await ue(1, 'on');
    t.is(again.stderr, '');
    t.regex(await lab.run('phone1', 'ping', '-c', '2', '-i', '0.1', '203.0.113.2'), / 0% packet loss/u);

    const file = path.join(lab.directory, 'bearer.pcapng');
    writeCapture(file, await stop());
    t.deepEqual(await remarksOn(file, [bothEnds, traceroute]), []);
  });
}
