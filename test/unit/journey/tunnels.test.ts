/** Tunnels: a phone's packets through GTP-U, a tenant's through VXLAN, with the rewrites that kinds and features declare. */
import t from 'tap';
import { bearerRewrites } from '../../../src/journey/bearers.ts';
import { coreOf, type Telling } from '../../../src/journey/core.ts';
import { unexplainedOf } from '../../../src/journey/change.ts';
import type { NodeEvidence } from '../../../src/journey/evidence.ts';
import { expectJourney } from '../../../src/journey/expect.ts';
import { pointOf } from '../../../src/journey/journey.ts';
import { traceOf } from '../../../src/journey/trace.ts';
import type { Trace } from '../../../src/journey/trace.ts';
import { summaryOf } from '../../../src/journey/words.ts';
import { arp, ethernet, ipv4 } from '../../../src/packet/encode.ts';
import type { Part } from '../../../src/packet/encode.ts';
import { gtpu, tcp, udp, vxlan } from '../../../src/packet/encode-transport.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import type { Node, Topology } from '../../../src/topology/topology.ts';
import { exactly } from '../../helpers/exactly.ts';
import { cloud } from '../../helpers/fixtures.ts';
import { macOf, seen } from '../../helpers/journey-frames.ts';
import { contributionOf, fixture } from '../../helpers/topology-fixture.ts';

/** The nodes that have an address by the topology. */
const ownersIn =
  ({ nodes }: Topology) =>
  (address: string): string[] =>
    nodes
      .filter(({ interfaces }) =>
        interfaces.some((own) => own.addresses.some((cidr) => cidr.split('/')[0] === address)),
      )
      .map(({ name }) => name);

const traced = (
  topology: Topology,
  frames: readonly Frame[],
  nodes: Readonly<Record<string, NodeEvidence>>,
  bearers: readonly Telling[] = [],
): Trace =>
  traceOf({
    frames,
    topology,
    rewrites: [
      ...topology.nodes.flatMap(({ name }) => contributionOf(topology, name).rewrites),
      ...bearerRewrites(coreOf(bearers, ownersIn(topology))),
    ],
    evidence: { nodes },
  });

const told = (trace: Trace): string[] =>
  trace.journeys.flatMap((journey) => [
    pointOf(journey.sightings[0] as (typeof journey.sightings)[number]),
    ...trace.hops(journey).map((hop) => `${pointOf(hop.to)} ${summaryOf(hop)}`),
  ]);
const problems = (trace: Trace): (string | undefined)[] =>
  trace.journeys.flatMap((journey) => trace.hops(journey).flatMap(unexplainedOf)).map(({ problem }) => problem);

/** A phone's way to the Internet, with translation at the packet gateway; the core's signalling is not looked at. */
const lte = fixture(
  {
    phone: { kind: 'host' },
    enb: { kind: 'host' },
    sgw: { kind: 'host' },
    pgw: {
      kind: 'gateway',
      features: { nat: { snat: [{ from: '10.45.0.0/16', out: 'isp', to: '203.0.113.2', ports: '20000-20999' }] } },
    },
    isp: { kind: 'router', loopback: ['10.255.0.9/32'] },
  },
  [
    ['phone:eth0 169.254.1.1/30', 'enb:radio0 169.254.1.2/30'],
    ['enb:s1u 10.70.2.1/24', 'sgw:s1u 10.70.2.2/24', { mtu: 1600 }],
    ['sgw:s5 10.70.5.1/24', 'pgw:s5 10.70.5.2/24', { mtu: 1600 }],
    ['pgw:to-isp 203.0.113.2/30', 'isp:to-pgw 203.0.113.1/30'],
  ],
);
/** What the functions say of the phone's bearer, as lab/epc does. */
const imsi = '460000000000001';
const ends = (local: number, remote: number | undefined, peer: string) => ({ user: { local, remote, peer } });
const bearers: readonly Telling[] = [
  { node: 'phone', role: 'ue', status: { imsi, state: 'registered', bearer: { address: '10.45.0.2' } } },
  {
    node: 'enb',
    role: 'enodeb',
    status: {
      phones: [
        {
          phone: '169.254.1.1',
          bearers: [
            { ebi: 5, teidIn: 0x22, teidOut: 0x11, peer: '10.70.2.2', learntFrom: 'InitialContextSetupRequest' },
          ],
        },
      ],
    },
  },
  {
    node: 'sgw',
    role: 'sgw',
    status: {
      sessions: [
        {
          imsi,
          bearer: 5,
          s1u: ends(0x11, 0x22, '10.70.2.1'),
          s5: { ...ends(0x4001, 0x3001, '10.70.5.2'), control: {} },
        },
        { imsi: '460000000000009', s1u: ends(0x12, undefined, '0.0.0.0'), s5: {} },
      ],
    },
  },
  { node: 'pgw', role: 'pgw', status: { sessions: [{ imsi, bearer: 5, s5: ends(0x3001, 0x4001, '10.70.5.1') }] } },
];
const on = (from: string, to: string, part: Part): Part =>
  ethernet({ source: macOf(lte, from), destination: macOf(lte, to) }, part);
