/** What a person writes under `nat:`. */
import { z } from 'zod';
import { address, interfaceName, port, prefix } from '../shared/values.ts';

const snat = z.strictObject({
  from: prefix.describe('Source addresses to translate.'),
  out: interfaceName.describe('Interface the packets leave by, or the neighbour it leads to.'),
  to: z
    .union([z.literal('masquerade'), address])
    .default('masquerade')
    .describe('The address to give them; masquerade takes that of the interface.'),
  ports: z
    .string()
    .regex(/^\d{1,5}-\d{1,5}$/u, { error: 'expected a range of ports, such as 20000-20999' })
    .optional()
    .describe('Ports to give to TCP and UDP, as a carrier-grade NAT hands out blocks.'),
});

const dnat = z.strictObject({
  in: interfaceName.optional().describe('Interface the packets arrive on, or the neighbour it leads to.'),
  address: address.describe('Destination address to translate.'),
  protocol: z.enum(['tcp', 'udp']).default('tcp').describe('Protocol to translate.'),
  port: port.describe('Destination port to translate.'),
  to: address.describe('The new destination address.'),
  toPort: port.optional().describe('The new destination port; the same when left out.'),
});

export const natSchema = z
  .strictObject({
    snat: z.array(snat).default([]).describe('Source translation of what leaves (RFC 3022).'),
    dnat: z.array(dnat).default([]).describe('Destination translation of what arrives: port forwarding.'),
  })
  .refine((nat) => nat.snat.length + nat.dnat.length > 0, { error: 'nat needs at least one rule below snat or dnat' });

export type NatSettings = z.output<typeof natSchema>;
export type SnatSettings = z.output<typeof snat>;
export type DnatSettings = z.output<typeof dnat>;
