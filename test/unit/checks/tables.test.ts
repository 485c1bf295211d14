/** Routes of the kernel, AS paths of bgpd, and neighbours of all daemons, as FRR 8.4 prints them. */
import t from 'tap';
import { linkLocalOf, nodeBehind } from '../../../src/checks/behind.ts';
import { stateAnswer } from '../../../src/checks/neighbours.ts';
import { asPathAnswer, asPathCommand, routeAnswer } from '../../../src/checks/tables.ts';
import { registry } from '../../../src/engine/load.ts';
import type { AsPathStatement, RouteStatement, StateStatement } from '../../../src/topology/check.ts';
import { loadText } from '../../../src/topology/load.ts';

const topology = loadText(
  `name: tables
defaults: {router: {ospf: {}, bfd: {}}}
nodes: {r1: {kind: router}, r2: {kind: router}, r3: {kind: router}}
links:
  - {endpoints: [r1, r2], prefix4: 10.0.0.0/30, prefix6: "fd00:a::/64"}
  - {endpoints: [r1, r3], prefix4: 10.0.0.4/30, prefix6: "fd00:b::/64"}
`,
  'tables.yml',
  registry,
);
const port = (node: string) => topology.nodes.find(({ name }) => name === node)?.interfaces[0];

void t.test('the link-local address of a MAC is the one that the kernel makes', (t) => {
  // `ip -6 address` of a veth with this MAC.
  t.equal(linkLocalOf('02:00:00:00:00:01'), 'fe80::ff:fe00:1');
  t.equal(linkLocalOf('52:54:00:12:34:56'), 'fe80::5054:ff:fe12:3456');
  t.end();
});

void t.test('who is behind an address', (t) => {
  t.equal(nodeBehind(topology, 'r1', { address: '10.0.0.2', interface: 'to-r2' }), 'r2');
  t.equal(nodeBehind(topology, 'r1', { address: linkLocalOf(port('r3')?.mac ?? ''), interface: 'to-r3' }), 'r3');
  t.equal(nodeBehind(topology, 'r1', { address: 'fe80::1', interface: undefined }), undefined);
  t.equal(nodeBehind(topology, 'r1', { interface: 'to-r2' }), 'r2', 'unnumbered');
  t.equal(nodeBehind(topology, 'r1', { routerId: '10.255.0.3' }), 'r3');
  t.equal(nodeBehind(topology, 'r1', { address: '10.255.0.2' }), 'r2', 'a loopback');
  t.equal(nodeBehind(topology, 'r1', { address: '192.0.2.1' }), undefined);
  t.end();
});

void t.test('routes: exactly the prefix, by whom, and which way', (t) => {
  const routes = [
    {
      to: '10.1.0.0/16',
      protocol: 188,
      nextHops: [
        { via: '10.0.0.2', interface: 'to-r2' },
        { via: '10.0.0.6', interface: 'to-r3' },
      ],
    },
    { to: '10.0.0.0/30', protocol: 2, nextHops: [{ interface: 'to-r2' }] },
  ];
  const ask = (more: Partial<RouteStatement>) =>
    routeAnswer({ statement: 'route', at: 'r1', prefix: '10.1.0.0/16', present: true, ...more }, routes, topology);
  t.strictSame(ask({}), {
    ok: true,
    seen: '10.1.0.0/16 by ospf via r2 (10.0.0.2) on to-r2 and via r3 (10.0.0.6) on to-r3',
  });
  t.equal(ask({ nextHop: 'r3' }).ok, true, 'any of several');
  t.equal(ask({ nextHop: '10.0.0.6' }).ok, true);
  t.equal(ask({ nextHop: 'r1' }).ok, false);
  t.equal(ask({ protocol: 'bgp' }).ok, false);
  t.equal(ask({ present: false }).ok, false);
  t.equal(ask({ present: false, protocol: 'bgp' }).ok, true, 'there is none by BGP');
  t.strictSame(ask({ prefix: '10.1.0.0/24' }), { ok: false, seen: 'no route to 10.1.0.0/24' });
  t.equal(ask({ prefix: '10.1.0.0/24', present: false }).ok, true);
  t.strictSame(ask({ prefix: '10.0.0.0/30', protocol: 'connected' }), {
    ok: true,
    seen: '10.0.0.0/30 by connected on to-r2',
  });
  t.end();
});

