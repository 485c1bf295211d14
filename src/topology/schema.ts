/**
 * The form of a topology file. Kinds and features bring the schemas of their own keys; this file joins them with
 * what every node, link and lab has. The same schema checks files and TypeScript modules, and makes the JSON Schema
 * that editors complete from.
 */
import { z } from 'zod';
import { parseAddress, parsePrefix } from '../address/ip.ts';
import { isMac, isUnicastMac } from '../address/mac.ts';
import { hostnamePattern, interfacePattern, labNameLimit, namePattern, nodeNameLimit } from '../address/name.ts';
import { checkShape, command } from './check-shape.ts';
import { impairmentShape } from './quantity.ts';
import { metadataShape, tenantShape } from './tenant-shape.ts';
import { restartPolicies } from './topology.ts';

/** The part of a kind that the schema needs; `KindDefinition` has it. */
export interface SchemaKind {
  readonly kind: string;
  readonly summary: string;
  readonly shape: z.ZodRawShape;
}
/** The part of a feature that the schema needs; `FeatureDefinition` has it. */
export interface SchemaFeature {
  readonly feature: string;
  readonly summary: string;
  readonly schema: z.ZodType;
  readonly kinds: readonly string[];
}

const ok = (parse: (text: string) => unknown) => (text: string) => {
  try {
    return parse(text) !== undefined;
  } catch {
    return false;
  }
};
const isCidr = (text: string): boolean => text.includes('/') && ok(parsePrefix)(text);

const name = (limit: number, what: string): z.ZodString =>
  z
    .string()
    .max(limit, { error: `a ${what} has at most ${limit} characters` })
    .regex(namePattern, {
      error: `a ${what} is made of small letters, digits and single hyphens, and begins with a letter`,
    });

const cidr = z.string().refine(isCidr, { error: 'expected an address with its prefix length, such as 10.0.0.1/24' });
const prefix4 = z
  .string()
  .refine((text) => isCidr(text) && !text.includes(':'), { error: 'expected an IPv4 prefix, such as 10.0.0.0/24' });
const prefix6 = z
  .string()
  .refine((text) => isCidr(text) && text.includes(':'), { error: 'expected an IPv6 prefix, such as 2001:db8::/64' });
const address = z.string().refine(ok(parseAddress), { error: 'expected an IP address' });
const relation = z.enum(['customer', 'peer', 'provider']);
/** An OSPF area as a number or in dotted form (RFC 2328, 1.2). */
export const area = z.union([
  z.int().min(0).max(4_294_967_295),
  z.string().regex(/^\d{1,3}(?:\.\d{1,3}){3}$/u, { error: 'expected an area: a number or the dotted form 0.0.0.1' }),
]);
/** What becomes of processes that end by themselves. */
export const restart = z.enum(restartPolicies);
const asn = z.int().min(1).max(4_294_967_294);

const endpointObject = z.strictObject({
  node: z.string().describe('Name of the node.'),
  interface: z
    .string()
    .regex(interfacePattern, { error: 'an interface name has at most 15 letters, digits, hyphens or underscores' })
    .optional()
    .describe('Name of the interface in the node; made from the names when left out.'),
  addresses: z.array(cidr).optional().describe('All addresses of this interface, fixed by hand; [] for none.'),
  mac: z
    .string()
    .refine((text) => isMac(text) && isUnicastMac(text), {
      error: 'expected a unicast MAC address such as 02:00:00:00:00:01',
    })
    .optional()
    .describe('MAC address, fixed by hand.'),
  groups: z
    .array(z.string())
    .optional()
    .describe('Security groups of a virtual machine’s port; [] lets nothing in. Without the key nothing is filtered.'),
  dhcp: z
    .boolean()
    .optional()
    .describe('true: the host asks for its IPv4 address by DHCP; a host of the segment with the key `dhcp` gives it.'),
  bond: z
    .string()
    .regex(interfacePattern, { error: 'the name of a bond has at most 15 letters, digits, hyphens or underscores' })
    .optional()
    .describe(
      'All ends of a hypervisor with this name are one LACP bond; the other ends are ports of one stack. Its address stands at one of them.',
    ),
  relation: relation
    .optional()
    .describe('What the autonomous system at this end is to the one at the other end; saying it at one end is enough.'),
});
const endpoint = z.union([z.string().describe('`node` or `node:interface`.'), endpointObject]);

const linkObject = z.strictObject({
  endpoints: z.tuple([endpoint, endpoint]).describe('The two ends.'),
  prefix4: prefix4.optional().describe('IPv4 prefix of the segment this link is in.'),
  prefix6: prefix6.optional().describe('IPv6 prefix of the segment this link is in.'),
  mtu: z
    .int()
    .min(1280, { error: 'IPv6 needs an MTU of at least 1280 (RFC 8200, section 5)' })
    .max(65_535)
    .optional()
    .describe('MTU of both ends; 1500 when left out.'),
  network: z
    .string()
    .optional()
    .describe('The tenant network, for a link between a virtual machine and its hypervisor.'),
  area: area.optional().describe('OSPF area of the link, for the routers at both ends.'),
  ...impairmentShape,
});
const link = z.union([z.tuple([endpoint, endpoint]).describe('The two ends.'), linkObject]);

