/** What a person writes under `firewall:`. */
import { z } from 'zod';
import { address, interfaceName, port, prefix } from '../shared/values.ts';

const portRange = z.string().regex(/^\d{1,5}-\d{1,5}$/u, { error: 'expected a range of ports, such as 8000-8099' });
const ports = z.union([port, portRange]);

const allow = z.strictObject({
  to: z
    .union([address, prefix])
    .optional()
    .describe('Address or prefix of what is published; everything when left out.'),
  from: z.union([address, prefix]).optional().describe('Who may reach it; everybody when left out.'),
  protocol: z.enum(['tcp', 'udp', 'icmp', 'any']).default('tcp').describe('Protocol; icmp means ICMPv6 for IPv6.'),
  ports: z
    .union([ports, z.array(ports).min(1)])
    .optional()
    .describe('Destination ports of TCP or UDP: 443, 8000-8099, or a list; all when left out.'),
  'syn-rate': z
    .int()
    .min(1)
    .max(10_000)
    .optional()
    .describe(
      'Connections a second that the server is begun with directly; for those above it the firewall first asks the client to prove that it is there (SYN cookies).',
    ),
});

export const firewallSchema = z.strictObject({
  outside: z
    .union([interfaceName, z.array(interfaceName).min(1)])
    .describe('Where strangers come from: interfaces, or the neighbours they lead to.'),
  allow: z.array(allow).default([]).describe('What strangers may begin; nothing else gets through.'),
});

export type FirewallSettings = z.output<typeof firewallSchema>;
export type AllowSettings = z.output<typeof allow>;
