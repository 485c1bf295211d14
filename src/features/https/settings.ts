/** What a person writes under `https:`. */
import { z } from 'zod';
import { port } from '../shared/values.ts';

const dnsName = z.string().regex(/^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/u, {
  error: 'expected a DNS name in small letters',
});

export const httpsSchema = z.strictObject({
  names: z.array(dnsName).min(1).describe('Names of the server, which its certificate carries.'),
  port: port.default(443).describe('Port to listen on.'),
  keys: z
    .boolean()
    .default(false)
    .describe('true writes the secrets of all TLS sessions to /var/log/order.keys of the node, for Wireshark.'),
});

export type HttpsSettings = z.output<typeof httpsSchema>;
