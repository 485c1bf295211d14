/** The keys that kinds add to a node's entry. */
import { z } from 'zod';
import { namePattern } from '../address/name.ts';
import { address, cidr } from '../features/shared/values.ts';

const gateway = (automatic: string) =>
  z
    .union([z.enum(['auto', 'none']), address])
    .default('auto')
    .describe(
      `Default gateway. auto: ${automatic}; none: no default route; or an address, reachable on the link in any case.`,
    );

export const hostShape = {
  gateway: gateway('the first router or gateway on the segments of the host that it does not speak BGP with'),
  userData: z
    .string()
    .optional()
    .describe('What the machine gets at http://169.254.169.254/latest/user-data, where its network has metadata.'),
  trust: z.boolean().default(false).describe('true puts the certificate of the lab’s own CA at /etc/xiyou/ca.crt.'),
} as const;

export const gatewayShape = {
  gateway: gateway('the first router on the segments of the gateway that it does not speak BGP with'),
} as const;

const datapath = z
  .enum(['auto', 'kernel', 'userspace'])
  .default('auto')
  .describe('Datapath of Open vSwitch. auto: the kernel’s where the machine has one, else userspace.');

/** The sixteen priorities there are (IEEE 802.1D-2004, 9.2.5). */
const step = 4096;

export const switchShape = {
  'spanning-tree': z
    .enum(['none', 'rstp'])
    .default('none')
    .describe(
      'rstp: the Rapid Spanning Tree Protocol, by Open vSwitch. none: a Linux bridge, for which a loop is a loop.',
    ),
  priority: z
    .int()
    .min(0)
    .max(15 * step)
    .multipleOf(step, { error: `a priority is a multiple of ${step}` })
    .default(8 * step)
    .describe('Priority in the spanning tree: the switch with the lowest one is its root.'),
  datapath: datapath.describe('Datapath of the Open vSwitch of a switch with a spanning tree.'),
} as const;

export const hypervisorShape = {
  gateway: gateway('the first router or gateway on the underlay'),
  datapath,
  vni: z
    .record(z.string(), z.int().min(1).max(16_777_215))
    .optional()
    .describe(
      'Other VNIs than the networks’ own that this hypervisor has for them, as a tunnel that was set up wrongly: {web: 5999}.',
    ),
} as const;

export const stackShape = {
  stack: z
    .string()
    .regex(namePattern, { error: 'a stack has a name like a node’s: small letters, digits and single hyphens' })
    .describe('Name of the stack; its members, one or two nodes, say the same.'),
  gateway: z
    .union([cidr.transform((one) => [one]), z.array(cidr).min(1)])
    .describe('Address of the rack’s gateway with its prefix length, or several; the same at both members.'),
  datapath,
} as const;

export type HostSettings = z.output<z.ZodObject<typeof hostShape>>;
export type GatewaySettings = z.output<z.ZodObject<typeof gatewayShape>>;
export type HypervisorSettings = z.output<z.ZodObject<typeof hypervisorShape>>;
/** What a member of a stack says of it. */
export type StackShape = z.output<z.ZodObject<typeof stackShape>>;
export type SwitchSettings = z.output<z.ZodObject<typeof switchShape>>;
