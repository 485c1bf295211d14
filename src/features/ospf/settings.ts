/** What a person writes under `ospf:`. `{}` is enough in most labs. */
import { z } from 'zod';
import { area } from '../../topology/schema.ts';
import { parseRate } from '../../topology/quantity.ts';
import { redistribution } from '../shared/redistribute.ts';
import { interfaceName, prefix } from '../shared/values.ts';

const areaSettings = z.strictObject({
  type: z
    .enum(['normal', 'stub', 'nssa'])
    .default('normal')
    .describe(
      'stub: no routes from outside of OSPF come in, a default route takes their place (RFC 2328, 3.6); nssa: the same, but its own routers may bring some (RFC 3101).',
    ),
  summaries: z
    .boolean()
    .default(true)
    .describe('false: in a stub or nssa, routes of other areas do not come in either, only the default route.'),
  ranges: z
    .array(prefix)
    .default([])
    .describe('Prefixes that border routers announce in place of what is inside of them.'),
});

/** Parts of a second that FRR's ospfd has: its dead interval is 1 s then, and so many hellos fit into it (1 to 10). */
const fractions = [0.1, 0.2, 0.25, 0.5] as const;
const hello = z
  .union([z.int().min(1).max(65_535), z.literal(fractions)], {
    error: `expected whole seconds, or one of ${fractions.join(', ')}`,
  })
  .optional();

const interfaceSettings = z.strictObject({
  area: area.optional().describe('Area of this interface, when it is another than the router’s.'),
  cost: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .describe('Metric of the interface (RFC 2328, 9); by default by `reference-bandwidth`.'),
  hello: hello.describe('Seconds between two hellos on this interface, as `hello` of the router.'),
  dead: z.int().min(1).max(65_535).optional().describe('Seconds without a hello after which the neighbour is dead.'),
  priority: z.int().min(0).max(255).optional().describe('Priority to become the designated router; 0 never.'),
  network: z
    .enum(['point-to-point', 'broadcast'])
    .optional()
    .describe('Network type; by default from the number of members.'),
});

export const ospfSchema = z.strictObject({
  area: area
    .optional()
    .describe('Area of all interfaces where neither they nor their links name one; 0 when nothing does.'),
  areas: z
    .record(
      z.string().refine((key) => area.safeParse(/^\d+$/u.test(key) ? Number(key) : key).success, {
        error: 'expected an area: a number or the dotted form 0.0.0.1',
      }),
      areaSettings,
    )
    .default({})
    .describe('What kind of area each is; what one router says holds for all routers of the AS.'),
  'reference-bandwidth': z
    .string()
    .refine((text) => parseRate(text) !== undefined, { error: 'expected a rate such as 1gbit' })
    .optional()
    .describe(
      'Takes the cost of each interface from the `rate` of its link: this divided by the rate. Without it all links cost the same.',
    ),
  hello: hello.describe(
    'Seconds between two hellos; 0.1, 0.2, 0.25 and 0.5 make the dead interval of OSPFv2 1 s. OSPFv3 has whole seconds: 1, and 2 until dead.',
  ),
  interfaces: z
    .record(interfaceName, interfaceSettings)
    .default({})
    .describe('Settings of single interfaces, by interface name or by the neighbour it leads to.'),
  passive: z.array(interfaceName).default([]).describe('Interfaces that are announced but send no hellos.'),
  exclude: z.array(interfaceName).default([]).describe('Interfaces that OSPF ignores.'),
  redistribute: redistribution(['connected', 'static', 'bgp', 'rip', 'kernel']).describe(
    'Routes of other origins to announce as external ones: a name, or {from, only} for certain prefixes.',
  ),
  'default-originate': z
    .union([z.literal(true), z.literal('always')])
    .optional()
    .describe('Announce a default route: true while the router has one, always without asking.'),
});

export type OspfSettings = z.output<typeof ospfSchema>;
export type OspfInterfaceSettings = z.output<typeof interfaceSettings>;
export type OspfAreaSettings = z.output<typeof areaSettings>;
