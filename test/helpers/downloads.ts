/**
 * Downloads that go on while things break: several TCP connections at a steady rate, so that their packets take all of the
 * equal ways, with what both ends have counted and hashed, and every silence that a connection has suffered.
 */
import { type Running, poll } from './netns.ts';
import { OPAQUE_PORT } from './pcap.ts';

/** Sends 2 KiB every 10 ms on each connection, until the other side says that it is enough. */
const server = `
const { createHash, randomBytes } = require('node:crypto');
require('node:net').createServer((socket) => {
  const hash = createHash('sha256');
  let octets = 0;
  const timer = setInterval(() => {
    if (socket.writableNeedDrain) return;
    const part = randomBytes(2048);
    hash.update(part);
    octets += part.length;
    socket.write(part);
  }, 10);
  socket.on('error', (error) => { clearInterval(timer); console.log('broken', error.message); });
  socket.once('data', (name) => { clearInterval(timer); socket.end(); console.log('sent', String(name).trim(), octets, hash.digest('hex')); });
}).listen(${OPAQUE_PORT}, () => console.log('listening'));`;

/** Says four times a second how much each has got, and each silence of more than 50 ms with its connection, end and length. */
const client = `
const { createHash } = require('node:crypto');
const [, address, count] = process.argv;
const all = Array.from({ length: Number(count) }, (_, name) => {
  const one = { name, octets: 0, at: Date.now(), hash: createHash('sha256'), socket: require('node:net').connect(${OPAQUE_PORT}, address) };
  one.socket.on('data', (part) => {
    const now = Date.now();
    if (one.octets > 0 && now - one.at > 50) console.log('silence', name, now, now - one.at);
    one.at = now; one.octets += part.length; one.hash.update(part);
  });
  one.socket.on('end', () => console.log('received', name, one.octets, one.hash.digest('hex')));
  one.socket.on('error', (error) => console.log('broken', error.message));
  return one;
});
setInterval(() => console.log('got', ...all.map(({ octets }) => octets)), 250);
process.on('SIGUSR1', () => { for (const { name, socket } of all) socket.write(String(name)); });`;

export interface Silence {
  readonly connection: number;
  /** When something came again, in milliseconds since the epoch. */
  readonly until: number;
  readonly milliseconds: number;
}

export interface Downloads {
  /** Resolves when every connection has got so many more octets. */
  readonly more: (octets: number) => Promise<void>;
  readonly silences: () => readonly Silence[];
  /** Ends them; what was sent and what was received, a line for each connection. */
  readonly end: () => Promise<{ readonly sent: readonly string[]; readonly received: readonly string[] }>;
}

const textOf = (child: Running): (() => string) => {
  let text = '';
  child.all.on('data', (part) => (text += String(part)));
  return () => text;
};

const lines = (text: string, word: string): string[] =>
  [...text.matchAll(new RegExp(`^${word} (.*)$`, 'gmu'))].map(([, rest = '']) => rest).toSorted();

/**
 * Begins so many downloads.
 *
 * @param start starts a command in a node
 */
export const downloads = async (
  start: (node: string, command: string, ...argv: string[]) => Running,
  {
    from,
    to,
    address,
    count,
  }: { readonly from: string; readonly to: string; readonly address: string; readonly count: number },
): Promise<Downloads> => {
  const said = textOf(start(from, process.execPath, '-e', server));
  await poll('the server listens', () => said().includes('listening'));
  const child = start(to, process.execPath, '-e', client, address, String(count));
  const heard = textOf(child);
  const got = (): number[] => {
    const last = [...heard().matchAll(/^got (.*)$/gmu)].at(-1)?.[1] ?? '';
    return last === '' ? [] : last.split(' ').map(Number);
  };
  const more = async (octets: number): Promise<void> => {
    const before = got();
    const enough = Array.from({ length: count }, (_, index) => (before[index] ?? 0) + octets);
    await poll(
      `every download has got ${octets} octets more`,
      () => {
        const broken = [said(), heard()].find((text) => text.includes('broken'));
        if (broken !== undefined) throw new Error(lines(broken, 'broken').join('; '));
        const now = got();
        return enough.every((wanted, index) => (now[index] ?? 0) >= wanted);
      },
      60,
    );
  };
  await more(1);
  return {
    more,
    silences: () =>
      [...heard().matchAll(/^silence (\d+) (\d+) (\d+)$/gmu)].map(([, connection, until, milliseconds]) => ({
        connection: Number(connection),
        until: Number(until),
        milliseconds: Number(milliseconds),
      })),
    end: async () => {
      child.kill('SIGUSR1');
      await poll(
        'all downloads have ended',
        () => lines(heard(), 'received').length === count && lines(said(), 'sent').length === count,
        30,
      );
      return { sent: lines(said(), 'sent'), received: lines(heard(), 'received') };
    },
  };
};
