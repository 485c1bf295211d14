/** What NAT, HAProxy, routes and the raw features find wrong, in words. */
import t from 'tap';
import { features } from '../../../src/features/registry.ts';
import { fixture, problemsOf } from '../../helpers/topology-fixture.ts';

void t.test('nat: unknown interfaces and mixed IP versions', (t) => {
  const topology = fixture(
    {
      gw: {
        kind: 'gateway',
        features: {
          nat: {
            snat: [{ from: '10.0.0.0/8', out: 'wan', to: '2001:db8::1' }],
            dnat: [{ address: '192.0.2.1', port: 80, to: '2001:db8::1' }],
          },
        },
      },
    },
    [],
  );
  t.same(problemsOf(topology, 'gw'), [
    'nat.snat.0.out: gw has no interface wan, and no link to a node of that name',
    'nat.snat.0.to: 10.0.0.0/8 cannot become 2001:db8::1: NAT keeps the IP version',
    'nat.dnat.0.to: 192.0.2.1 cannot become 2001:db8::1: NAT keeps the IP version',
  ]);
  t.end();
});

void t.test('firewall: unknown interfaces, ports and rates of protocols that have none, mixed IP versions', (t) => {
  const firewall = {
    outside: ['wan'],
    allow: [
      { protocol: 'icmp', ports: 80 },
      { protocol: 'udp', ports: 53, 'syn-rate': 10 },
      { from: '192.0.2.1', to: '2001:db8::1' },
    ],
  };
  const topology = fixture({ gw: { kind: 'gateway', features: { firewall } } }, []);
  t.same(problemsOf(topology, 'gw'), [
    'firewall.outside: gw has no interface wan, and no link to a node of that name',
    'firewall.allow.0.ports: icmp has no ports',
    'firewall.allow.1.syn-rate: only TCP begins with a SYN, and this is udp',
    'firewall.allow.2.from: 192.0.2.1 and 2001:db8::1 are of different IP versions',
  ]);
  t.end();
});

void t.test('routes: mixed IP versions, unknown devices, and src on a router', (t) => {
  const routes = [
    { to: '10.0.0.0/8', via: '2001:db8::1' },
    { to: '10.0.0.0/8', dev: 'eth9', src: '10.0.0.1' },
  ];
  const topology = fixture({ r1: { kind: 'router', features: { routes } } }, []);
  t.same(problemsOf(topology, 'r1'), [
    'routes.0: a route to 10.0.0.0/8 cannot use 2001:db8::1, which is of the other IP version',
    'routes.1.dev: r1 has no interface eth9',
    'routes.1.src: FRR’s static routes have no src',
  ]);
  t.end();
});

void t.test('haproxy: servers that do not exist or share a name', (t) => {
  const backend = [
    { node: 'nobody', port: 80 },
    { address: '192.0.2.1', port: 80, name: 'a' },
    { address: '192.0.2.2', port: 80, name: 'a' },
  ];
  const topology = fixture(
    { lb: { kind: 'host', features: { haproxy: { frontends: [{ name: 'web', port: 80, backend }] } } } },
    [],
  );
  t.same(problemsOf(topology, 'lb'), [
    'haproxy.frontends.0.backend.0.node: there is no node nobody',
    'haproxy.frontends.0.backend.2: there are two servers called a',
  ]);
  t.end();
});

void t.test('haproxy: addresses that cannot come and go', (t) => {
  const balancer = (announce: readonly string[], address?: string) => ({
    kind: 'host',
    features: {
      haproxy: {
        announce,
        frontends: [
          { name: 'web', port: 80, ...(address === undefined ? {} : { address }), backend: [{ node: 's', port: 80 }] },
        ],
      },
    },
  });
  const announced = ['203.0.113.10', '10.0.0.1', '10.0.0.2', '203.0.113.10'];
  const topology = fixture(
    {
      all: balancer(announced),
      one: balancer(['203.0.113.10', '203.0.113.11'], '203.0.113.10'),
      s: { kind: 'host' },
    },
    [['all:eth0 10.0.0.1/24', 's:eth0 10.0.0.2/24']],
  );
  t.same(problemsOf(topology, 'all'), [
    'haproxy.announce.1: all has 10.0.0.1 for good; it cannot be an address that comes and goes',
    'haproxy.announce.2: 10.0.0.2 is an address of s',
    'haproxy.announce.3: 203.0.113.10 is announced twice',
  ]);
  t.same(problemsOf(topology, 'one'), ['haproxy.announce.1: no frontend listens on 203.0.113.11']);
  t.end();
});

void t.test('files and processes: the same twice', (t) => {
  const topology = fixture(
    {
      h1: {
        kind: 'host',
        features: {
          files: [{ path: '/srv/a' }, { path: '/srv/a' }],
          processes: [
            { name: 'a', argv: ['sleep', '1'] },
            { name: 'a', argv: ['true'] },
          ],
        },
      },
    },
    [],
  );
  t.same(problemsOf(topology, 'h1'), [
    'files.1.path: /srv/a is written twice',
    'processes.1.name: there are two processes called a',
  ]);
  t.end();
});

void t.test('schemas refuse what cannot work', (t) => {
  const wrong: readonly (readonly [string, unknown])[] = [
    ['routes', [{ to: '10.0.0.0/8' }]],
    ['routes', [{ to: '10.0.0.0/8', via: '10.0.0.1', blackhole: true }]],
    ['routes', [{ to: '10.0.0.0/8', via: '10.0.0.1', onlink: true }]],
    ['bgp', { peers: [{ address: '192.0.2.1' }] }],
    ['bgp', { peers: [{ node: 'r1', address: '192.0.2.1', asn: 1 }] }],
    ['ospf', { area: 'backbone' }],
    ['nat', {}],
    ['haproxy', { frontends: [{ name: 'web', port: 443, check: 'https', backend: [{ node: 'a', port: 1 }] }] }],
    ['haproxy', { frontends: [{ name: 'web', port: 443, backend: [{ node: 'a', port: 1, weight: 257 }] }] }],
    ['haproxy', { frontends: [{ name: 'web', port: 443, stick: 'cookie', backend: [{ node: 'a', port: 1 }] }] }],
    [
      'haproxy',
      { announce: ['203.0.113.10/32'], frontends: [{ name: 'web', port: 1, backend: [{ node: 'a', port: 1 }] }] },
    ],
    [
      'haproxy',
      { timeouts: { client: '30' }, frontends: [{ name: 'web', port: 1, backend: [{ node: 'a', port: 1 }] }] },
    ],
    ['https', { names: ['WWW example'] }],
    ['files', [{ path: '/usr/bin/node' }]],
    ['files', [{ path: '/etc/../usr/bin/node' }]],
    ['sysctls', { 'ip_forward; reboot': 1 }],
    ['commands', [[]]],
  ];
  for (const [name, settings] of wrong) {
    const feature = features.find((candidate) => candidate.feature === name);
    t.equal(feature?.schema.safeParse(settings).success, false, `${name}: ${JSON.stringify(settings)}`);
  }
  t.end();
});
