/** What a person writes under `dhcp:`. */
import { z } from 'zod';

/** A DNS name of labels (RFC 1123, 2.1), in small letters. */
const domain = z.string().regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/u, {
  error: 'expected a domain name in small letters, such as temple.example',
});

export const dhcpSchema = z.strictObject({
  domain: domain.optional().describe('Domain of the machines’ names; the tenant’s or the lab’s name when left out.'),
  lease: z
    .int()
    // dnsmasq(8), --dhcp-range: the minimum lease time is two minutes.
    .min(120, { error: 'a lease lasts 120 seconds at least' })
    .max(604_800)
    .default(3600)
    .describe('Seconds that a lease lasts; a machine asks again after half of them.'),
});

export type DhcpSettings = z.output<typeof dhcpSchema>;
