/**
 * The lab in which the capture of one request was recorded: a phone, an LTE core whose base station and packet gateway
 * are IP hops with TUN devices, a masquerading NAT, three routers, a virtual gateway, three hypervisors with VXLAN,
 * a load balancer and a server. Its nodes' state is written down here as it was.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Rewrite } from '../../src/fragment/fragment.ts';
import type { Evidence, NodeEvidence, RouteEvidence } from '../../src/journey/evidence.ts';
import type { TraceInput } from '../../src/journey/trace.ts';
import { readPcapng } from '../../src/packet/pcapng-read.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { fixture } from './topology-fixture.ts';

const file = fileURLToPath(new URL('../../../shared/prototypes/journey/one-request.pcapng', import.meta.url));

/** The recorded frames; undefined where the recording is not at hand. */
export const recordedFrames = (): readonly Frame[] | undefined =>
  existsSync(file) ? readPcapng(readFileSync(file)).frames : undefined;

const network = { network: 'vpc' };
const topology = fixture(
  {
    ph: { kind: 'host' },
    enb: { kind: 'gateway' },
    sgw: { kind: 'gateway' },
    pgw: { kind: 'gateway' },
    nat: { kind: 'gateway' },
    a2: { kind: 'router' },
    c1: { kind: 'router' },
    br: { kind: 'router' },
    gw: { kind: 'gateway' },
    fab: { kind: 'switch' },
    hg: { kind: 'hypervisor' },
    ha: { kind: 'hypervisor' },
    hb: { kind: 'hypervisor' },
    lb: { kind: 'host' },
    ct: { kind: 'host' },
  },
  [
    ['ph:eth0 10.45.0.2/24', 'enb:ue0 10.45.0.1/24'],
    ['enb:s1u 10.1.0.1/24', 'sgw:s1u 10.1.0.2/24'],
    ['sgw:s5 10.2.0.1/24', 'pgw:s5 10.2.0.2/24'],
    ['pgw:sgi 10.3.0.1/24', 'nat:in0 10.3.0.2/24'],
    ['nat:out0 203.0.113.1/30', 'a2:n0 203.0.113.2/30'],
    ['a2:c1 198.51.100.1/30', 'c1:a2 198.51.100.2/30'],
    ['c1:br 198.51.100.5/30', 'br:c1 198.51.100.6/30'],
    ['br:dc 192.0.2.1/24', 'gw:ext0 192.0.2.10/24'],
    ['hg:eth0 10.9.0.1/24', 'fab:hg'],
    ['ha:eth0 10.9.0.2/24', 'fab:ha'],
    ['hb:eth0 10.9.0.3/24', 'fab:hb'],
    ['gw:int0 172.16.0.1/24', 'hg:vgw', network],
    ['lb:eth0 172.16.0.10/24', 'ha:vlb', network],
    ['ct:eth0 172.16.0.20/24', 'hb:vct', network],
  ],
);

const gtpu = (
  node: string,
  name: string,
  peer: string,
  [incoming, outgoing]: readonly [number, number],
  note: string,
): Rewrite[] => [
  { rewrite: 'gtpu', node, interface: name, teid: incoming, peer, direction: 'in', note },
  { rewrite: 'gtpu', node, interface: name, teid: outgoing, peer, direction: 'out', note },
];

const rewrites: readonly Rewrite[] = [
  ...gtpu('enb', 's1u', '10.1.0.2', [201, 101], 'S1-U tunnel of ph'),
  ...gtpu('sgw', 's1u', '10.1.0.1', [101, 201], 'S1-U tunnel of ph'),
  ...gtpu('sgw', 's5', '10.2.0.2', [202, 102], 'S5 tunnel of ph'),
  ...gtpu('pgw', 's5', '10.2.0.1', [102, 202], 'S5 tunnel of ph'),
  { rewrite: 'nat', node: 'nat', type: 'MASQUERADE', rule: '-A POSTROUTING -o out0 -j MASQUERADE' },
  {
    rewrite: 'nat',
    node: 'gw',
    type: 'DNAT',
    rule: '-A PREROUTING -d 192.0.2.10/32 -i ext0 -p tcp -m multiport --dports 443,80 -j DNAT --to-destination 172.16.0.10',
  },
  { rewrite: 'vxlan', node: 'hg', vni: 5001, network: 'vpc', vtep: '10.9.0.1' },
  { rewrite: 'vxlan', node: 'ha', vni: 5001, network: 'vpc', vtep: '10.9.0.2' },
  { rewrite: 'vxlan', node: 'hb', vni: 5001, network: 'vpc', vtep: '10.9.0.3' },
  { rewrite: 'proxy', node: 'lb', log: '/var/log/haproxy.log' },
];

