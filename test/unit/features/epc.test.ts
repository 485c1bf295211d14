/** The LTE network that is made of a topology: who is told what, and what is found wrong with it. */
import t from 'tap';
import { configurationOf } from '../../../src/features/epc/config.ts';
import type { EpcSettings } from '../../../src/features/epc/settings.ts';
import { TopologyError } from '../../../src/topology/problem.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { fn, lte, type LteChanges } from '../../helpers/lte-fixture.ts';
import { contributionOf } from '../../helpers/topology-fixture.ts';

const told = (topology: Topology, name: string): Record<string, unknown> => {
  const node = topology.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new Error(`no node ${name}`);
  return configurationOf(topology, node, node.features['epc'] as EpcSettings) as Record<string, unknown>;
};

/** Every problem of a network, as `path: message`. */
const problems = (changes: LteChanges): string[] => {
  try {
    lte(changes);
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.problems.map(({ path, message }) => `${path.slice(1).join('.')}: ${message}`);
  }
};

const interfaceOf = (topology: Topology, name: string) =>
  topology.nodes.find((node) => node.name === name)?.interfaces[0];

void t.test('a radio link has link-local IPv4 addresses, other links what they always have', (t) => {
  const topology = lte();
  t.same(interfaceOf(topology, 'phone1')?.addresses, ['169.254.1.1/24']);
  t.same(interfaceOf(topology, 'enb2')?.addresses, ['169.254.1.4/24']);
  t.match(interfaceOf(topology, 'mme')?.addresses, [/^10\.10\.0\./u, /^fd00:/u]);
  const apart = lte({
    air: ['phone1', 'enb1'],
    links: [['phone2', 'enb2']],
  });
  t.same(interfaceOf(apart, 'phone2')?.addresses, ['169.254.1.5/30'], 'each radio link has addresses of its own');
  t.end();
});

void t.test('a network of which nothing is written is told everything', (t) => {
  const topology = lte();
  t.match(told(topology, 'phone2'), {
    function: 'ue',
    imsi: '460000000000002',
    interface: 'eth0',
    radio: { local: '169.254.1.2', cells: [{ enodeb: '169.254.1.3' }, { enodeb: '169.254.1.4' }] },
    plmn: '46000',
    on: true,
  });
  t.match(told(topology, 'enb2'), {
    name: 'enb2',
    id: 2,
    radio: { interface: 'eth0', local: '169.254.1.4' },
    s1mme: { local: '10.10.0.2', mme: '10.10.0.3' },
    s1u: { local: '10.10.0.2' },
  });
  const realm = 'epc.mnc000.mcc460.3gppnetwork.org';
  t.match(told(topology, 'mme'), {
    s1mme: { local: '10.10.0.3' },
    s6a: { local: '10.10.0.3', hss: '10.10.0.4', host: `mme.${realm}`, realm, transport: 'sctp' },
    s11: { local: '10.10.0.3', sgw: '10.10.0.5' },
    pgw: '10.10.0.6',
    ...{ eea: [0], eia: [2] },
  });
  t.match(told(topology, 'pgw'), {
    s5: { local: '10.10.0.6' },
    gateway: '10.45.0.1',
    pools: { cmnet: '10.45.0.0/16' },
    gy: { local: '10.10.0.6', ocs: '10.10.0.7', host: `pgw.${realm}`, realm },
  });
  t.match(told(topology, 'ocs'), { accounts: [{ imsi: '460000000000001', octets: 1e9 }, { imsi: '460000000000002' }] });
  t.end();
});

void t.test('the SIM card and the HSS have the same keys, and no two phones have', (t) => {
  const topology = lte();
  const { subscribers } = told(topology, 'hss') as { subscribers: Record<string, unknown>[] };
  const sims = ['phone1', 'phone2'].map((name) => {
    const { imsi, k, opc } = told(topology, name);
    return { imsi, k, opc };
  });
  t.same(
    subscribers.map(({ imsi, k, opc }) => ({ imsi, k, opc })),
    sims,
  );
  t.equal(new Set(sims.flatMap(({ k, opc }) => [k, opc])).size, 4);
  t.same(told(lte(), 'phone1'), told(topology, 'phone1'), 'the same file makes the same keys');
  t.end();
});

void t.test('the HSS can know otherwise than the phone does, and know others', (t) => {
  const k = '00112233445566778899aabbccddeeff';
  const subscribers = [
    { phone: 'phone1', barred: 15, k },
    { imsi: '460009999999999', apns: ['other'], uplink: '1mbit', sqn: 32 },
  ];
  const topology = lte({ nodes: { phone2: fn('ue', { subscribed: false }), hss: fn('hss', { subscribers }) } });
  const hss = told(topology, 'hss') as { subscribers: Record<string, unknown>[] };
  t.match(hss.subscribers, [
    { imsi: '460000000000001', k, barred: 15, apns: ['cmnet'] },
    { imsi: '460009999999999', apns: ['other'], ambr: { uplink: 1_000_000, downlink: 100_000_000 }, sqn: 32 },
  ]);
  t.equal(hss.subscribers.length, 2, 'phone2 is not subscribed');
  t.not(told(topology, 'phone1')['k'], k);
  t.end();
});