const tunnelled = (source: string, destination: string, teid: number, part: Part): Part =>
  ipv4(
    { source, destination, identification: 77 },
    udp({ sourcePort: 2152, destinationPort: 2152 }, gtpu({ teid }, part)),
  );
const connected = (prefix: string, dev: string) => ({ prefix, nextHops: [{ dev }], protocol: 'kernel' });

const lteNodes: Readonly<Record<string, NodeEvidence>> = {
  phone: { interfaces: [{ name: 'eth0', addresses: ['169.254.1.1/30', '10.45.0.2/32'] }] },
  enb: { routes: [connected('10.70.2.0/24', 's1u')] },
  sgw: { routes: [connected('10.70.2.0/24', 's1u'), connected('10.70.5.0/24', 's5')] },
  pgw: {
    interfaces: [{ name: 'gtp0', addresses: ['10.45.0.1/16'] }],
    routes: [connected('10.45.0.0/16', 'gtp0'), connected('10.70.5.0/24', 's5'), connected('203.0.113.0/30', 'to-isp')],
    conntrack: [
      {
        protocol: 'tcp',
        original: { source: '10.45.0.2', destination: '203.0.113.1', sourcePort: 40_000, destinationPort: 80 },
        reply: { source: '203.0.113.1', destination: '203.0.113.2', sourcePort: 80, destinationPort: 20_007 },
      },
    ],
  },
};

const up = (source: string, sourcePort: number, ttl: number): Part =>
  ipv4(
    { source, destination: '203.0.113.1', identification: 5, ttl },
    tcp({ sourcePort, destinationPort: 80, sequence: 9 }, new Uint8Array(40).fill(1)),
  );
const phone = up('10.45.0.2', 40_000, 64);
const uplink = (s1u = 0x11, s5 = 0x3001): Frame[] => [
  seen('phone:eth0 >', on('phone:eth0', 'enb:radio0', phone), 0),
  seen('enb:radio0 <', on('phone:eth0', 'enb:radio0', phone), 1000),
  seen('enb:s1u >', on('enb:s1u', 'sgw:s1u', tunnelled('10.70.2.1', '10.70.2.2', s1u, phone)), 2000),
  seen('sgw:s1u <', on('enb:s1u', 'sgw:s1u', tunnelled('10.70.2.1', '10.70.2.2', s1u, phone)), 3000),
  seen('sgw:s5 >', on('sgw:s5', 'pgw:s5', tunnelled('10.70.5.1', '10.70.5.2', s5, phone)), 4000),
  seen('pgw:s5 <', on('sgw:s5', 'pgw:s5', tunnelled('10.70.5.1', '10.70.5.2', s5, phone)), 5000),
  seen('pgw:gtp0 <', phone, 6000, 'ip'),
  seen('pgw:to-isp >', on('pgw:to-isp', 'isp:to-pgw', up('203.0.113.2', 20_007, 63)), 7000),
  seen('isp:to-pgw <', on('pgw:to-isp', 'isp:to-pgw', up('203.0.113.2', 20_007, 63)), 8000),
];

