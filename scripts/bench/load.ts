/** A load between two nodes, bounded in time, by traffic.c: as much TCP, or as many datagrams, as go. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { $ } from 'zx';
import { timed } from './timed.ts';
import type { Workspace } from './workspace.ts';

/** Compiles traffic.c into the workspace and returns the program's path. */
export const compileTraffic = async (work: Workspace): Promise<string> => {
  const program = work.file('traffic');
  await $`cc -O2 -o ${program} ${path.join(import.meta.dirname, 'traffic.c')}`.quiet();
  return program;
};

export interface Load {
  readonly protocol: 'tcp' | 'udp';
  /** A command inside the node that receives, and inside the one that sends. */
  readonly sink: (...words: readonly string[]) => string[];
  readonly source: (...words: readonly string[]) => string[];
  /** Where the sender sends to. */
  readonly address: string;
  readonly port: number;
  readonly seconds: number;
  /** Octets of a datagram, without headers. */
  readonly datagram: number;
}

/**
 * Runs a load; returns what arrived, in Mb/s of TCP or datagrams per second.
 *
 * @throws Error when nothing did
 */
export const arrived = async (work: Workspace, program: string, load: Load): Promise<number> => {
  const { protocol, port } = load;
  const [command = '', ...words] = load.sink(program, `${protocol}-sink`, String(port));
  const sink = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const undone = work.willUndo(async () => sink.kill('SIGKILL'));
  const ended = new Promise<string>((resolve, reject) => {
    let text = '';
    sink.once('error', reject);
    sink.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    sink.once('close', () => resolve(text));
  });
  await new Promise<void>((resolve, reject) => {
    sink.stdout.once('data', () => resolve());
    sink.once('close', () => reject(new Error('the receiver ended before it began')));
  });
  const source = [program, `${protocol}-source`, load.address, String(port), String(load.seconds)];
  await timed(load.source(...source, ...(protocol === 'udp' ? [String(load.datagram)] : [])), {
    signal: work.signal,
    within: 60,
  });
  const [, octets, messages, seconds] = /(\d+) (\d+) ([\d.]+)/u.exec(await ended) ?? [];
  undone();
  if (!(Number(seconds) > 0)) throw new Error(`${protocol} to ${load.address}: nothing arrived`);
  return protocol === 'tcp'
    ? Math.round((Number(octets) * 8) / 1e6 / Number(seconds))
    : Math.round(Number(messages) / Number(seconds));
};
