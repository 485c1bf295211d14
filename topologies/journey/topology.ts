/**
 * 西游: the flagship. A phone of the east places an order in the western cloud, and everything on its way is there: the
 * LTE core (east.ts), the carriers between (carriers.ts), the cloud's four regions (region.ts) and the ring that joins them
 * (backbone.ts). Parameters: regions (1 to 4), and of the main one zones (1 to 4), racks in each zone (1 to 4), members of
 * each layer (1 or 2), computes (machines for tenants, 2 to 10), tenants (1 to 4); bfd (milliseconds between two packets of a
 * session, 50 to 10000: more for a machine that is slow); name.
 */
import { type Parameters, nameOf } from '../generated/parameters.ts';
import { backbone } from './backbone.ts';
import { carriers } from './carriers.ts';
import { body, checks } from './checks.ts';
import { east } from './east.ts';
import { type Part, joined, settingsOf } from './part.ts';
import { regionsOf } from './plan.ts';
import { region } from './region.ts';

const story = `
李世民 wants the scriptures, so 玄奘 sets out: a phone places one order at a shop in the western cloud.
First he is asked for his papers: the court (MME) looks him up in the register of the people (HSS), he proves with
the seal in his SIM card who he is, the treasury (OCS) grants him travel money, and the way is prepared. Then, at each
gate, the travel pass is stamped. The base station hides the packet in a tunnel, the serving gateway passes it on into
a second one, and the packet gateway, which gave him his address, lets it out. The carrier's NAT gives it a name the world knows. Inside
the home country, Tang A, OSPF takes the shortest path to the border. Between countries the agreements count: 灭法国, the
forbidden kingdom that arrests monks, lies on the shortest way, and Tang A goes round it, through two transit countries that
are paid for. A merchant of Tang B, who has no such fear, goes straight through.
The cloud is four continents, joined by a ring of its own: 东胜神洲, 南赡部洲, 北俱卢洲, and 西牛贺洲, where the Buddha lives. It has
two borders to the world and carries nobody from one to the other. 南天门, the gate of heaven, lets in who knocks at a published
door and nobody else. Behind it the order climbs down through core, aggregation and access, where all who keep watch do so in pairs,
and at the foot of 灵山 the virtual gateway turns the public address into a private one.
In the private network nothing can be read without the VXLAN id: a false temple next door has the same numbers on its doors.
金顶大仙, the balancer, receives the pilgrim and leads him on over a second connection to the hall where the order is answered.
`.trimStart();

/** The nodes; those that have BFD with this interval. */
const watching = (nodes: Required<Part>['nodes'], interval: number): Required<Part>['nodes'] =>
  Object.fromEntries(
    Object.entries(nodes).map(([name, node]) => [name, 'bfd' in node ? { ...node, bfd: { interval } } : node]),
  );

export default (parameters: Parameters = {}) => {
  const { bfd, ...sizes } = settingsOf(parameters);
  const regions = regionsOf(sizes);
  const world = joined([east, ...carriers, ...regions.map(region), backbone(regions)]);
  return {
    name: nameOf(parameters, 'journey'),
    title: '西游 · the journey of an order to the west',
    story,
    ...world,
    nodes: watching(world.nodes, bfd),
    trace: {
      from: 'phone',
      run: [
        ...[
          'curl',
          '--silent',
          '--show-error',
          '--fail-with-body',
          '--max-time',
          '20',
          '--cacert',
          '/etc/xiyou/ca.crt',
        ],
        ...['--header', 'Content-Type: application/json; charset=utf-8', '--data', body],
        'https://www.geektime.com/purchaseOrder',
      ],
    },
    checks: checks(regions),
  };
};