void t.test('from the phone: into the first tunnel, from tunnel to tunnel, out of it, and translated', (t) => {
  const trace = traced(lte, uplink(), lteNodes, bearers);
  t.strictSame(problems(trace), []);
  t.strictSame(told(trace), [
    'phone:eth0 >',
    'enb:radio0 < same octets',
    'enb:s1u > into GTP-U TEID 0x11',
    'sgw:s1u < same octets',
    'sgw:s5 > GTP-U TEID 0x11 → TEID 0x3001',
    'pgw:s5 < same octets',
    'pgw:gtp0 < out of GTP-U TEID 0x3001',
    'pgw:to-isp > SNAT 10.45.0.2:40000 → 203.0.113.2:20007, TTL 64 → 63, new link header',
    'isp:to-pgw < same octets',
  ]);
  const [journey] = trace.journeys;
  const causes =
    journey === undefined
      ? []
      : trace
          .hops(journey)
          .flatMap((hop) => hop.changes)
          .flatMap(({ cause }) => (cause === undefined ? [] : [cause.text, ...(cause.behind ?? [])]));
  t.ok(causes.includes(`S1-U bearer 5 of phone (IMSI ${imsi}), to sgw`));
  t.ok(causes.includes('TEID 0x11 allocated by sgw, told to enb in InitialContextSetupRequest'));
  t.ok(causes.includes(`S1-U bearer 5 of phone (IMSI ${imsi}), from enb`));
  t.ok(causes.includes(`S5/S8-U bearer 5 of phone (IMSI ${imsi}), to pgw`));
  t.ok(causes.includes('-A POSTROUTING -s 10.45.0.0/16 -o to-isp -p tcp -j SNAT --to-source 203.0.113.2:20000-20999'));
  t.match(trace.ledger(), { verdict: 'complete', delivered: 1 });
  t.end();
});

void t.test('to the phone: into the TUN device, two tunnels, and on the radio', (t) => {
  const answer = (destination: string, destinationPort: number, ttl: number): Part =>
    ipv4(
      { source: '203.0.113.1', destination, identification: 6, ttl },
      tcp({ sourcePort: 80, destinationPort, sequence: 1 }, new Uint8Array(40).fill(2)),
    );
  const inside = answer('10.45.0.2', 40_000, 63);
  const trace = traced(
    lte,
    [
      seen('isp:to-pgw >', on('isp:to-pgw', 'pgw:to-isp', answer('203.0.113.2', 20_007, 64)), 0),
      seen('pgw:to-isp <', on('isp:to-pgw', 'pgw:to-isp', answer('203.0.113.2', 20_007, 64)), 1000),
      seen('pgw:gtp0 >', inside, 2000, 'ip'),
      seen('pgw:s5 >', on('pgw:s5', 'sgw:s5', tunnelled('10.70.5.2', '10.70.5.1', 0x4001, inside)), 3000),
      seen('sgw:s5 <', on('pgw:s5', 'sgw:s5', tunnelled('10.70.5.2', '10.70.5.1', 0x4001, inside)), 4000),
      seen('sgw:s1u >', on('sgw:s1u', 'enb:s1u', tunnelled('10.70.2.2', '10.70.2.1', 0x22, inside)), 5000),
      seen('enb:s1u <', on('sgw:s1u', 'enb:s1u', tunnelled('10.70.2.2', '10.70.2.1', 0x22, inside)), 6000),
      seen('enb:radio0 >', on('enb:radio0', 'phone:eth0', inside), 7000),
      seen('phone:eth0 <', on('enb:radio0', 'phone:eth0', inside), 8000),
    ],
    lteNodes,
    bearers,
  );
  t.strictSame(problems(trace), []);
  t.strictSame(told(trace).slice(2, 8), [
    'pgw:gtp0 > SNAT undone: destination 203.0.113.2:20007 → 10.45.0.2:40000, TTL 64 → 63, link header off',
    'pgw:s5 > into GTP-U TEID 0x4001',
    'sgw:s5 < same octets',
    'sgw:s1u > GTP-U TEID 0x4001 → TEID 0x22',
    'enb:s1u < same octets',
    'enb:radio0 > out of GTP-U TEID 0x22',
  ]);
  const [journey] = trace.journeys;
  if (journey !== undefined)
    expectJourney(trace, journey)
      .passes('isp', 'pgw', 'sgw', 'enb', 'phone')
      .snat('pgw')
      .gtpu(0x22)
      .gtpu()
      .avoids('sgw2')
      .delivered('phone')
      .once()
      .explained();
  t.end();
});

