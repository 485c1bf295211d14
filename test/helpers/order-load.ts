/**
 * Customers: orders over HTTPS, each over a connection of its own, from the node this program runs in. Bounded: it ends when the
 * file UNTIL appears, and after MOST orders by itself. They come from the addresses given, in turn, or from the node's first.
 * A line for each order as it ends:
 *
 *     order-load.ts URL CA-FILE WORKERS MILLISECONDS-BETWEEN MOST UNTIL [SOURCE …]
 *     {"begun": 1763747000123, "ended": 1763747000140, "server": "bajie"}      milliseconds since 1970
 *     {"begun": 1763747000123, "ended": 1763747000140, "error": "ECONNRESET"}
 */
import { existsSync, readFileSync } from 'node:fs';
import { request } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';

const [url = '', authority = '', workers, between, most, until = '', ...sources] = process.argv.slice(2);
const ca = readFileSync(authority);
const body = JSON.stringify({ order: { date: '2018-07-01', className: 'a', Author: 'b', price: '68' } });
/** Milliseconds after which an order has failed. */
const PATIENCE = 10_000;

/** The server that took an order: its id begins with the server's name. */
const order = (source: string | undefined): Promise<string> =>
  new Promise((resolve, reject) => {
    const asked = request(
      url,
      {
        ...(source === undefined ? {} : { localAddress: source }),
        ...{ method: 'POST', ca, agent: false, headers: { 'content-type': 'application/json' }, timeout: PATIENCE },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('error', reject);
        response.on('end', () => {
          const server = /"id":"([^"]+)-\d+"/u.exec(text)?.[1];
          if (response.statusCode === 201 && server !== undefined) resolve(server);
          else reject(new Error(`status ${response.statusCode ?? 0}`));
        });
      },
    );
    asked.on('timeout', () => asked.destroy(new Error('timeout')));
    asked.on('error', reject);
    asked.end(body);
  });

let left = Number(most);
const work = async (): Promise<void> => {
  while (left > 0 && !existsSync(until)) {
    left -= 1;
    const source = sources[left % sources.length];
    const begun = Date.now();
    // One customer waits for his order before the next comes; there are several customers.
    const outcome = await order(source).then(
      (server) => ({ server }),
      (error: NodeJS.ErrnoException) => ({ error: error.code ?? error.message }),
    );
    process.stdout.write(`${JSON.stringify({ begun, ended: Date.now(), source, ...outcome })}\n`);
    await pause(Number(between));
  }
};
await Promise.all(Array.from({ length: Number(workers) }, work));