const network = z.strictObject({
  vni: z
    .int()
    .min(1)
    .max(16_777_215)
    .optional()
    .describe('VXLAN network identifier (24 bits, RFC 7348); allocated when left out.'),
  prefix4: prefix4.optional().describe('IPv4 prefix of the network.'),
  prefix6: prefix6.optional().describe('IPv6 prefix of the network.'),
  tenant: z.string().optional().describe('Whose network it is: a name of `tenants`.'),
  metadata: metadataShape
    .optional()
    .describe('Machines of the network ask http://169.254.169.254/ who they are; as the tenant says when left out.'),
  'flow-log': z
    .boolean()
    .optional()
    .describe('Connections of the network’s machines are logged; as the tenant says when left out.'),
  gateway: address
    .optional()
    .describe('IPv4 address of the tenant’s router in the network; the first of the prefix when left out.'),
});

const common = {
  title: z.string().optional().describe('A name for people, shown in passports and pictures.'),
  hostname: z
    .string()
    .regex(hostnamePattern, { error: 'a host name has at most 63 letters, digits, dots, hyphens or underscores' })
    .optional()
    .describe('The host name that programs in the node see; its name when left out.'),
  asn: asn.optional().describe('The autonomous system the node is in.'),
  routerId: z
    .string()
    .refine((text) => ok(parseAddress)(text) && !text.includes(':'), {
      error: 'a router id is written like an IPv4 address',
    })
    .optional()
    .describe('IPv4 router id; the first IPv4 loopback address of a router when left out.'),
  loopback: z.array(cidr).optional().describe('Loopback addresses, fixed by hand.'),
  restart: restart
    .optional()
    .describe('What becomes of processes of the node that end by themselves; as for the lab when left out.'),
};

/** The schema of one node: a union over the kinds, each with the keys of the features it can carry. */
const nodeSchema = (kinds: readonly SchemaKind[], features: readonly SchemaFeature[]) => {
  const options = kinds.map((kind) =>
    z
      .strictObject({
        kind: z.literal(kind.kind).describe(kind.summary),
        ...common,
        ...kind.shape,
        ...Object.fromEntries(
          features
            .filter((feature) => feature.kinds.includes(kind.kind))
            .map((feature) => [feature.feature, feature.schema.optional().describe(feature.summary)]),
        ),
      })
      .describe(kind.summary),
  );
  const [first, ...rest] = options;
  if (first === undefined) throw new Error('a registry of kinds cannot be empty');
  return z.discriminatedUnion('kind', [first, ...rest]);
};

/** The schema of a whole file. */
export const topologySchema = (kinds: readonly SchemaKind[], features: readonly SchemaFeature[]) =>
  z
    .strictObject({
      $schema: z.string().optional().describe('For editors.'),
      name: name(labNameLimit, 'lab name').describe('Name of the lab on this machine.'),
      title: z.string().optional().describe('A name for people.'),
      story: z.string().optional().describe('What the lab is about.'),
      timers: z
        .enum(['fast', 'standard'])
        .default('fast')
        .describe('fast: routing protocols converge in seconds; standard: their own defaults.'),
      offload: z
        .boolean()
        .default(false)
        .describe(
          'true leaves segmentation and checksum offload on: faster, but captures no longer show what a wire would carry.',
        ),
      restart: restart
        .optional()
        .describe(
          'What becomes of processes that end by themselves. always: started again; on-failure: unless the exit code was 0; never: left ended. always when left out.',
        ),
      addressing: z
        .strictObject({
          links4: prefix4.default('10.64.0.0/10').describe('IPv4 prefixes of segments.'),
          links6: prefix6.default('fd00:1::/32').describe('IPv6 prefixes of segments.'),
          loopbacks4: prefix4.default('10.255.0.0/16').describe('IPv4 loopback addresses and router ids of routers.'),
          loopbacks6: prefix6.default('fd00:ff::/64').describe('IPv6 loopback addresses of routers.'),
        })
        .prefault({})
        .describe('Pools that addresses are taken from where the file fixes none.'),
      defaults: z
        .record(z.string(), z.record(z.string(), z.unknown()))
        .default({})
        .describe('Keys for all nodes of a kind: {router: {ospf: {}}}.'),
      hosts: z.record(z.string(), address).default({}).describe("Names for every node's /etc/hosts."),
      networks: z
        .record(name(nodeNameLimit, 'network name'), network)
        .default({})
        .describe('Tenant networks, carried over VXLAN.'),
      tenants: z
        .record(name(nodeNameLimit, 'tenant name'), tenantShape)
        .default({})
        .describe('Tenants: the routers between their networks, and their security groups.'),
      nodes: z.record(name(nodeNameLimit, 'node name'), nodeSchema(kinds, features)).describe('The nodes, by name.'),
      links: z.array(link).default([]).describe('The links; each joins two nodes.'),
      trace: z
        .strictObject({ from: z.string().describe('The node the command runs in.'), run: command })
        .optional()
        .describe('What `xiyou trace` follows when no command is given.'),
      checks: z.array(checkShape).default([]).describe('Statements about the running lab.'),
    })
    .meta({ title: 'Xiyou topology' });

export type TopologyFile = z.output<ReturnType<typeof topologySchema>>;
export type FileEndpoint = z.output<typeof endpoint>;
export type FileLink = z.output<typeof linkObject>;