void t.test('a wrong TEID, a wrong peer, and a base station that nobody declared are unexplained', (t) => {
  t.strictSame(problems(traced(lte, uplink(0x12), lteNodes, bearers)), [
    'enb has no tunnel with TEID 0x12 from it',
    'sgw has no tunnel with TEID 0x12 to it',
  ]);
  t.strictSame(problems(traced(lte, uplink(0x11, 0x4001), lteNodes, bearers)), [
    'sgw has no tunnel with TEID 0x4001 from it',
    'pgw has no tunnel with TEID 0x4001 to it',
  ]);
  const astray = uplink().map((frame, index) =>
    index === 2 || index === 3
      ? {
          ...frame,
          bytes: seen('enb:s1u >', on('enb:s1u', 'sgw:s1u', tunnelled('10.70.2.1', '10.70.2.9', 0x11, phone)), 0).bytes,
        }
      : frame,
  );
  exactly(t, problems(traced(lte, astray, lteNodes, bearers)), [
    'TEID 0x11 of enb leads to 10.70.2.2, not 10.70.2.9',
    /./,
    /10.70.2.9 is not an address of sgw/,
  ]);
  t.end();
});

const dc = cloud();
const inner = ethernet(
  { source: macOf(dc, 'red1:eth0'), destination: macOf(dc, 'red2:eth0') },
  ipv4(
    { source: '10.0.0.11', destination: '10.0.0.12', identification: 8 },
    udp({ sourcePort: 7000, destinationPort: 7001 }, new Uint8Array(30)),
  ),
);
const overlay = (vni: number, source = '172.31.1.11', destination = '172.31.1.12', ttl = 64): Part =>
  ethernet(
    { source: macOf(dc, 'hv1:to-fabric'), destination: macOf(dc, 'hv2:to-fabric') },
    ipv4(
      { source, destination, ttl },
      udp({ sourcePort: 50_000, destinationPort: 4789, checksum: 0 }, vxlan({ vni }, inner)),
    ),
  );
const cloudNodes: Readonly<Record<string, NodeEvidence>> = {
  hv1: {
    routes: [connected('172.31.1.0/24', 'br-phy')],
    vxlan: [{ vni: 5001, mac: macOf(dc, 'red2:eth0'), vtep: '172.31.1.12' }],
  },
};
const across = (outer: Part): Frame[] =>
  (
    [
      ['red1:eth0 >', inner],
      ['hv1:to-red1 <', inner],
      ['hv1:to-fabric >', outer],
      ['fabric:to-hv1 <', outer],
      ['fabric:to-hv2 >', outer],
      ['hv2:to-fabric <', outer],
      ['hv2:to-red2 >', inner],
      ['red2:eth0 <', inner],
    ] as const
  ).map(([point, part], index) => seen(point, part, index * 1000));

void t.test('between machines of a tenant: into the VXLAN of its network and out of it', (t) => {
  const trace = traced(dc, across(overlay(5001)), cloudNodes);
  t.strictSame(problems(trace), []);
  t.strictSame(told(trace).slice(2, 7), [
    'hv1:to-fabric > into VXLAN VNI 5001',
    'fabric:to-hv1 < same octets',
    'fabric:to-hv2 > passed on unchanged',
    'hv2:to-fabric < same octets',
    'hv2:to-red2 > out of VXLAN VNI 5001',
  ]);
  const [journey] = trace.journeys;
  if (journey !== undefined)
    expectJourney(trace, journey)
      .passes('red1', 'hv1', 'fabric', 'hv2', 'red2')
      .vxlan(5001)
      .delivered('red2')
      .once()
      .explained();
  const [, into] = journey === undefined ? [] : trace.hops(journey);
  t.match(into?.changes[0]?.cause, {
    text: 'tenant network red, to hv2, where red2 is',
    state: /VNI 5001, VTEP 172.31.1.11 to 172.31.1.12, by the flow for/,
  });
  t.end();
});

