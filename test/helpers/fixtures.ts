/** Labs by hand that several tests look at: unit tests as golden fragments, integration tests as files for real daemons. */
import { features } from '../../src/features/registry.ts';
import { kinds } from '../../src/kinds/registry.ts';
import { loadText } from '../../src/topology/load.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { fixture } from './topology-fixture.ts';

/** Two autonomous systems: r1 - r2 inside AS 65001, r2 = r3 by eBGP over IPv4 and IPv6; every protocol with BFD. */
export const twoSystems = (timers: 'fast' | 'standard' = 'fast'): Topology =>
  fixture(
    {
      h1: { kind: 'host' },
      r1: {
        kind: 'router',
        asn: 65001,
        loopback: ['10.255.0.1/32', '2001:db8:ff::1/128'],
        features: {
          ospf: { interfaces: { r2: { cost: 20 } }, redistribute: ['static'], 'default-originate': 'always' },
          bgp: { networks: ['192.168.1.0/24', '10.0.0.0/8', '2001:db8:1::/48'] },
          bfd: {},
          routes: [
            { to: '172.16.0.0/12', via: '192.168.1.9' },
            { to: '172.16.1.0/24', via: '198.51.100.1', dev: 'to-h1', onlink: true },
            { to: '2001:db8:9::/48', via: '2001:db8:a::9' },
            { to: '203.0.113.0/24', blackhole: true },
          ],
        },
      },
      r2: {
        kind: 'router',
        asn: 65001,
        loopback: ['10.255.0.2/32', '2001:db8:ff::2/128'],
        features: { ospf: {}, bgp: {}, bfd: { interval: 150, multiplier: 4 } },
      },
      r3: {
        kind: 'router',
        asn: 65002,
        loopback: ['10.255.0.3/32', '2001:db8:ff::3/128'],
        features: {
          ospf: {},
          bgp: {
            networks: ['192.168.2.0/24'],
            redistribute: ['connected', 'ospf'],
            peers: [{ address: '203.0.113.9', asn: 64999, source: '10.255.0.3', multihop: 4 }],
          },
          bfd: {},
        },
      },
      h2: { kind: 'host', settings: { gateway: 'none' } },
    },
    [
      ['h1:eth0 192.168.1.2/24 2001:db8:a::2/64', 'r1:to-h1 192.168.1.1/24 2001:db8:a::1/64'],
      ['r1:to-r2 10.1.0.0/31 2001:db8:b::1/64', 'r2:to-r1 10.1.0.1/31 2001:db8:b::2/64'],
      ['r2:to-r3 10.2.0.0/31 2001:db8:c::1/64', 'r3:to-r2 10.2.0.1/31 2001:db8:c::2/64'],
      ['r3:to-h2 192.168.2.1/24', 'h2:eth0 192.168.2.2/24'],
    ],
    { timers },
  );

/** Three OSPF routers and a host on one switch, and a passive and an excluded stub. */
export const sharedSegment = (): Topology =>
  fixture(
    {
      s1: { kind: 'switch' },
      r1: {
        kind: 'router',
        loopback: ['10.255.0.1/32'],
        features: {
          ospf: { area: '0.0.0.7', interfaces: { s1: { priority: 10, hello: 2, dead: 8 } }, passive: ['h2'] },
        },
      },
      r2: { kind: 'router', loopback: ['10.255.0.2/32'], features: { ospf: { area: '0.0.0.7' } } },
      r3: { kind: 'router', loopback: ['10.255.0.3/32'], features: { ospf: { area: '0.0.0.7', exclude: ['h3'] } } },
      h1: { kind: 'host' },
      h2: { kind: 'host' },
      h3: { kind: 'host' },
    },
    [
      ['r1:to-s1 10.3.0.1/24', 's1:to-r1'],
      ['r2:to-s1 10.3.0.2/24', 's1:to-r2'],
      ['r3:to-s1 10.3.0.3/24', 's1:to-r3'],
      ['h1:eth0 10.3.0.9/24', 's1:to-h1'],
      ['r1:to-h2 10.4.0.1/24', 'h2:eth0 10.4.0.2/24'],
      ['r3:to-h3 10.5.0.1/24', 'h3:eth0 10.5.0.2/24'],
    ],
  );

