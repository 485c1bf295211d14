/**
 * Somebody who reads slowly: gets URL in small pieces until the file UNTIL appears, and then the rest at once. Prints `begun`
 * with the first piece, and in the end how many octets there were and their SHA-256. He ends by himself after two minutes.
 *
 *     slow-reader.ts URL UNTIL
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { get } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

const [url = '', until = ''] = process.argv.slice(2);
/** Milliseconds between two pieces, and in all. */
const BETWEEN = 200;
const LONGEST = 120_000;

const response = await new Promise<AsyncIterable<Buffer>>((resolve, reject) => {
  get(url, { timeout: LONGEST }, resolve).on('error', reject);
});
const hash = createHash('sha256');
let octets = 0;
for await (const piece of response) {
  if (octets === 0) process.stdout.write('begun\n');
  hash.update(piece);
  octets += piece.length;
  if (!existsSync(until) && performance.now() < LONGEST) await pause(BETWEEN);
}
process.stdout.write(`${octets} ${hash.digest('hex')}\n`);