void t.test('a VNI of nobody, a VTEP of nobody, and a flow that says otherwise are unexplained', (t) => {
  t.strictSame(problems(traced(dc, across(overlay(5009)), cloudNodes)), [
    'hv1 holds no tenant network with VNI 5009',
    'hv2 holds no tenant network with VNI 5009',
  ]);
  t.strictSame(problems(traced(dc, across(overlay(5001, '172.31.1.77')), cloudNodes)), [
    '172.31.1.77 is not the VTEP of hv1, which is 172.31.1.11',
    '172.31.1.77 is not a VTEP of VNI 5001',
  ]);
  const otherwise = {
    hv1: { ...cloudNodes['hv1'], vxlan: [{ vni: 5001, mac: macOf(dc, 'red2:eth0'), vtep: '172.31.2.13' }] },
  };
  exactly(t, problems(traced(dc, across(overlay(5001)), otherwise)), [/sends .* to 172.31.2.13, not 172.31.1.12/]);
  t.end();
});

void t.test('a packet that ends at a VTEP: of a network that is not there, or for a machine that is not', (t) => {
  const later = arp({ senderMac: macOf(dc, 'red1:eth0'), senderIp: '10.0.0.11', targetIp: '10.0.0.1' });
  const ended = [
    ...across(overlay(5001)).slice(0, 6),
    seen('red1:eth0 >', ethernet({ source: macOf(dc, 'red1:eth0'), destination: 'ff:ff:ff:ff:ff:ff' }, later), 1e9),
  ];
  const changed = (change: (hv2: Node) => Node): Topology => ({
    ...dc,
    nodes: dc.nodes.map((node) => (node.name === 'hv2' ? change(node) : node)),
  });
  const losses = (topology: Topology): (string | undefined)[] =>
    traced(topology, ended, cloudNodes)
      .ledger('all')
      .losses.map(({ node, reason }) => `${node}: ${reason ?? ''}`);
  const wrong = changed((hv2) => ({ ...hv2, settings: { ...hv2.settings, vni: { red: 5999 } } }));
  t.strictSame(losses(wrong), [
    'hv2: VXLAN VNI 5001 is unknown at hv2: no network of it there (hv1 means red, which is VNI 5999 there)',
  ]);
  const [journey] = traced(wrong, ended, cloudNodes).journeys;
  t.match(journey === undefined ? undefined : traced(wrong, ended, cloudNodes).hops(journey)[1]?.changes[0]?.cause, {
    text: 'tenant network red, to hv2, which has it as VNI 5999',
  });
  const empty = changed((hv2) => ({
    ...hv2,
    interfaces: hv2.interfaces.filter(({ network }) => network === undefined),
  }));
  t.strictSame(losses(empty), ['hv2: VXLAN VNI 5001 is unknown at hv2: no network of it there']);
  const stranger = changed((hv2) => ({
    ...hv2,
    interfaces: hv2.interfaces.map((own) =>
      own.network === 'red' ? { ...own, peer: { node: 'red3', interface: 'eth0' } } : own,
    ),
  }));
  t.strictSame(losses(stranger), [`hv2: no machine of network red at hv2 has MAC ${macOf(dc, 'red2:eth0')}`]);
  t.end();
});

void t.test('a router of the underlay changes the outer header only', (t) => {
  const before = ethernet(
    { source: macOf(dc, 'hv1:to-fabric'), destination: macOf(dc, 'core:to-fabric') },
    ipv4(
      { source: '172.31.1.11', destination: '172.31.2.13', ttl: 64 },
      udp({ sourcePort: 50_000, destinationPort: 4789, checksum: 0 }, vxlan({ vni: 5001 }, inner)),
    ),
  );
  const after = (ttl: number, vni = 5001): Part =>
    ethernet(
      { source: macOf(dc, 'core:to-hv3'), destination: macOf(dc, 'hv3:to-core') },
      ipv4(
        { source: '172.31.1.11', destination: '172.31.2.13', ttl },
        udp({ sourcePort: 50_000, destinationPort: 4789, checksum: 0 }, vxlan({ vni }, inner)),
      ),
    );
  const routes = { core: { routes: [connected('172.31.2.0/24', 'to-hv3')] } };
  const through = (out: Part): Trace =>
    traced(dc, [seen('core:to-fabric <', before, 0), seen('core:to-hv3 >', out, 1000)], routes);
  t.strictSame(problems(through(after(63))), []);
  t.strictSame(told(through(after(63)))[1], 'core:to-hv3 > outer TTL 64 → 63, new link header');
  exactly(t, problems(through(after(62))), ['a router takes exactly 1']);
  exactly(t, problems(through(after(63, 5002))), [/core holds no tenant network/]);
  t.end();
});
