/**
 * The form of a check in a topology file. One object holds the keys of every kind of check, so that editors complete
 * them; which of them go together, and what they mean in this lab, check-resolve.ts says.
 */
import { z } from 'zod';
import {
  linkEvents,
  neighbourStates,
  nodeEvents,
  probeProtocols,
  reaches,
  routeProtocols,
  stateProtocols,
} from './check.ts';
import { parseTime } from './quantity.ts';

/** A word of a command; numbers need no quotes. */
const word = z.union([z.string(), z.number().transform(String)]);
export const command = z.array(word).min(1).describe('A command as a list of words; no shell.');

const asn = z.int().min(1).max(4_294_967_294);
const nodes = z.array(z.string()).min(1);
const protocols = [...new Set([...probeProtocols, ...routeProtocols, ...stateProtocols])] as const;

/** What can happen to the lab before a check is asked: one entry for each event, by the key that names it. */
export const eventShapes = {
  link: z.strictObject({
    link: z.tuple([z.string(), z.string()]).describe('The link between these two nodes (`node` or `node:interface`).'),
    is: z
      .enum(linkEvents)
      .describe('down: cut, as when the plug is pulled; silent: nothing passes, but the carrier stays.'),
  }),
  node: z.strictObject({
    node: z.string().describe('The node.'),
    is: z
      .enum(nodeEvents)
      .describe(
        'stopped: its daemons say goodbye first; killed: as when the power goes; restarted: stopped, and running again before the check is asked.',
      ),
  }),
  asn: z.strictObject({
    asn: asn.describe('All routers of this autonomous system.'),
    is: z.enum(nodeEvents).describe('As of a node, of all of them at once.'),
  }),
  bgp: z.strictObject({
    bgp: z
      .tuple([z.string(), z.string()])
      .describe('The BGP sessions of this router with this neighbour: a node, or an address.'),
    is: z.enum(['reset']).describe('reset: ended, as by `clear bgp`; the two begin anew by themselves.'),
  }),
} as const;
/** An event in the form that files have. */
export const eventShape = z.union([eventShapes.link, eventShapes.node, eventShapes.asn, eventShapes.bgp]);
export type FileEvent = z.output<typeof eventShape>;

export const checkShape = z.strictObject({
  name: z.string().min(1).describe('What must be true, in words.'),
  from: z.string().optional().describe('The node the command runs in, or the packets leave from.'),
  at: z.string().optional().describe('The router whose tables or neighbours are meant.'),
  // A command.
  run: command.optional(),
  expect: z.string().optional().describe('Text that the output of `run` must contain.'),
  exit: z.int().min(0).max(255).optional().describe('Exit code that `run` must end with; 0 when left out.'),
  // Packets.
  to: z.string().optional().describe('Where packets go: a node, a name of `hosts`, or an address.'),
  protocol: z
    .enum(protocols)
    .optional()
    .describe('Of packets: icmp (when left out), tcp, udp. Of a route: who made it. Of `state`: whose neighbours.'),
  port: z.int().min(1).max(65_535).optional().describe('Port of TCP or UDP.'),
  ip: z.literal([4, 6]).optional().describe('Version of IP; 4 when left out, if the target has such an address.'),
  is: z.enum(reaches).optional().describe('What becomes of the packet; reachable when left out.'),
  // Their way.
  passes: nodes.optional().describe('Nodes that the packet comes by, in this order; others may be in between.'),
  avoids: nodes.optional().describe('Nodes that the packet does not come by.'),
  back: z
    .strictObject({
      passes: nodes.optional().describe('Nodes that the answer comes by, in this order.'),
      avoids: nodes.optional().describe('Nodes that the answer does not come by.'),
    })
    .optional()
    .describe('The way of the answer.'),
  // Tables.
  has: z.string().optional().describe('Prefix that the node has a route to, as the kernel uses it.'),
  lacks: z.string().optional().describe('Prefix that the node has no route to.'),
  'next-hop': z.string().optional().describe('Next hop of the route: a node or an address.'),
  'as-path': z
    .array(asn)
    .optional()
    .describe('AS path of the best BGP path to `has`, whole and in order; [] for one of the own system.'),
  'avoids-as': z.array(asn).min(1).optional().describe('Autonomous systems that are not in that AS path.'),
  // Neighbours.
  state: z
    .enum(neighbourStates)
    .optional()
    .describe('State of neighbours: full (ospf), established (bgp), up (bfd), or down: not in that state.'),
  neighbors: nodes.optional().describe('The neighbours that are meant; all of them when left out.'),
  count: z.int().min(0).optional().describe('How many neighbours are in the state, exactly.'),
  // HTTP.
  http: z
    .url({ protocol: /^https?$/u, error: 'expected a URL such as https://example.test/' })
    .optional()
    .describe('What is requested from the node, by curl.'),
  method: z
    .string()
    .regex(/^[A-Z]+$/u, { error: 'a method is written in capitals, such as POST' })
    .optional()
    .describe('Method of the request; GET, or POST where there is `data`.'),
  headers: z.record(z.string(), z.string()).optional().describe('Headers of the request.'),
  data: z.string().optional().describe('What the request sends.'),
  status: z.int().min(100).max(599).optional().describe('Status of the answer; 200 when left out.'),
  body: z.string().optional().describe('Text that the body of the answer must contain.'),
  // Time, and events.
  within: z
    .number()
    .positive()
    .max(600)
    .default(10)
    .describe('Seconds until it must be true; after an event, from then on.'),
  'at-most': z
    .string()
    .refine((text) => (parseTime(text) ?? 0) > 0, { error: 'expected a time such as 200ms' })
    .optional()
    .describe('How long the round trip, connection, request or command itself may take, such as 200ms.'),
  when: eventShape.optional().describe('What happens to the lab first; it is undone afterwards.'),
});

export type FileCheck = z.output<typeof checkShape>;