const macs: Readonly<Record<string, string>> = {
  'ph:eth0': '0e:cb:f6:c1:e6:91',
  'enb:ue0': 'ea:3f:51:2f:3c:11',
  'enb:s1u': 'a2:1a:b3:11:5a:00',
  'sgw:s1u': 'f2:b2:9a:39:59:dd',
  'sgw:s5': 'ca:e7:b6:95:d3:bf',
  'pgw:s5': 'f6:ce:7a:bf:95:06',
  'pgw:sgi': '82:a9:bc:d8:69:b4',
  'nat:in0': 'd2:af:4e:24:28:66',
  'nat:out0': 'de:d1:99:30:21:42',
  'a2:n0': '2a:47:20:94:aa:d5',
  'a2:c1': 'ea:ba:28:f5:08:9d',
  'c1:a2': '6a:d5:c0:76:1a:66',
  'c1:br': '76:9f:9c:5c:60:3b',
  'br:c1': 'fa:fd:ce:e7:53:5f',
  'br:dc': '46:91:95:10:97:96',
  'gw:ext0': 'b2:e9:85:fe:2a:d9',
  'gw:int0': '9a:23:33:f0:60:dd',
  'hg:eth0': '5a:a0:53:18:32:4e',
  'ha:eth0': 'fe:9b:24:fc:be:47',
  'hb:eth0': 'ca:fb:f1:3a:73:4c',
  'lb:eth0': '86:26:21:ff:e1:63',
  'ct:eth0': '9a:1d:e0:17:1c:d5',
};

/** `PREFIX dev DEV` is a connected route, with `via` a static one. */
const route = (text: string): RouteEvidence => {
  const [prefix = '', ...words] = text.split(' ');
  const after = (word: string): string | undefined =>
    words.includes(word) ? words[words.indexOf(word) + 1] : undefined;
  return {
    prefix,
    nextHops: [{ via: after('via'), dev: after('dev') }],
    protocol: words.includes('via') ? 'static' : 'kernel',
  };
};

const everything = '0.0.0.0/0';
const routes: Readonly<Record<string, readonly string[]>> = {
  ph: ['10.45.0.0/24 dev eth0', `${everything} via 10.45.0.1 dev eth0`],
  enb: ['10.45.0.0/24 dev ue0', '10.1.0.0/24 dev s1u'],
  sgw: ['10.1.0.0/24 dev s1u', '10.2.0.0/24 dev s5'],
  pgw: ['10.45.0.0/24 dev gtp0', '10.2.0.0/24 dev s5', '10.3.0.0/24 dev sgi', `${everything} via 10.3.0.2 dev sgi`],
  nat: [
    '10.3.0.0/24 dev in0',
    '203.0.113.0/30 dev out0',
    '10.45.0.0/24 via 10.3.0.1 dev in0',
    `${everything} via 203.0.113.2 dev out0`,
  ],
  a2: ['203.0.113.0/30 dev n0', '198.51.100.0/30 dev c1', `${everything} via 198.51.100.2 dev c1`],
  c1: [
    '198.51.100.0/30 dev a2',
    '198.51.100.4/30 dev br',
    '203.0.113.0/30 via 198.51.100.1 dev a2',
    '192.0.2.0/24 via 198.51.100.6 dev br',
  ],
  br: ['198.51.100.4/30 dev c1', '192.0.2.0/24 dev dc', `${everything} via 198.51.100.5 dev c1`],
  gw: ['192.0.2.0/24 dev ext0', '172.16.0.0/24 dev int0', `${everything} via 192.0.2.1 dev ext0`],
  hg: ['10.9.0.0/24 dev br-phy'],
  ha: ['10.9.0.0/24 dev br-phy'],
  hb: ['10.9.0.0/24 dev br-phy'],
  lb: ['172.16.0.0/24 dev eth0', `${everything} via 172.16.0.1 dev eth0`],
  ct: ['172.16.0.0/24 dev eth0', `${everything} via 172.16.0.1 dev eth0`],
};

const [client, nated, front, server] = ['10.45.0.2', '203.0.113.1', '192.0.2.10', '172.16.0.10'];
const sourcePort = 35230;
const backPort = 39174;

const extra: Readonly<Record<string, NodeEvidence>> = {
  // The base station looks its phones' packets up in a table of its own: ip rule add iif ue0 lookup 100.
  enb: { lookups: [{ ...route(`${everything} dev gtp0`), protocol: 'boot', destination: front, interface: 'ue0' }] },
  nat: {
    conntrack: [
      {
        protocol: 'tcp',
        original: { source: client, destination: front, sourcePort, destinationPort: 443 },
        reply: { source: front, destination: nated, sourcePort: 443, destinationPort: sourcePort },
      },
    ],
  },
  gw: {
    conntrack: [
      {
        protocol: 'tcp',
        original: { source: nated, destination: front, sourcePort, destinationPort: 443 },
        reply: { source: server, destination: nated, sourcePort: 443, destinationPort: sourcePort },
      },
    ],
  },
};

/** What the proxy would have logged. */
export const proxyLog: NodeEvidence = {
  proxied: [
    {
      front: { source: nated, sourcePort, destination: server, destinationPort: 443 },
      back: { source: server, sourcePort: backPort, destination: '172.16.0.20', destinationPort: 8443 },
    },
  ],
};

const evidence: Evidence = {
  nodes: Object.fromEntries(
    topology.nodes.map(({ name, interfaces }): [string, NodeEvidence] => [
      name,
      {
        interfaces: interfaces.map((own) => ({
          name: own.name,
          mac: macs[`${name}:${own.name}`],
          addresses: own.addresses,
        })),
        routes: (routes[name] ?? []).map(route),
        ...extra[name],
      },
    ]),
  ),
};

/** The recording with everything that is known about its lab. */
export const recordedInput = (
  frames: readonly Frame[],
  more: Readonly<Record<string, NodeEvidence>> = {},
): TraceInput => ({
  frames,
  topology,
  rewrites,
  evidence: {
    nodes: {
      ...evidence.nodes,
      ...Object.fromEntries(Object.entries(more).map(([name, item]) => [name, { ...evidence.nodes[name], ...item }])),
    },
  },
  from: 'ph',
});
