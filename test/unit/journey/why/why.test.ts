import t from 'tap';
import { communityWords, heardFrom, lost } from '../../../../src/journey/why/decision.ts';
import { type Candidate, type Why, readBgp, readOspf, readRib } from '../../../../src/journey/why/facts.ts';
import { ospf6Notes, ospfNotes } from '../../../../src/journey/why/notes.ts';
import { whyText } from '../../../../src/journey/why/render.ts';
import { golden, text } from '../../../helpers/golden.ts';

/** As FRR 8.4 says it: two paths of a border router, the refused one first. */
const bgpAnswer = JSON.stringify({
  prefix: '203.0.113.0/24',
  paths: [
    {
      aspath: { string: '65666 65040', segments: [{ type: 'as-sequence', list: [65666, 65040] }], length: 2 },
      ...{ origin: 'IGP', locPrf: 10, valid: true, otc: 65030 },
      largeCommunity: { list: ['65001:3:3', '65040:3:1', '65666:3:2'] },
      nexthops: [{ ip: '10.64.30.4', hostname: 'rs', metric: 0, used: true }],
      peer: { peerId: '10.64.30.1', routerId: '10.255.0.8', hostname: 'rs', type: 'external' },
    },
    {
      aspath: { segments: [{ type: 'as-sequence', list: [65010, 65020, 65040] }], length: 3 },
      ...{ origin: 'IGP', metric: 0, locPrf: 50, valid: true },
      bestpath: { overall: true, selectionReason: 'Local Pref' },
      ...{ originatorId: '10.255.0.2', clusterList: { list: ['10.255.0.1'] } },
      nexthops: [{ ip: '10.255.0.2', hostname: 'a1', metric: 10, used: true }],
      peer: { peerId: '10.255.0.1', routerId: '10.255.0.1', hostname: 'a1', type: 'internal' },
    },
  ],
});

const ribAnswer = JSON.stringify({
  '203.0.113.0/24': [
    {
      ...{ protocol: 'bgp', selected: true, distance: 200, metric: 0, uptime: '00:00:01' },
      nexthops: [
        { ip: '10.255.0.2', active: true, recursive: true },
        { fib: true, ip: '10.64.0.9', interfaceName: 'to-a2', resolver: true, active: true },
      ],
    },
  ],
});

const candidate = (changes: Partial<Candidate>): Candidate => ({
  ...{ best: false, multipath: false, valid: true, path: [65001, 65002], pathLength: 2, weight: 0 },
  ...{ localPreference: 100, origin: 'IGP', med: 0, from: 'external', peer: '192.0.2.1', peerName: undefined },
  ...{ routerId: '192.0.2.1', nextHop: '192.0.2.1', cost: 0, clusters: 0, communities: [] },
  ...changes,
});

void t.test('what FRR says is read: the best path first, what a next hop resolves to left out', (t) => {
  const bgp = readBgp(bgpAnswer);
  t.equal(bgp?.reason, 'Local Pref');
  t.match(bgp?.candidates[0], {
    best: true,
    path: [65010, 65020, 65040],
    from: 'internal',
    routerId: '10.255.0.2',
    cost: 10,
    clusters: 1,
  });
  t.match(bgp?.candidates[1], {
    best: false,
    localPreference: 10,
    from: 'external',
    communities: ['65001:3:3', '65040:3:1', '65666:3:2'],
  });
  t.same(readRib(ribAnswer)[0]?.hops, [{ via: '10.255.0.2', dev: undefined, recursive: true }]);
  for (const nothing of [undefined, '', 'no', '[]', 'null', '{"paths":3}', '{"a":3}']) {
    t.equal(readBgp(nothing), undefined);
    t.same(readRib(nothing), []);
    t.equal(readOspf(nothing, '10.0.0.0/8'), undefined);
    t.same([...ospf6Notes(nothing), ...ospfNotes(nothing)], []);
  }
  t.end();
});

void t.test('OSPF of both versions is read', (t) => {
  const two = JSON.stringify({
    '10.1.0.0/30': {
      routeType: 'N IA',
      cost: 30,
      area: '0.0.0.1',
      nexthops: [
        { ip: '10.64.0.6', via: 'to-r2' },
        { ip: '10.64.0.10', via: 'to-r3' },
      ],
    },
    '10.2.0.0/30': { routeType: 'N', cost: 10, area: '0.0.0.0', nexthops: [{ ip: ' ', directlyAttachedTo: 'to-h1' }] },
    '10.3.0.0/16': { routeType: 'N E2', cost: 10, type2cost: 20, nexthops: [{ ip: '10.64.0.6', via: 'to-r2' }] },
  });
  t.match(readOspf(two, '10.1.0.0/30'), {
    cost: 30,
    area: '0.0.0.1',
    type: 'inter-area',
    hops: [{ via: '10.64.0.6', dev: 'to-r2' }, { dev: 'to-r3' }],
  });
  t.same(readOspf(two, '10.2.0.0/30')?.hops, [{ via: undefined, dev: 'to-h1' }]);
  t.match(readOspf(two, '10.3.0.0/16'), { cost: 20, type: 'external type 2' });
  const three = JSON.stringify({
    routes: {
      'fd00::/64': {
        associatedArea: '0.0.0.0',
        pathType: 'Intra-Area',
        metricType: 1,
        metricCost: 30,
        nextHops: [{ nextHop: 'fe80::1', interfaceName: 'to-r2' }],
      },
    },
  });
  t.match(readOspf(three, 'fd00::/64'), {
    cost: 30,
    area: '0.0.0.0',
    type: 'intra-area',
    hops: [{ via: 'fe80::1', dev: 'to-r2' }],
  });
  t.equal(readOspf(three, 'fd00:1::/64'), undefined);
  t.same([...ospfNotes(two)].slice(0, 2), [
    ['10.1.0.0/30', 'cost 30'],
    ['10.2.0.0/30', 'cost 10'],
  ]);
  t.same([...ospf6Notes(three)], [['fd00::/64', 'cost 30']]);
  t.end();
});

