/** What a person writes under `rtr:`. */
import { z } from 'zod';
import { port, prefix } from '../shared/values.ts';

const roa = z.strictObject({
  prefix: prefix.describe('The prefix that may be announced.'),
  'max-length': z
    .int()
    .min(0)
    .max(128)
    .optional()
    .describe('The longest prefix inside it that may be announced too; its own length when left out.'),
  asn: z
    .int()
    .min(0)
    .max(4_294_967_295)
    .describe('The AS that may originate it; 0 says that nobody may (RFC 6483, 4).'),
});

export const rtrSchema = z.strictObject({
  roas: z
    .array(roa)
    .default([])
    .describe('Route origin authorizations, as if validated. A change of them reaches the routers while the lab runs.'),
  port: port.default(323).describe('TCP port; 323 is rpki-rtr (RFC 8210, 14).'),
  version: z
    .union([z.literal(0), z.literal(1)])
    .default(1)
    .describe('Highest version that the cache speaks: 1 (RFC 8210), or 0 (RFC 6810).'),
});

export type RtrSettings = z.output<typeof rtrSchema>;
export type Roa = z.output<typeof roa>;
