/**
 * What areas, ranges, equal costs and redistribution do to the routes of real routers, for IPv4 and IPv6 alike: asked of
 * the kernels, which is where packets ask.
 */
import test from 'ava';
import { eventually } from '../../src/kernel/wait.ts';
import { testLab } from '../helpers/lab.ts';

/** A square of routers (equal costs) in the backbone, a totally stubby area behind r3, an NSSA behind r2, BGP at r1. */
const topology = `
name: areas
nodes:
  b: {kind: router, asn: 65002, bgp: {networks: [203.0.113.0/24, 198.51.100.0/24, "2001:db8:c::/48", "2001:db8:d::/48"]}}
  r1:
    kind: router
    asn: 65001
    ospf: {redistribute: [{from: bgp, only: [203.0.113.0/24, "2001:db8:c::/48"]}]}
    bgp: {redistribute: [{from: ospf, only: [10.7.0.0/16, "fd00:7::/32"]}]}
  r2: {kind: router, asn: 65001, ospf: {areas: {2: {type: nssa}}}}
  r3: {kind: router, asn: 65001, ospf: {areas: {1: {type: stub, summaries: false, ranges: [10.7.0.0/16, "fd00:7::/32"]}}}}
  r4: {kind: router, asn: 65001, ospf: {}}
  r5: {kind: router, asn: 65001, ospf: {}, bgp: {redistribute: [ospf]}}
  r6: {kind: router, asn: 65001, ospf: {redistribute: [static]}, routes: [{to: 10.8.0.0/16, blackhole: true}, {to: "fd00:8::/32", blackhole: true}]}
  h: {kind: host}
links:
  - [{node: r1, relation: customer}, b]
  - [r1, r2]
  - [r1, r5]
  - [r2, r3]
  - [r5, r3]
  - {endpoints: [r3, r4], area: 1, prefix4: 10.7.0.0/30, prefix6: "fd00:7::/64"}
  - {endpoints: [r2, r6], area: 2}
  - {endpoints: [r4, h], prefix4: 10.7.1.0/24, prefix6: "fd00:7:1::/64"}
`;

interface KernelRoute {
  readonly dst: string;
  readonly nexthops?: readonly unknown[];
}

test('areas, ranges, equal costs, and routes from elsewhere', async (t) => {
  const lab = testLab(t, 'areas', topology);
  await lab.up();
  const routes = async (node: string): Promise<KernelRoute[]> => {
    const tables = await Promise.all(
      ['-4', '-6'].map(async (family) => (await lab.exec(node, 'ip', family, '-json', 'route', 'show')).stdout),
    );
    return tables.flatMap((text) => JSON.parse(text) as KernelRoute[]);
  };
  /** Which of these destinations a node has a route to, once it has the expected ones or the deadline has passed. */
  const known = async (node: string, expected: readonly string[], unexpected: readonly string[]): Promise<string[]> => {
    const asked = [...expected, ...unexpected];
    const look = async (): Promise<string[]> => {
      const found = new Set((await routes(node)).map((route) => route.dst));
      return asked.filter((destination) => found.has(destination));
    };
    const settled = await eventually(async () => {
      const now = await look();
      return now.join(' ') === expected.join(' ') ? now : undefined;
    }, 15_000);
    return settled ?? look();
  };
  const is = async (node: string, expected: readonly string[], unexpected: readonly string[] = []): Promise<void> => {
    t.deepEqual(await known(node, expected, unexpected), [...expected], node);
  };

  await is('r1', ['10.7.0.0/16', 'fd00:7::/32', '10.8.0.0/16', 'fd00:8::/32'], ['10.7.1.0/24', 'fd00:7:1::/64']);
  await is('r3', ['203.0.113.0/24', '2001:db8:c::/48', '10.7.1.0/24'], ['198.51.100.0/24', '2001:db8:d::/48']);
  await is('r4', ['default'], ['10.255.0.1', '203.0.113.0/24', '2001:db8:c::/48', '10.8.0.0/16', 'fd00:8::/32']);
  await is('r6', ['10.7.0.0/16', 'fd00:7::/32'], ['203.0.113.0/24', '2001:db8:c::/48']);
  await is('b', ['10.7.0.0/16', 'fd00:7::/32'], ['10.8.0.0/16', 'fd00:8::/32']);

  const loopbacks = (await routes('r1')).filter(({ dst }) => dst === '10.255.0.4' || dst === 'fd00:ff::4');
  t.deepEqual(
    loopbacks.map(({ nexthops = [] }) => nexthops.length),
    [2, 2],
    'both ways to r3 cost the same',
  );

  // r5 prefers OSPF's route to iBGP's (distance 110 to 200), and everything OSPF has goes into its BGP; but what came out
  // of BGP at r1 carries its tag, and stays the other system's.
  const json = async (command: string): Promise<string> => (await lab.exec('r5', 'vtysh', '-c', command)).stdout;
  t.regex(await json('show ip route 203.0.113.0/24 json'), /"protocol":"ospf"[^}]*"selected":true/u);
  const { paths = [] } = JSON.parse(await json('show bgp ipv4 unicast 203.0.113.0/24 json')) as {
    paths?: { aspath: { string: string } }[];
  };
  t.deepEqual(
    paths.map((path) => path.aspath.string),
    ['65002'],
  );
  const own = JSON.parse(await json('show bgp ipv4 unicast 10.255.0.4/32 json')) as { paths?: unknown[] };
  t.is(own.paths?.length, 1, 'what began in OSPF is announced');

  const ping = await eventually(async () => {
    const outcome = await lab.exec('h', 'ping', '-c', '1', '-W', '1', 'b');
    return outcome.exitCode === 0 ? true : undefined;
  }, 10_000);
  t.true(ping, 'from the stub by the default route, from there by OSPF, and back by the range in BGP');
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});
