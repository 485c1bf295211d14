/** Every generator of topologies/generated makes labs that pass the schema, of the size that was asked for. */
import t from 'tap';
import { canonical } from '../../../src/address/ip.ts';
import { loadTopology } from '../../../src/engine/load.ts';
import fatTree from '../../../topologies/generated/fat-tree.ts';

const sizes: readonly (readonly [string, Record<string, string>, nodes: number, links: number])[] = [
  ['chain', { n: '2' }, 2, 1],
  ['chain', { n: '300' }, 300, 299],
  ['star', { n: '40' }, 41, 40],
  ['fat-tree', { k: '2' }, 7, 6],
  ['fat-tree', { k: '8' }, 208, 384],
  ['grid', { w: '4', h: '3' }, 12, 17],
  ['grid', { w: '4', h: '3', families: '4' }, 12, 17],
  ['clos', { spines: '16', leaves: '48', hosts: '2' }, 160, 864],
  ['clos', { spines: '2', leaves: '3', hosts: '62', routing: 'ospf' }, 191, 192],
  ['as-graph', { n: '2', hosts: '0', peerings: '0', tier1: '2' }, 2, 1],
  ['as-graph', { n: '300', tier1: '1', peerings: '0', hosts: '0', families: '4' }, 300, 439],
  ['as-graph', { n: '50', routers: '4', families: '4' }, 204, 283],
  ['as-graph', { n: '50', routers: '4' }, 204, 283],
];

for (const [name, parameters, nodes, links] of sizes) {
  void t.test(`${name} with ${JSON.stringify(parameters)} has ${nodes} nodes and ${links} links`, async (t) => {
    const { topology } = await loadTopology(`generated/${name}`, parameters);
    t.equal(topology.nodes.length, nodes);
    t.equal(topology.links.length, links);
    const addresses = topology.nodes.flatMap((node) => node.interfaces.flatMap((port) => port.addresses));
    t.equal(new Set(addresses).size, addresses.length, 'no address is there twice');
    t.equal(
      addresses.some((address) => address.includes(':')),
      parameters['families'] !== '4',
    );
  });
}

void t.test('the next hop of every static route is a neighbour', async (t) => {
  for (const [name, parameters] of [
    ['chain', { n: '9' }],
    ['fat-tree', { k: '4' }],
  ] as const) {
    const { topology } = await loadTopology(`generated/${name}`, parameters);
    for (const node of topology.nodes) {
      const peers = node.interfaces.flatMap((port) => {
        const peer = topology.nodes.find((other) => other.name === port.peer.node);
        return peer?.interfaces.filter((other) => other.link === port.link).flatMap((other) => other.addresses) ?? [];
      });
      const neighbours = new Set(peers.map((cidr) => cidr.split('/')[0]));
      const routes = (node.features['routes'] ?? []) as { via: string }[];
      t.ok(
        routes.every(({ via }) => neighbours.has(canonical(via))),
        `${name}: ${node.name}`,
      );
    }
  }
});

void t.test('what cannot be is refused with the parameter named', async (t) => {
  t.throws(() => fatTree({ k: '5' }), { code: 'command-line', message: /even/u });
  await t.rejects(loadTopology('generated/chain', { n: 'many' }), { message: /-p n=many/u });
  t.end();
});
