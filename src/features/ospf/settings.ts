/** What a person writes under `ospf:`. `{}` is enough in most labs. */
import { z } from 'zod';
import { interfaceName } from '../shared/values.ts';

/** An area as a number or in dotted form (RFC 2328, 1.2). */
const area = z.union([
  z.int().min(0).max(4_294_967_295),
  z.string().regex(/^\d{1,3}(?:\.\d{1,3}){3}$/u, { error: 'expected an area: a number or the dotted form 0.0.0.1' }),
]);

const interfaceSettings = z.strictObject({
  area: area.optional().describe('Area of this interface, when it is another than the router’s.'),
  cost: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Metric of the interface (RFC 2328, 9); by default from its bandwidth.'),
  hello: z.int().min(1).max(65_535).optional().describe('Seconds between two hellos.'),
  dead: z.int().min(1).max(65_535).optional().describe('Seconds without a hello after which the neighbour is dead.'),
  priority: z.int().min(0).max(255).optional().describe('Priority to become the designated router; 0 never.'),
  network: z
    .enum(['point-to-point', 'broadcast'])
    .optional()
    .describe('Network type; by default from the number of members.'),
});

export const ospfSchema = z.strictObject({
  area: area.default(0).describe('Area of all interfaces.'),
  interfaces: z
    .record(interfaceName, interfaceSettings)
    .default({})
    .describe('Settings of single interfaces, by interface name or by the neighbour it leads to.'),
  passive: z.array(interfaceName).default([]).describe('Interfaces that are announced but send no hellos.'),
  exclude: z.array(interfaceName).default([]).describe('Interfaces that OSPF ignores.'),
  redistribute: z
    .array(z.enum(['connected', 'static', 'bgp', 'kernel']))
    .default([])
    .describe('Routes of other origins to announce as external ones.'),
  'default-originate': z
    .union([z.literal(true), z.literal('always')])
    .optional()
    .describe('Announce a default route: true while the router has one, always without asking.'),
});

export type OspfSettings = z.output<typeof ospfSchema>;
export type OspfInterfaceSettings = z.output<typeof interfaceSettings>;
