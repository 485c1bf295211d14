/** What a person writes under `haproxy:`. */
import { z } from 'zod';
import { parseTime } from '../../topology/quantity.ts';
import { address, nodeName, port } from '../shared/values.ts';

/** A time as people write it; HAProxy gets whole milliseconds. */
const time = z
  .string()
  .refine((text) => (parseTime(text) ?? 0) >= 1, { error: 'expected a time such as 30s or 500ms' });

/** Connections at once. */
const connections = z.int().min(1).max(1_000_000);

const name = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]+$/u, { error: 'expected letters, digits, dots, hyphens or underscores' });

const server = z
  .strictObject({
    name: name.optional().describe('Name in the log; the node’s name, or s1, s2, … when left out.'),
    node: nodeName.optional().describe('A node of the lab; its address nearest to the load balancer is taken.'),
    address: address.optional().describe('Address of the server, when it is not given by `node`.'),
    port: port.describe('Port the server listens on.'),
    weight: z
      .int()
      .min(0)
      .max(256)
      .default(1)
      .describe('Its share of the connections, beside the weights of the others; 0: none but those that stick to it.'),
    backup: z.boolean().default(false).describe('Gets connections only while all servers that are no backup are down.'),
    maxconn: connections
      .optional()
      .describe('Connections at once; further ones wait for up to `timeouts.queue`, or go to another server.'),
  })
  .refine((server) => (server.node === undefined) !== (server.address === undefined), {
    error: 'a server is given either by node or by address',
  });

const frontend = z.strictObject({
  name: name.describe('Name of the service in logs.'),
  address: address.optional().describe('Address to listen on; all when left out.'),
  port: port.describe('Port to listen on.'),
  balance: z
    .enum(['roundrobin', 'leastconn', 'source'])
    .default('roundrobin')
    .describe(
      'How connections are spread: in turn, to the server with the fewest, or by a consistent hash of the client’s address.',
    ),
  stick: z
    .enum(['source'])
    .optional()
    .describe(
      'source: a client’s address stays with the server it got first, for half an hour after its last connection. Balancers of one cluster tell each other.',
    ),
  maxconn: connections.optional().describe('Connections at once; further ones wait in the kernel’s queue.'),
  check: z
    .enum(['none', 'tcp', 'https'])
    .default('tcp')
    .describe('How the servers’ health is asked: a connection, or GET `path` over TLS.'),
  path: z.string().startsWith('/').default('/healthz').describe('What an https check asks for.'),
  host: z.string().optional().describe('Server name of an https check (SNI); its certificate must carry it.'),
  backend: z.array(server).min(1).describe('The servers.'),
});

const timeouts = z
  .strictObject({
    connect: time.default('2s').describe('Until a server has accepted a connection.'),
    client: time.default('30s').describe('Silence of a client after which its connection is ended.'),
    server: time.default('30s').describe('Silence of a server after which a connection is ended.'),
    queue: time.optional().describe('In the queue of a server that is at its `maxconn`; as `connect` when left out.'),
  })
  .prefault({})
  .describe('HAProxy’s timeouts, such as 30s or 500ms.');

export const haproxySchema = z.strictObject({
  announce: z
    .array(address)
    .default([])
    .describe(
      'Addresses that the node has only while its HAProxy runs and a server of a frontend on them takes connections. Where the node speaks BGP it announces them.',
    ),
  maxconn: connections
    .optional()
    .describe('Connections at once of the whole process; what the kernel allows when left out.'),
  timeouts,
  frontends: z
    .array(
      frontend.refine((frontend) => frontend.check !== 'https' || frontend.host !== undefined, {
        error: 'an https check needs host',
      }),
    )
    .min(1)
    .describe('Services that the load balancer offers, in TCP mode: bytes pass unchanged, TLS included.'),
});

export type HaproxySettings = z.output<typeof haproxySchema>;
export type FrontendSettings = z.output<typeof frontend>;
export type ServerSettings = z.output<typeof server>;
