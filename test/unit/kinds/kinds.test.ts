/** Kinds: gateways found and given, offloads, the overlay's problems, and that every field is described. */
import t from 'tap';
import { z } from 'zod';
import { features } from '../../../src/features/registry.ts';
import { kinds } from '../../../src/kinds/registry.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { contributionOf, fixture, problemsOf } from '../../helpers/topology-fixture.ts';

const routes = (topology: Topology, name: string): string[] =>
  contributionOf(topology, name).operations.flatMap(({ operation }) =>
    operation.op === 'route'
      ? [
          `${operation.to} via ${String(operation.via)}${operation.onlink === true ? ` onlink ${String(operation.dev)}` : ''}`,
        ]
      : [],
  );

const offloads = (topology: Topology, name: string): boolean[] =>
  contributionOf(topology, name).operations.flatMap(({ operation }) =>
    operation.op === 'interface' ? [operation.offload] : [],
  );

void t.test('a host takes the first router or gateway of its segment that is inside one of its networks', (t) => {
  const topology = fixture(
    {
      s1: { kind: 'switch' },
      other: { kind: 'host' },
      gw: { kind: 'gateway' },
      r1: { kind: 'router' },
      h1: { kind: 'host' },
    },
    [
      ['other:eth0 10.0.0.1/24', 's1:p0'],
      ['gw:a 192.0.2.1/24', 's1:p1'],
      ['r1:a 10.0.0.254/24 2001:db8::254/64', 's1:p2'],
      ['h1:eth0 10.0.0.9/24 2001:db8::9/64', 's1:p3'],
    ],
  );
  t.same(routes(topology, 'h1'), ['0.0.0.0/0 via 10.0.0.254', '::/0 via 2001:db8::254']);
  t.end();
});

void t.test('a gateway takes a router and never another gateway', (t) => {
  const topology = fixture({ g1: { kind: 'gateway' }, g2: { kind: 'gateway' }, r1: { kind: 'router' } }, [
    ['g1:a 10.0.0.1/24', 'g2:a 10.0.0.2/24'],
    ['g2:b 10.1.0.1/24', 'r1:b 10.1.0.2/24'],
  ]);
  t.same([routes(topology, 'g1'), routes(topology, 'g2')], [[], ['0.0.0.0/0 via 10.1.0.2']]);
  t.end();
});

void t.test('a given gateway is onlink when it is outside, and none means none', (t) => {
  const host = (gateway: string): string[] =>
    routes(
      fixture({ h1: { kind: 'host', settings: { gateway } }, r1: { kind: 'router' } }, [
        ['h1:eth0 10.0.0.2/32', 'r1:a 10.9.0.1/24'],
      ]),
      'h1',
    );
  t.same(host('10.0.0.1'), ['0.0.0.0/0 via 10.0.0.1 onlink eth0']);
  t.same(host('none'), []);
  t.same(problemsOf(fixture({ h1: { kind: 'host', settings: { gateway: '10.0.0.1' } } }, []), 'h1'), [
    'gateway: h1 has the gateway 10.0.0.1 but no link',
  ]);
  t.end();
});

void t.test('offload stays off where the lab wants it off, and towards programs that forward frames', (t) => {
  const links = [
    ['vm:eth0 10.0.0.1/24', 'hv:vm', { network: 'red' }] as const,
    ['vm:eth1 10.1.0.1/24', 'r1:a 10.1.0.2/24'] as const,
  ];
  const lab = (offload: boolean, datapath: string): boolean[] =>
    offloads(
      fixture(
        { vm: { kind: 'host' }, hv: { kind: 'hypervisor', settings: { datapath } }, r1: { kind: 'router' } },
        links,
        { offload },
      ),
      'vm',
    );
  t.same(
    [lab(true, 'userspace'), lab(true, 'kernel'), lab(false, 'kernel')],
    [
      [false, true],
      [true, true],
      [false, false],
    ],
  );
  t.end();
});

void t.test('a hypervisor needs room for VXLAN, a VTEP, and machines behind its tenant links', (t) => {
  const topology = fixture(
    {
      hv1: { kind: 'hypervisor' },
      hv2: { kind: 'hypervisor' },
      s1: { kind: 'switch' },
      vm: { kind: 'host' },
      vm2: { kind: 'host' },
    },
    [
      ['hv1:a 172.31.0.1/24', 's1:p1'],
      ['vm:eth0 10.0.0.1/24', 'hv1:vm', { network: 'red' }],
      ['s1:p2', 'hv1:sw', { network: 'red' }],
      ['vm2:eth0 10.0.0.2/24', 'hv2:vm2', { network: 'red' }],
      ['vm2:eth1 10.0.1.2/24', 'hv2:stray'],
    ],
  );
  t.same(problemsOf(topology, 'hv1'), [
    ': the link of hv1:a has MTU 1500, too small for VXLAN around packets of 1500 octets',
    ': a tenant link of hv1 leads to s1, which has no address of its own',
  ]);
  t.same(problemsOf(topology, 'hv2'), [
    ': the link of hv2:stray has MTU 1500, too small for VXLAN around packets of 1500 octets',
    ': hv2 shares a tenant network with other hypervisors but has no IPv4 address of its own',
    ': vm2 is linked to hypervisor hv2 without a tenant network',
  ]);
  t.end();
});

/** Paths of properties without a description, in a JSON Schema. */
const undescribed = (schema: unknown, path: string): string[] => {
  const {
    properties = {},
    items,
    anyOf = [],
    oneOf = [],
    additionalProperties,
  } = schema as {
    properties?: Record<string, { description?: string }>;
    items?: unknown;
    anyOf?: unknown[];
    oneOf?: unknown[];
    additionalProperties?: unknown;
  };
  return [
    ...Object.entries(properties).flatMap(([name, property]) => [
      ...(property.description === undefined ? [`${path}.${name}`] : []),
      ...undescribed(property, `${path}.${name}`),
    ]),
    ...[items, ...anyOf, ...oneOf, additionalProperties].flatMap((part) =>
      typeof part === 'object' && part !== null ? undescribed(part, path) : [],
    ),
  ];
};

void t.test('every field of every kind and feature is described for editors', (t) => {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  t.same(
    kinds.flatMap((kind) => undescribed(z.toJSONSchema(z.strictObject(kind.shape), options), kind.kind)),
    [],
  );
  t.same(
    features.flatMap((feature) => undescribed(z.toJSONSchema(feature.schema, options), feature.feature)),
    [],
  );
  t.end();
});

void t.test('features name kinds that exist', (t) => {
  const names = kinds.map((kind) => kind.kind);
  t.same(
    features.flatMap((feature) => feature.kinds.filter((kind) => !names.includes(kind))),
    [],
  );
  t.end();
});