void t.test('numbers that are written are kept, and others step over them', (t) => {
  const topology = lte({
    nodes: {
      phone1: fn('ue', { cells: ['enb2'], apn: 'ims' }),
      phone2: fn('ue', { imsi: '310410000000001', on: false }),
      enb1: fn('enodeb', { id: 77, tac: 9 }),
      mme: fn('mme', { plmn: '310410', timers: { t3460: '1.5s' } }),
    },
  });
  t.match(told(topology, 'phone1'), {
    imsi: '310410000000002',
    plmn: '310410',
    apn: 'ims',
    radio: { cells: [{ enodeb: '169.254.1.4' }] },
  });
  t.match(told(topology, 'phone2'), { imsi: '310410000000001', on: false });
  t.match(told(topology, 'enb1'), { id: 77, tac: 9, plmn: '310410' });
  t.match(told(topology, 'mme'), {
    timers: { t3460: 1500 },
    s6a: { realm: 'epc.mnc410.mcc310.3gppnetwork.org' },
  });
  t.end();
});

void t.test('a SGW with one interface gets a second address for S5; with two links it needs none', (t) => {
  const operations = (topology: Topology): unknown[] =>
    contributionOf(topology, 'sgw').operations.filter(
      ({ stage, operation }) => stage === 'addresses' && operation.op === 'address' && !operation.address.includes(':'),
    );
  const one = lte();
  t.match(told(one, 'sgw'), { s11: { local: '10.10.0.5' }, s1u: { local: '10.10.0.5' }, s5: { local: '10.10.0.254' } });
  t.match(operations(one), [{ operation: { address: '10.10.0.5/24' } }, { operation: { address: '10.10.0.254/24' } }]);
  const two = lte({
    site: ['enb1', 'enb2', 'mme', 'hss', 'sgw'],
    links: [{ endpoints: ['sgw', 'pgw'], mtu: 1600, prefix4: '10.20.0.0/30' }, ['pgw', 'ocs']],
  });
  t.match(told(two, 'sgw'), { s11: { local: '10.10.0.5' }, s5: { local: '10.20.0.1' } });
  t.match(told(two, 'mme'), { pgw: '10.20.0.2' });
  t.equal(operations(two).length, 2);
  t.end();
});

void t.test('a phone has no static default route, and its gateway is passed on', (t) => {
  const topology = lte({ nodes: { phone1: { ...fn('ue'), gateway: '10.45.0.1' } } });
  const { operations } = contributionOf(topology, 'phone1');
  t.notOk(operations.some(({ operation }) => operation.op === 'route'));
  t.equal(told(topology, 'phone1')['gateway'], '10.45.0.1');
  t.notOk('gateway' in told(topology, 'phone2'));
  t.end();
});

void t.test('offload: nothing that an eNodeB reads comes in segments', (t) => {
  const topology = { ...lte(), offload: true };
  const kept = (node: string): unknown[] =>
    contributionOf(topology, node).operations.flatMap(({ operation }) =>
      operation.op === 'interface' && operation.name !== 'br0' ? [operation.offload] : [],
    );
  t.same(kept('phone1'), [false]);
  t.same(kept('air'), [false, false, false, false]);
  t.same(kept('mme'), [true]);
  t.end();
});

