/** A download that lasts as long as a test wants: octets over TCP at a steady rate, and their hash at both ends. */
import type { ExecutionContext } from 'ava';
import { type Namespaces, poll, type Running } from './netns.ts';
import { OPAQUE_PORT } from './pcap.ts';

/** Sends 16 KiB every 5 ms, until the other side says something. */
const server = `
const { createHash, randomBytes } = require('node:crypto');
require('node:net').createServer((socket) => {
  const hash = createHash('sha256');
  let octets = 0;
  const timer = setInterval(() => {
    if (socket.writableNeedDrain) return;
    const part = randomBytes(16384);
    hash.update(part);
    octets += part.length;
    socket.write(part);
  }, 5);
  socket.once('data', () => { clearInterval(timer); socket.end(); console.log('sent', octets, hash.digest('hex')); });
}).listen(${OPAQUE_PORT}, () => console.log('listening'));`;

/** Says how much has come every so often, and with SIGUSR1 that it is enough. */
const client = `
const { createHash } = require('node:crypto');
const hash = createHash('sha256');
let octets = 0, told = 0, at = performance.now(), gap = 0;
const socket = require('node:net').connect(${OPAQUE_PORT}, process.argv[1]);
socket.on('data', (part) => {
  hash.update(part); octets += part.length;
  const now = performance.now(); gap = Math.max(gap, now - at); at = now;
  if (octets - told > 100000) { told = octets; console.log('got', octets); }
});
socket.on('end', () => { console.log('received', octets, hash.digest('hex'), Math.round(gap)); process.exit(0); });
socket.on('error', (error) => { console.log('failed', error.message); process.exit(1); });
process.on('SIGUSR1', () => socket.write('enough'));`;

export interface Stream {
  /** Octets that have come so far. */
  readonly received: () => number;
  /** Resolves when so many more octets have come. */
  readonly more: (octets: number) => Promise<void>;
  /** Ends it; what both ends have counted and hashed, and the longest silence in milliseconds. */
  readonly end: () => Promise<{ readonly sent: string; readonly received: string; readonly silence: number }>;
}

const textOf = (child: Running): (() => string) => {
  let text = '';
  child.all.on('data', (part) => (text += String(part)));
  return () => text;
};

/** Begins a download from one node to another. */
export const stream = async (
  t: ExecutionContext,
  net: Namespaces,
  from: string,
  to: string,
  address: string,
): Promise<Stream> => {
  const source = net.start(from, process.execPath, '-e', server);
  const said = textOf(source);
  await poll('the server listens', () => said().includes('listening'));
  const child = net.start(to, process.execPath, '-e', client, address);
  const heard = textOf(child);
  const received = (): number => Number(/.*got (\d+)/su.exec(heard())?.[1] ?? 0);
  const more = async (octets: number): Promise<void> => {
    const enough = received() + octets;
    await poll(
      `${enough} octets have come`,
      () => {
        if (heard().includes('failed')) throw new Error(heard());
        return received() >= enough;
      },
      30,
    );
  };
  await more(1);
  return {
    received,
    more,
    end: async () => {
      child.kill('SIGUSR1');
      await poll('the download has ended', () => heard().includes('received') && said().includes('sent'), 20);
      const [, count, hash, silence] = /received (\d+) (\w+) (\d+)/u.exec(heard()) ?? [];
      const [, sent, sentHash] = /sent (\d+) (\w+)/u.exec(said()) ?? [];
      t.log(`${count} octets, longest silence ${silence} ms`);
      return { sent: `${sent} ${sentHash}`, received: `${count} ${hash}`, silence: Number(silence) };
    },
  };
};
