/** The order service: `node lab/order/main.ts CONFIG`, one process inside a node. */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { announceReady, fail } from '../daemon.ts';
import { integer, member, optional, readFields, text } from '../fields.ts';
import { orderServer } from './server.ts';

try {
  const config = readFields(process.argv[2] ?? '');
  const ready = optional(member(config, 'ready'), text);
  const server = orderServer({
    name: os.hostname(),
    certificate: readFileSync(text(member(config, 'certificate')), 'utf8'),
    key: readFileSync(text(member(config, 'key')), 'utf8'),
    keyLog: optional(member(config, 'keyLog'), text),
    log: (entry) => process.stdout.write(`${entry}\n`),
  });
  server.on('error', fail);
  server.listen(integer(1, 65_535)(member(config, 'port')), () => announceReady(ready));
  process.on('SIGTERM', () => {
    server.close();
    server.closeAllConnections();
  });
} catch (error) {
  fail(error);
}