const wrong: readonly (readonly [string, LteChanges, readonly string[]])[] = [
  ['a phone that reaches no eNodeB', { air: ['phone1', 'enb1', 'enb2'] }, ['phone2.epc: phone2 reaches no eNodeB']],
  [
    'a phone with two radio links',
    { air: ['phone1', 'phone2', 'enb1'], links: [['phone1', 'enb2']] },
    ['phone1.epc: phone1 has 2 radio links'],
  ],
  [
    'cells that the phone does not hear',
    { nodes: { phone1: fn('ue', { cells: ['enb1', 'mme'] }) } },
    ['phone1.epc.cells.1: phone1 does not hear mme'],
  ],
  [
    'an IMSI twice',
    { nodes: { phone1: fn('ue', { imsi: '460001' }), phone2: fn('ue', { imsi: '460001' }) } },
    ['phone2.epc.imsi: phone1 has the IMSI 460001 too'],
  ],
  [
    'no room for the tunnel',
    { siteLink: { mtu: 1500 } },
    [
      'phone1.epc: phone1 sends packets of 1500 octets, too large for a GTP-U tunnel over MTU 1500 at enb1’s S1-U',
      'phone2.epc: phone2 sends packets of 1500 octets, too large for a GTP-U tunnel over MTU 1500 at enb1’s S1-U',
    ],
  ],
  ['an eNodeB without phones', { air: ['phone1', 'phone2', 'enb1'] }, ['enb2.epc: no phone is on a link of enb2']],
  [
    'an eNodeB with a link for each phone',
    {
      air: ['enb2'],
      links: [
        ['phone1', 'enb1'],
        ['phone2', 'enb1'],
      ],
    },
    ['enb1.epc: the phones of enb1 are on 2 links', 'enb2.epc: no phone is on a link of enb2'],
  ],
  [
    'an eNodeB identity twice',
    { nodes: { enb1: fn('enodeb', { id: 2 }) } },
    ['enb2.epc.id: enb1 has the eNodeB identity 2 too'],
  ],
  [
    'two MMEs and none named',
    {
      nodes: { mme2: fn('mme'), enb1: fn('enodeb', { mme: 'mme' }) },
      site: ['enb1', 'enb2', 'mme', 'hss', 'sgw', 'pgw', 'ocs', 'mme2'],
    },
    ['enb2.epc: there are several MMEs: mme, mme2', 'mme2.epc: no eNodeB leads to mme2'],
  ],
  ['a name of another function', { nodes: { enb1: fn('enodeb', { mme: 'hss' }) } }, ['enb1.epc.mme: hss is no MME']],
  ['no OCS', { nodes: { ocs: undefined } }, ['pgw.epc: there is no OCS in the lab']],
  [
    'functions that do not meet',
    { site: ['enb1', 'enb2', 'mme', 'sgw', 'pgw', 'ocs'] },
    ['mme.epc: mme and hss share no IPv4 segment'],
  ],
  [
    'eNodeBs of one MME on several segments',
    {
      site: ['enb1', 'mme', 'hss', 'sgw', 'pgw', 'ocs'],
      links: [
        { endpoints: ['enb2', 'mme'], prefix4: '10.11.0.0/30' },
        { endpoints: ['enb2', 'sgw'], prefix4: '10.12.0.0/30', mtu: 1600 },
      ],
    },
    [
      'mme.epc: its eNodeBs are on several segments: 10.10.0.2, 10.11.0.2',
      'sgw.epc: its eNodeBs are on several segments: 10.10.0.4, 10.12.0.2',
    ],
  ],
  [
    'a PGW that does not forward',
    { nodes: { pgw: fn('pgw', {}, 'host') } },
    ['pgw.epc.role: pgw is a host, which does not forward'],
  ],
  [
    'a SGW that forwards',
    { nodes: { sgw: fn('sgw', {}, 'gateway') } },
    ['sgw.epc.role: sgw is a gateway, which would forward phones’ packets beside the tunnels'],
  ],
  [
    'a pool without room',
    { nodes: { pgw: fn('pgw', { pools: { cmnet: '10.45.0.0/30' } }) } },
    ['pgw.epc.pools.cmnet: 10.45.0.0/30 has room for 1 of 2 phones'],
  ],
  [
    'a gateway elsewhere',
    { nodes: { pgw: fn('pgw', { gateway: '10.99.0.1' }) } },
    ['pgw.epc.gateway: 10.99.0.1 is not in 10.45.0.0/16'],
  ],
  [
    'no address left for S5',
    { siteLink: { prefix4: '10.10.0.0/29' }, nodes: { enb2: undefined } },
    ['sgw.epc: sgw needs an address for S5 apart from that of S11 and S1-U, and its segment has none left'],
  ],
  [
    'subscribers that are none',
    {
      nodes: { hss: fn('hss', { subscribers: [{ phone: 'mme' }, { phone: 'phone1' }, { imsi: '460000000000001' }] }) },
    },
    [
      'hss.epc.subscribers.0.phone: mme is no phone',
      'hss.epc.subscribers.2: the IMSI 460000000000001 is written twice',
    ],
  ],
  [
    'a radio link without addresses',
    {
      air: ['phone2', 'enb2'],
      links: [
        [
          { node: 'phone1', addresses: ['10.45.0.2/32'] },
          { node: 'enb1', addresses: [] },
        ],
      ],
    },
    ['enb1.epc: enb1 has no IPv4 address on its radio link'],
  ],
];

for (const [name, changes, expected] of wrong)
  void t.test(`problem: ${name}`, (t) => {
    t.same(problems(changes), expected);
    t.end();
  });

void t.test('every problem says what to do', (t) => {
  for (const [name, changes] of wrong)
    try {
      lte(changes);
    } catch (error) {
      if (!(error instanceof TopologyError)) throw error;
      for (const problem of error.problems) t.ok(problem.hint, `${name}: ${problem.message}`);
    }
  t.end();
});

void t.test('schemas refuse what cannot work', (t) => {
  for (const settings of [
    { role: 'router' },
    { role: 'ue', imsi: '46000x' },
    { role: 'ue', k: '00' },
    { role: 'enodeb', id: 0x10_0000 },
    { role: 'mme', eia: [0] },
    { role: 'mme', timers: { t3460: '0ms' } },
    { role: 'hss', subscribers: [{}] },
    { role: 'hss', subscribers: [{ phone: 'phone1', imsi: '460001' }] },
    { role: 'hss', subscribers: [{ phone: 'phone1', barred: 12 }] },
    { role: 'pgw', pools: {} },
    { role: 'pgw', dns: ['2001:db8::1'] },
  ])
    t.not(problems({ nodes: { extra: { kind: 'host', epc: settings } } }).length, 0, JSON.stringify(settings));
  t.end();
});
