/**
 * The form of a tenant in a topology file: whose networks they are, how they are joined, and who may speak with whom.
 * What the names in it mean in this lab, tenants.ts says.
 */
import { z } from 'zod';
import { parsePrefix } from '../address/ip.ts';
import { namePattern, nodeNameLimit } from '../address/name.ts';

/** What security groups tell apart; `any` is every protocol. */
export const securityProtocols = ['any', 'tcp', 'udp', 'icmp'] as const;

const portNumber = z.int().min(1).max(65_535);
const portRange = z.string().regex(/^\d{1,5}-\d{1,5}$/u, { error: 'expected a range of ports, such as 8000-8099' });
const port = z.union([portNumber, portRange]);

const isPrefix = (text: string): boolean => {
  try {
    return text.includes('/') && parsePrefix(text) !== undefined;
  } catch {
    return false;
  }
};
const party = z.string().refine((text) => text === 'any' || isPrefix(text) || namePattern.test(text), {
  error: 'expected any, a prefix such as 10.0.1.0/24, or the name of a group',
});
const parties = z.union([party, z.array(party).min(1)]);

const ruleShape = {
  protocol: z.enum(securityProtocols).default('any').describe('Protocol; icmp means ICMPv6 for IPv6.'),
  ports: z
    .union([port, z.array(port).min(1)])
    .optional()
    .describe('Destination ports of TCP or UDP: 443, 8000-8099, or a list; all when left out.'),
} as const;
const inward = z.strictObject({
  ...ruleShape,
  from: parties.default('any').describe('Who may begin: any, a prefix, a group of the tenant, or a list.'),
});
const outward = z.strictObject({
  ...ruleShape,
  to: parties.default('any').describe('Whom the machine may reach: any, a prefix, a group of the tenant, or a list.'),
});

const group = z.strictObject({
  in: z.array(inward).default([]).describe('What may reach a machine of the group; nothing else can begin anything.'),
  out: z
    .array(outward)
    .optional()
    .describe('What a machine of the group may begin; everything when left out, nothing when empty.'),
});

const groupName = z
  .string()
  .max(nodeNameLimit, { error: `a group name has at most ${nodeNameLimit} characters` })
  .regex(namePattern, { error: 'a group name is made of small letters, digits and single hyphens' })
  .refine((text) => text !== 'any', { error: 'a group cannot be called any' });

const tokens = z
  .enum(['optional', 'required'])
  .default('optional')
  .describe('Whether a question needs a token, which is had by PUT first, as AWS has it in version 2.');

/** `metadata: true`, or how. */
export const metadataShape = z.union([z.boolean(), z.strictObject({ tokens })]);

export const tenantShape = z.strictObject({
  title: z.string().optional().describe('A name for people.'),
  metadata: metadataShape
    .default(false)
    .describe(
      'Machines ask http://169.254.169.254/ who they are and for their user data; a network may say otherwise.',
    ),
  'flow-log': z
    .boolean()
    .default(false)
    .describe(
      'Each connection at a machine’s guard leaves a record, let through or held back; a network may say otherwise.',
    ),
  router: z
    .strictObject({
      exit: z
        .union([z.string(), z.array(z.string()).min(1)])
        .optional()
        .describe(
          'The node on one of the networks that everything else goes to: the way out of the private networks. Of several, each with bfd, connections are spread over those that live.',
        ),
    })
    .optional()
    .describe('The tenant’s networks are joined by a router, which every hypervisor is a part of.'),
  groups: z
    .record(groupName, group)
    .default({})
    .describe('Security groups: a link end takes part with groups: [name].'),
});

export type FileTenant = z.output<typeof tenantShape>;
export type FileRule = z.output<typeof inward> | z.output<typeof outward>;