/** Two tenants with the same addresses on three hypervisors; the third is behind a router of the underlay. */
export const cloud = (datapath: 'kernel' | 'userspace' = 'userspace'): Topology =>
  fixture(
    {
      fabric: { kind: 'switch' },
      core: { kind: 'router', loopback: ['10.255.0.1/32'] },
      hv1: { kind: 'hypervisor', settings: { datapath } },
      hv2: { kind: 'hypervisor', settings: { datapath } },
      hv3: { kind: 'hypervisor', settings: { datapath } },
      red1: { kind: 'host' },
      red2: { kind: 'host' },
      red3: { kind: 'host' },
      blue1: { kind: 'host' },
      blue2: { kind: 'host' },
    },
    [
      ['hv1:to-fabric 172.31.1.11/24', 'fabric:to-hv1', { mtu: 1600 }],
      ['hv2:to-fabric 172.31.1.12/24', 'fabric:to-hv2', { mtu: 1600 }],
      ['core:to-fabric 172.31.1.1/24', 'fabric:to-core', { mtu: 1600 }],
      ['core:to-hv3 172.31.2.1/24', 'hv3:to-core 172.31.2.13/24', { mtu: 1600 }],
      ['red1:eth0 10.0.0.11/24', 'hv1:to-red1', { network: 'red' }],
      ['red2:eth0 10.0.0.12/24', 'hv2:to-red2', { network: 'red' }],
      ['red3:eth0 10.0.0.13/24', 'hv3:to-red3', { network: 'red' }],
      ['blue1:eth0 10.0.0.11/24', 'hv1:to-blue1', { network: 'blue' }],
      ['blue2:eth0 10.0.0.12/24', 'hv1:to-blue2', { network: 'blue' }],
    ],
  );

/** Every word of routing policy at once: relations, wishes, reflectors, a route server, areas of each kind, RIP, redistribution. */
export const agreements = (): Topology =>
  loadText(
    `
name: agreements
nodes:
  # A customer of two with a wish for everything, and a route into OSPF from outside.
  a1:
    kind: router
    asn: 65001
    ospf: {reference-bandwidth: 1gbit, redistribute: [{from: bgp, only: [203.0.113.0/24, "2001:db8:c::/48"]}, rip]}
    bgp:
      reflector: true
      cluster: 10.9.9.9
      networks: [198.51.100.0/24, 198.51.100.128/25, "2001:db8:a::/48"]
      redistribute: [{from: ospf, only: [10.7.0.0/24, "fd00:7::/64"]}, static]
      policy:
        avoid: [65666]
        refuse: [65667]
        prepend: {65010: 2}
        no-export: [65010]
        communities: {65010: ["65010:6:65020", "65010:100"], 65030: ["65030:4:65666"]}
        maximum-prefix: 50
        remove-private-as: true
    routes: [{to: 198.18.1.0/24, blackhole: true}]
  a2: {kind: router, asn: 65001, ospf: {areas: {1: {type: stub, summaries: false, ranges: [10.7.0.0/16, "fd00:7::/48"]}, 0.0.0.2: {type: nssa}}}, bgp: {}}
  a3: {kind: router, asn: 65001, ospf: {area: 1}}
  a4: {kind: router, asn: 65001, ospf: {redistribute: [connected]}, rip: {split-horizon: poisoned-reverse}}
  a5: {kind: router, asn: 65001, rip: {split-horizon: none, redistribute: [{from: static, only: [10.8.0.0/16, "fd00:8::/48"]}]}, routes: [{to: 10.8.0.0/16, blackhole: true}, {to: "fd00:8::/48", blackhole: true}]}
  t1: {kind: router, asn: 65010, bgp: {networks: [198.18.10.0/24]}}
  t2: {kind: router, asn: 65020, bgp: {networks: ["2001:db8:20::/48"], peers: [{address: 192.0.2.99, asn: 64500, relation: peer}]}}
  c1: {kind: router, asn: 65040, bgp: {networks: [203.0.113.0/24, "2001:db8:c::/48"]}}
  # Nobody's customer: RFC 8212 keeps its session silent, and it opens another one on purpose.
  x1: {kind: router, asn: 65050, bgp: {networks: [198.18.50.0/24]}}
  x2: {kind: router, asn: 65051, bgp: {ebgp-requires-policy: false, policy: {avoid: [65052], prepend: {65052: 1}}}}
  x3: {kind: router, asn: 65052, bgp: {ebgp-requires-policy: false}}
  ix: {kind: switch}
  rs: {kind: router, asn: 65030, bgp: {route-server: true}}
  f1: {kind: router, asn: 65666, bgp: {networks: [198.18.66.0/24]}}
links:
  - {endpoints: [a1, a2], rate: 100mbit}
  - {endpoints: [a2, a3], prefix4: 10.7.0.0/24, prefix6: "fd00:7::/64"}
  - {endpoints: [a2, a4], area: 0.0.0.2}
  - [a4, a5]
  - [{node: a1, relation: customer}, t1]
  - [a2, {node: t2, relation: provider}]
  - [{node: t1, relation: peer}, {node: t2, relation: peer}]
  - [{node: c1, relation: customer}, t2]
  - [x1, t1]
  - [x2, x3]
  - [rs, ix]
  - [a2, ix]
  - [f1, ix]
`,
    'agreements.yml',
    { kinds, features },
  );