void t.test('AS paths: the best one, whole', (t) => {
  const path = (list: number[], overall: boolean) => ({
    aspath: { segments: list.length === 0 ? [] : [{ type: 'as-sequence', list }] },
    bestpath: { overall },
    peer: { hostname: 'a2' },
  });
  const json = { prefix: '203.0.113.0/24', paths: [path([65666, 65040], false), path([65010, 65020, 65040], true)] };
  const ask = (more: Partial<AsPathStatement>, given: unknown = json) =>
    asPathAnswer({ statement: 'as-path', at: 'r1', prefix: '203.0.113.0/24', avoids: [], ...more }, given);
  t.strictSame(ask({ path: [65010, 65020, 65040] }), { ok: true, seen: 'AS path 65010 65020 65040, from a2' });
  t.equal(ask({ path: [65010, 65020] }).ok, false, 'not a part of it');
  t.equal(ask({ path: [65020, 65010, 65040] }).ok, false, 'not in another order');
  t.equal(ask({ avoids: [65666] }).ok, true, 'a path that is not the best does not count');
  t.equal(ask({ avoids: [65020] }).ok, false);
  t.equal(ask({ path: [] }, { paths: [path([], true)] }).ok, true);
  t.strictSame(ask({ avoids: [1] }, {}), { ok: false, seen: 'no BGP path to 203.0.113.0/24' });
  t.equal(
    asPathCommand({ statement: 'as-path', at: 'r', prefix: '2001:db8::/32', avoids: [] }),
    'show bgp ipv6 unicast 2001:db8::/32 json',
  );
  t.end();
});

const state = (protocol: StateStatement['protocol'], json: unknown, more: Partial<StateStatement> = {}) => {
  const good = { ospf: 'full', ospf6: 'full', bgp: 'established', bfd: 'up' } as const;
  return stateAnswer(
    { statement: 'state', at: 'r1', protocol, state: good[protocol], neighbors: [], ...more },
    json,
    topology,
  );
};

void t.test('neighbours of OSPF', (t) => {
  const link = (converged: string, ifaceName: string) => ({ converged, ifaceAddress: '', ifaceName });
  const json = {
    neighbors: { '10.255.0.2': [link('Full', 'to-r2:10.0.0.1')], '10.255.0.3': [link('ExStart', 'to-r3:10.0.0.5')] },
  };
  t.strictSame(state('ospf', json), { ok: false, seen: 'r2 Full, r3 ExStart' });
  t.equal(state('ospf', json, { neighbors: ['r2'] }).ok, true);
  t.equal(state('ospf', json, { neighbors: ['r2', 'r3'] }).ok, false);
  t.equal(state('ospf', json, { neighbors: ['10.255.0.2'] }).ok, true, 'by what the daemon calls it');
  t.equal(state('ospf', json, { count: 1 }).ok, true);
  t.equal(state('ospf', json, { count: 2 }).ok, false);
  t.equal(state('ospf', json, { state: 'down', neighbors: ['r3'] }).ok, true);
  t.equal(state('ospf', json, { state: 'down', neighbors: ['r2'] }).ok, false);
  t.strictSame(state('ospf', { neighbors: {} }), { ok: false, seen: 'no neighbours' });
  t.equal(state('ospf', {}, { count: 0 }).ok, true);
  t.equal(state('ospf', {}, { state: 'down', neighbors: ['r2'] }).ok, true, 'one that is gone is down');
  t.equal(
    state('ospf6', { neighbors: [{ neighborId: '10.255.0.2', interfaceName: 'to-r2', state: 'Full' }] }).ok,
    true,
  );
  t.end();
});

void t.test('sessions of BGP and BFD: a neighbour is as good as the worst of its sessions', (t) => {
  const json = (six: string) => ({
    ipv4Unicast: { peers: { '10.0.0.2': { state: 'Established' } } },
    ipv6Unicast: { peers: { 'fd00:a::2': { state: six } } },
  });
  t.strictSame(state('bgp', json('Established'), { count: 1 }), { ok: true, seen: 'r2 Established' });
  t.strictSame(state('bgp', json('Active'), { neighbors: ['r2'] }), { ok: false, seen: 'r2 Established and Active' });
  t.equal(
    state('bgp', { ipv4Unicast: { peers: { 'to-r3': { state: 'Established' } } } }, { neighbors: ['r3'] }).ok,
    true,
  );
  t.equal(
    state('bfd', [{ peer: '10.0.0.6', interface: 'to-r3', status: 'up' }], { neighbors: ['r3'], count: 1 }).ok,
    true,
  );
  t.equal(state('bfd', [{ peer: '10.0.0.6', interface: 'to-r3', status: 'down' }]).ok, false);
  t.end();
});
