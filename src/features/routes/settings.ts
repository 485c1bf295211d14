/** What a person writes under `routes:`. */
import { z } from 'zod';
import { address, kernelInterface, prefix } from '../shared/values.ts';

const route = z
  .strictObject({
    to: prefix.describe('Destination prefix; 0.0.0.0/0 or ::/0 is the default route.'),
    via: address.optional().describe('Address of the next hop.'),
    dev: kernelInterface.optional().describe('Interface the packets leave by.'),
    blackhole: z.literal(true).optional().describe('true drops what matches, instead of a next hop.'),
    src: address.optional().describe('Source address the node prefers on this route (not on routers).'),
    onlink: z
      .literal(true)
      .optional()
      .describe('true takes the next hop as reachable on `dev` even if no address of it says so.'),
  })
  .refine((route) => (route.blackhole === true) !== (route.via !== undefined || route.dev !== undefined), {
    error: 'a route has either a next hop (via, dev) or blackhole: true',
  })
  .refine((route) => route.onlink !== true || (route.via !== undefined && route.dev !== undefined), {
    error: 'onlink needs both via and dev',
  });

/** Static routes, in the order of the file. */
export const routesSchema = z.array(route).min(1);

export type RoutesSettings = z.output<typeof routesSchema>;
export type StaticRoute = RoutesSettings[number];