/** Every form of NAT at a carrier's gateway, IPv4 and IPv6, and a router as the Internet. */
export const translated = (): Topology =>
  fixture(
    {
      phone: { kind: 'host', settings: { trust: true } },
      gw: {
        kind: 'gateway',
        features: {
          nat: {
            snat: [
              { from: '10.45.0.0/16', out: 'isp', to: '203.0.113.2', ports: '20000-20999' },
              { from: '10.46.0.0/16', out: 'to-isp' },
              { from: '2001:db8:45::/48', out: 'isp', to: '2001:db8:0:0::2' },
            ],
            dnat: [
              { in: 'isp', address: '203.0.113.2', port: 8443, to: '10.45.0.2', toPort: 443 },
              { address: '203.0.113.2', protocol: 'udp', port: 53, to: '10.45.0.3' },
              { address: '2001:db8::2', port: 80, to: '2001:db8:45::2', toPort: 8080 },
            ],
          },
        },
      },
      isp: { kind: 'router', loopback: ['10.255.0.9/32'] },
    },
    [
      ['phone:eth0 10.45.0.2/16', 'gw:inside 10.45.0.1/16'],
      ['gw:to-isp 203.0.113.2/30', 'isp:to-gw 203.0.113.1/30'],
    ],
  );

/** A load balancer in front of two order services and one plain TCP server. */
/** Two balancers of one cluster in front of three servers, with everything that can be said of them. */
export const cluster = (): Topology => {
  const haproxy = {
    announce: ['203.0.113.10', '2001:db8:10::10'],
    maxconn: 5000,
    timeouts: { connect: '500ms', client: '1800s', server: '1800s', queue: '5s' },
    frontends: [
      {
        name: 'web',
        address: '203.0.113.10',
        port: 443,
        maxconn: 1000,
        stick: 'source',
        check: 'https',
        host: 'www.geektime.com',
        backend: [
          { node: 's1', port: 443, weight: 3, maxconn: 100 },
          { node: 's2', port: 443 },
          { node: 's3', port: 443, backup: true, weight: 0 },
        ],
      },
      { name: 'hashed', port: 80, balance: 'source', backend: [{ node: 's1', port: 80 }] },
      { name: 'open', address: '2001:db8:10::10', port: 81, check: 'none', backend: [{ node: 's2', port: 81 }] },
    ],
  };
  const ends = ['lb1', 'lb2', 's1', 's2', 's3'];
  return fixture(
    {
      sw: { kind: 'switch' },
      lb1: { kind: 'host', features: { haproxy } },
      lb2: { kind: 'host', features: { haproxy } },
      s1: { kind: 'host', features: { https: { names: ['www.geektime.com'] } } },
      s2: { kind: 'host', features: { https: { names: ['www.geektime.com'] } } },
      s3: { kind: 'host', features: { https: { names: ['www.geektime.com'] } } },
    },
    ends.map((name, index) => [`${name}:eth0 10.1.0.${index + 1}/24`, `sw:to-${name}`]),
  );
};

