/** What a person writes under `nat:`. */
import { z } from 'zod';
import type { Node } from '../../topology/topology.ts';
import { address, interfaceName, port, prefix } from '../shared/values.ts';

/** One interface or several, by their names or the neighbours they lead to. */
const neighbours = z.union([interfaceName, z.array(interfaceName).min(1)]);

const snat = z.strictObject({
  from: prefix.describe('Source addresses to translate.'),
  out: neighbours.describe('Interface the packets leave by, or the neighbour it leads to; or several.'),
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

const floating = z.strictObject({
  address: address.describe('The public address.'),
  to: address.describe('The machine that has it for now.'),
  out: neighbours.describe('Interface towards the world, or the neighbour it leads to; or several.'),
});

const stateless = z.strictObject({
  address: address.describe('The public address.'),
  to: address.describe('The machine that has it.'),
  out: neighbours.describe('Interface towards the world, or the neighbour it leads to; or several.'),
});

export const natSchema = z
  .strictObject({
    stateless: z
      .array(stateless)
      .default([])
      .describe(
        'Public addresses of single machines, translated both ways without connection tracking: any of several gateways may see any packet.',
      ),
    floating: z
      .array(floating)
      .default([])
      .describe('Public addresses of single machines, translated both ways: floating IPs.'),
    snat: z.array(snat).default([]).describe('Source translation of what leaves (RFC 3022).'),
    dnat: z.array(dnat).default([]).describe('Destination translation of what arrives: port forwarding.'),
  })
  .refine((nat) => nat.snat.length + nat.dnat.length + nat.floating.length + nat.stateless.length > 0, {
    error: 'nat needs at least one rule below snat, dnat, floating or stateless',
  });

export type NatSettings = z.output<typeof natSchema>;
export type SnatSettings = z.output<typeof snat>;
export type DnatSettings = z.output<typeof dnat>;
export type FloatingSettings = z.output<typeof floating>;
export type StatelessSettings = z.output<typeof stateless>;

/** Whether a node translates addresses without connection tracking. */
export const translatesStateless = (node: Node): boolean =>
  ((node.features['nat'] as NatSettings | undefined)?.stateless.length ?? 0) > 0;
