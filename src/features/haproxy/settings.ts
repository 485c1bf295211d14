/** What a person writes under `haproxy:`. */
import { z } from 'zod';
import { address, nodeName, port } from '../shared/values.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9_.:-]+$/u, { error: 'expected letters, digits, dots, hyphens or underscores' });

const server = z
  .strictObject({
    name: name.optional().describe('Name in the log; the node’s name, or s1, s2, … when left out.'),
    node: nodeName.optional().describe('A node of the lab; its address nearest to the load balancer is taken.'),
    address: address.optional().describe('Address of the server, when it is not given by `node`.'),
    port: port.describe('Port the server listens on.'),
  })
  .refine((server) => (server.node === undefined) !== (server.address === undefined), {
    error: 'a server is given either by node or by address',
  });

const frontend = z.strictObject({
  name: name.describe('Name of the service in logs.'),
  address: address.optional().describe('Address to listen on; all when left out.'),
  port: port.describe('Port to listen on.'),
  balance: z.enum(['roundrobin', 'leastconn', 'source']).default('roundrobin').describe('How connections are spread.'),
  check: z
    .enum(['none', 'tcp', 'https'])
    .default('tcp')
    .describe('How the servers’ health is asked: a connection, or GET `path` over TLS.'),
  path: z.string().startsWith('/').default('/healthz').describe('What an https check asks for.'),
  host: z.string().optional().describe('Server name of an https check (SNI); its certificate must carry it.'),
  backend: z.array(server).min(1).describe('The servers.'),
});

export const haproxySchema = z.strictObject({
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
