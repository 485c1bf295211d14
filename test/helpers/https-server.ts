/**
 * Somebody who says that he is a server: 200 to everything, with the certificate that he is given. He ends when the file UNTIL
 * appears, and after five minutes by himself.
 *
 *     https-server.ts PORT CERTIFICATE KEY UNTIL
 */
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:https';

const [port, certificate = '', key = '', until = ''] = process.argv.slice(2);
/** Milliseconds. */
const LOOK = 50;
const LONGEST = 300_000;

const server = createServer({ cert: readFileSync(certificate), key: readFileSync(key) }, (_, response) =>
  response.end('here\n'),
);
const looking = setInterval(() => {
  if (existsSync(until) || performance.now() > LONGEST) {
    clearInterval(looking);
    server.close();
    server.closeAllConnections();
  }
}, LOOK);
server.listen(Number(port), () => process.stdout.write('listening\n'));