export const shop = (): Topology =>
  fixture(
    {
      s1: { kind: 'switch' },
      lb: {
        kind: 'host',
        features: {
          haproxy: {
            frontends: [
              {
                name: 'order',
                address: '172.16.0.10',
                port: 443,
                check: 'https',
                host: 'www.geektime.com',
                backend: [
                  { node: 'order1', port: 8443 },
                  { node: 'order2', port: 8443 },
                ],
              },
              { name: 'db', port: 3306, balance: 'leastconn', backend: [{ address: '172.16.0.99', port: 3306 }] },
            ],
          },
        },
      },
      order1: { kind: 'host', features: { https: { names: ['www.geektime.com'], port: 8443 } } },
      order2: { kind: 'host', features: { https: { names: ['www.geektime.com', 'vip.geektime.com'], port: 8443 } } },
    },
    [
      ['lb:eth0 172.16.0.10/24', 's1:to-lb'],
      ['order1:eth0 172.16.0.11/24', 's1:to-order1'],
      ['order2:eth0 172.16.0.12/24', 's1:to-order2'],
    ],
  );

/** Hosts that ask for their address: in a network with a router and guards, in one without, and on a switch. */
export const leases = (): Topology =>
  loadText(
    `
name: leases
networks:
  hall: {vni: 5001, tenant: temple, prefix4: 10.0.1.0/24, prefix6: "2001:db8:1::/64"}
  cave: {vni: 6001, prefix4: 10.0.0.0/22}
tenants: {temple: {router: {}, groups: {web: {in: [{protocol: tcp, ports: 80}]}, names: {in: [{protocol: udp, ports: 53}]}}}}
nodes:
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor}
  porter: {kind: host, dhcp: {}}
  monk: {kind: host}
  warden: {kind: host, dhcp: {domain: cave.example, lease: 600}}
  # Its default route is the lease's of the hall, though the other is on a segment with a gateway too.
  imp: {kind: host}
  hermit: {kind: host, gateway: none}
  clerk: {kind: host, dhcp: {}}
  office: {kind: switch}
  gate: {kind: gateway}
  ferry: {kind: gateway}
links:
  - {endpoints: [hv1, hv2], prefix4: 172.31.0.0/30, mtu: 1600}
  - {endpoints: [{node: porter, addresses: [10.0.1.2/24], groups: [names]}, hv1], network: hall}
  - {endpoints: [{node: monk, groups: [web], dhcp: true}, hv2], network: hall}
  - {endpoints: [{node: imp, addresses: [10.0.1.9/24, "2001:db8:1::9/64"], dhcp: true}, hv1], network: hall}
  - {endpoints: [{node: ferry, groups: [web]}, hv2], network: hall}
  - {endpoints: [warden, hv2], network: cave}
  - {endpoints: [{node: hermit, dhcp: true}, hv1], network: cave}
  - {endpoints: [clerk, office], prefix4: 10.9.0.0/25}
  - {endpoints: [gate, office]}
  - {endpoints: [{node: imp, dhcp: true}, office]}
`,
    'leases.yml',
    { kinds, features },
  );
