/** The order service: POST /purchaseOrder over HTTPS, with a certificate of the lab's own CA. The program is lab/order. */
import type { FeatureDefinition } from '../../fragment/definition.ts';
import { at } from '../../fragment/fragment.ts';
import { addressesIn, families } from '../shared/lookup.ts';
import { httpsSchema } from './settings.ts';
import type { HttpsSettings } from './settings.ts';

const configPath = '/etc/order.json';
const certificate = '/etc/order/cert.pem';
const key = '/etc/order/key.pem';

/** Appears when the service listens. */
const ready = '/run/order/ready';

export const https: FeatureDefinition<HttpsSettings> = {
  feature: 'https',
  summary: 'The order service over HTTPS.',
  schema: httpsSchema,
  kinds: ['host'],
  contribute: (node, settings) => {
    const names = settings.names.join(',');
    const keyLog = settings.keys ? { keyLog: '/var/log/order.keys' } : {};
    const config = { port: settings.port, certificate, key, ready, ...keyLog };
    const file = (path: string, content: string, mode: number) =>
      ({ op: 'file', node: node.name, path, content, mode }) as const;
    const [address] = families.flatMap((family) =>
      node.interfaces.flatMap((own) => addressesIn(own.addresses, family)),
    );
    return {
      operations: [
        ...at(
          'files',
          file(certificate, `@pki/${names}/cert.pem`, 0o644),
          file(key, `@pki/${names}/key.pem`, 0o600),
          file(configPath, `${JSON.stringify(config, null, 2)}\n`, 0o644),
        ),
        ...at('processes', {
          op: 'process',
          node: node.name,
          name: 'order',
          argv: ['@node', '@lab/order/main.ts', configPath],
          ready,
        }),
      ],
      probes: [
        {
          node: node.name,
          name: `HTTPS: the order service listens on port ${settings.port}`,
          question: { ask: 'tcp', address: address ?? '127.0.0.1', port: settings.port },
          within: 30,
        },
      ],
    };
  },
};
