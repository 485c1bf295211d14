/**
 * The plan of the cloud's regions: numbers, names, addresses. The cloud is one autonomous system; below its borders the
 * routers of each region are private systems of their own (RFC 7938), which the world never hears of.
 */
import { type Settings, upTo } from './part.ts';

/** The cloud's number. */
export const cloud = 65040;

/** What a region is: the same things everywhere, of different size. */
export interface Region {
  /** Title, as in the story. */
  readonly title: string;
  /** What stands behind the names of its nodes: nothing in the main region. */
  readonly suffix: string;
  /** Where its private numbers and addresses begin. */
  readonly number: number;
  /** The name under which it takes orders. */
  readonly domain: string;
  /** Its public prefixes without their last part: 203.0.113 of 203.0.113.0/24, 2001:db8:113 of 2001:db8:113::/48. */
  readonly public4: string;
  readonly public6: string;
  readonly zones: number;
  readonly racks: number;
  readonly computes: number;
  readonly tenants: number;
  /** Routers of each layer that stand beside each other. */
  readonly members: number;
  /**
   * Whether each layer has machines of its own. A small region does without aggregation, its core is the firewall too, and
   * one hypervisor carries everything.
   */
  readonly full: boolean;
}

const small = { zones: 1, racks: 1, computes: 1, tenants: 1, members: 1, full: false } as const;

/** The four continents. The documentation ranges are used up by the carriers, so the small ones are in 198.18.0.0/15 (RFC 2544). */
export const regionsOf = ({ regions, ...sizes }: Omit<Settings, 'bfd'>): Region[] =>
  [
    {
      title: '西牛贺洲',
      suffix: '',
      number: 0,
      domain: 'www.geektime.com',
      public4: '203.0.113',
      public6: '2001:db8:113',
      ...sizes,
      full: true,
    },
    {
      title: '东胜神洲',
      suffix: '-east',
      number: 1,
      domain: 'east.geektime.com',
      public4: '198.18.41',
      public6: '2001:db8:41',
      ...small,
    },
    {
      title: '南赡部洲',
      suffix: '-south',
      number: 2,
      domain: 'south.geektime.com',
      public4: '198.18.42',
      public6: '2001:db8:42',
      ...small,
    },
    {
      title: '北俱卢洲',
      suffix: '-north',
      number: 3,
      domain: 'north.geektime.com',
      public4: '198.18.43',
      public6: '2001:db8:43',
      ...small,
    },
  ].slice(0, regions);

/** Prefixes that the world knows the region by. */
export const publicPrefixes = ({ public4, public6 }: Region): string[] => [`${public4}.0/24`, `${public6}::/48`];
/** The address at which the region takes orders. */
export const serviceAddress = ({ public4 }: Region): string => `${public4}.10`;
/** Its private network, without the last part. */
export const privateNetwork = ({ number }: Region): string => `172.${16 + number}.0`;
/** The servers of a rack. */
export const rackNetwork = ({ number }: Region, rack: number): string => `10.${20 + number}.${rack}`;

/** The layers of a region, each with the private numbers that it begins at; 4,200,000,000 and on (RFC 6996), 1000 a region. */
const layers = { firewall: 1, core: 2, aggregation: 10, access: 100, gateway: 900, balancer: 950 } as const;
/** The number of a layer's routers in a zone or a rack: those beside each other share it, so that no path goes down and up again (RFC 7938, 5.2.1). */
export const systemOf = ({ number }: Region, layer: keyof typeof layers, index = 1): number =>
  4_200_000_000 + number * 1000 + layers[layer] + index - 1;

/** A rack, counted through the region, and the zone it is in. */
export interface Rack {
  readonly number: number;
  readonly zone: number;
}
export const racksOf = ({ zones, racks }: Region): Rack[] =>
  upTo(zones).flatMap((zone) => upTo(racks).map((rack) => ({ number: (zone - 1) * racks + rack, zone })));

/** The routers of a layer that stand beside each other: core1 and core2, agg3 and agg4 of the second zone; core-east in a small region. */
export const beside = ({ full, members, suffix }: Region, layer: string, group = 1): string[] =>
  full ? upTo(members).map((member) => `${layer}${(group - 1) * members + member}`) : [`${layer}${suffix}`];

/** The routers that lead out of the region. The main one has two, each to a carrier of its own. */
export const bordersOf = ({ full, suffix }: Region): string[] => (full ? ['border', 'border2'] : [`border${suffix}`]);
/** Where strangers are stopped: a machine of its own, or the core of a small region. */
export const firewallOf = (region: Region): string => (region.full ? 'firewall' : (beside(region, 'core')[0] ?? ''));

/** A machine there is one of in a small region, and one beside the other in the main one: gateway and gateway2. */
const numbered = ({ full, members, suffix }: Region, name: string): string[] =>
  upTo(full ? members : 1).map((index) => (index === 1 ? `${name}${suffix}` : `${name}${index}${suffix}`));

/** A virtual gateway: the rack it is in, and its addresses inside and in the world. */
export interface Gateway {
  readonly name: string;
  readonly asn: number;
  readonly rack: number;
  readonly inside: string;
  readonly address6: string;
}

/** The gateways of a region, as far from each other as its racks are. */
export const gatewaysOf = (region: Region): Gateway[] => {
  const racks = racksOf(region);
  return numbered(region, 'gateway').map((name, index) => ({
    name,
    asn: systemOf(region, 'gateway', index + 1),
    rack: racks.at(-index)?.number ?? 1,
    inside: `${privateNetwork(region)}.${2 + index}`,
    address6: `${region.public6}::${index + 1}`,
  }));
};

/** The balancers and the Controllers of a region's shop: their names and addresses in the private network. */
export const balancersOf = (
  region: Region,
): { readonly name: string; readonly asn: number; readonly inside: string }[] =>
  numbered(region, 'balancer').map((name, index) => ({
    name,
    asn: systemOf(region, 'balancer', index + 1),
    inside: `${privateNetwork(region)}.${11 + index}`,
  }));
export const controllersOf = (region: Region): { readonly name: string; readonly inside: string }[] =>
  numbered(region, 'controller').map((name, index) => ({ name, inside: `${privateNetwork(region)}.${20 + index}` }));
/** The private address that all balancers of a region answer to, and the public one is translated to. */
export const balancedAddress = (region: Region): string => `${privateNetwork(region)}.10`;