void t.test('the first rule that differs decides, in the order of RFC 4271', (t) => {
  const best = candidate({ best: true });
  for (const [change, words] of [
    [{ localPreference: 50, pathLength: 1 }, 'local preference: 50 against 100'],
    [{ pathLength: 3, med: 5 }, 'length of the AS path: 3 against 2'],
    [{ origin: 'incomplete' }, 'origin: incomplete against IGP'],
    [{ med: 5, from: 'internal' }, 'MED: 5 against 0'],
    [{ med: 5, path: [65009, 65002], routerId: '192.0.2.9' }, 'router id: 192.0.2.9 against 192.0.2.1'],
    [{ from: 'internal', cost: 7 }, 'eBGP before iBGP: internal against external'],
    [{ cost: 7, routerId: '10.0.0.1' }, 'interior cost to the next hop: 7 against 0'],
    [{ multipath: true, routerId: '10.0.0.1' }, 'equal to the best, and used beside it'],
    [{ routerId: '10.0.0.1' }, 'the best one is older'],
    [{ peer: '192.0.2.7' }, "peer's address: 192.0.2.7 against 192.0.2.1"],
    [{ valid: false, weight: 9 }, 'its next hop is not reachable'],
    [{ weight: 9 }, 'not by weight, by which it is better'],
    [{}, 'nothing tells them apart'],
  ] as const)
    t.equal(lost(best, candidate(change)), words);
  t.end();
});

void t.test('relations and communities are told in words', (t) => {
  const between = (asn: number, other: number): 'customer' | undefined =>
    asn === 1 && other === 65001 ? 'customer' : undefined;
  t.equal(heardFrom(candidate({ peerName: 'x' }), 1, between), 'from x, a customer (eBGP)');
  t.equal(heardFrom(candidate({}), undefined, between), 'from 192.0.2.1 (eBGP)');
  t.equal(heardFrom(candidate({ from: 'own' }), 1, between), 'originated here');
  t.equal(communityWords('65001:3:4'), 'AS 65001 has it from a provider');
  t.equal(communityWords('65001:3:1'), 'AS 65001 originated it');
  t.equal(communityWords('65030:4:65666'), 'AS 65030 is asked not to tell AS 65666');
  t.equal(communityWords('65030:6:65666'), 'AS 65030 is asked to prepend towards AS 65666');
  t.equal(communityWords('no-export'), 'stays in this system');
  for (const other of ['65001:100', '65001:3:9', '65001:7:1', 'what']) t.equal(communityWords(other), undefined);
  t.end();
});

void t.test('all of it as text', (t) => {
  const hop = { via: '10.64.0.9', dev: 'to-a2', node: 'a2' };
  const why: Why = {
    ...{ node: 'a3', address: '203.0.113.1', owners: ['temple'] },
    kernel: { type: 'unicast', prefix: '203.0.113.0/24', protocol: 'bgp', metric: 20, hops: [hop], chosen: hop },
    rib: readRib(ribAnswer),
    bgp: readBgp(bgpAnswer),
    way: [{ node: 'a3', dev: 'to-a2' }, { node: 'a2', metric: 20 }, { node: 'temple' }],
  };
  const known = { asn: 65001, between: () => 'peer' as const };
  const other = { via: '10.64.0.6', dev: 'to-r2', node: 'r2' };
  const lines = [
    whyText(why, known),
    whyText({ ...why, address: '192.0.2.1', owners: [], kernel: undefined, rib: [], bgp: undefined, way: [] }, known),
    whyText(
      {
        ...why,
        kernel: {
          type: 'unicast',
          prefix: '203.0.113.0/25',
          protocol: 'ospf',
          metric: 20,
          hops: [hop, other],
          chosen: other,
        },
        ospf: { cost: 30, area: '0.0.0.0', type: 'intra-area', hops: [hop, other] },
        rib: [
          { prefix: '203.0.113.0/25', protocol: 'rip', distance: 120, metric: 3, selected: true, uptime: '', hops: [] },
        ],
      },
      known,
    ),
  ].join('\n');
  t.equal(text(lines), golden('why.txt', lines));
  t.end();
});
