/**
 * Network namespaces of one test: unique names (so tests may run side by side), gone when the test ends, and
 * `poll` for conditions that become true after a while.
 */
import type { Readable } from 'node:stream';

import { threadId } from 'node:worker_threads';
import { execa } from 'execa';
import { eventually } from '../../src/kernel/wait.ts';

let count = 0;

/** What a test needs of a test runner: something that runs at the end, also after a failure. */
export interface Teardown {
  readonly teardown: (work: () => Promise<void>) => void;
}

/** A command that runs beside the test; awaiting it never throws. */
export interface Running extends PromiseLike<unknown> {
  readonly pid?: number | undefined;
  readonly kill: (signal: NodeJS.Signals) => boolean;
  /** What it prints, to both its outputs. */
  readonly all: Readable;
}

export interface VethOptions {
  readonly mtu?: number;
  /** Of the two ends, in their order. */
  readonly macs?: readonly [string, string];
}

export interface Namespaces {
  /** The name of the namespace that the test calls `short`. */
  readonly name: (short: string) => string;
  /** `/run/netns/...` of it. */
  readonly path: (short: string) => string;
  /** `ip` on the machine; names are as they are. */
  readonly ip: (...argv: string[]) => Promise<void>;
  /** `ip -n` in a namespace. */
  readonly ipIn: (short: string, ...argv: string[]) => Promise<void>;
  /** Two interfaces, written `namespace:interface`, joined by a veth pair and up; segmentation and checksums in software. */
  readonly veth: (a: string, b: string, options?: VethOptions) => Promise<void>;
  /** Runs a command in a namespace and returns its standard output; throws when it fails. */
  readonly run: (short: string, command: string, ...argv: string[]) => Promise<string>;
  /** Starts a command in a namespace; it is killed when the test ends. */
  readonly start: (short: string, command: string, ...argv: string[]) => Running;
}

const split = (endpoint: string): [string, string] => {
  const [node = '', device = ''] = endpoint.split(':');
  return [node, device];
};

/** Makes namespaces, with `lo` up and IPv6 off unless asked for, so that nothing is on a wire that the test did not send. */
export const makeNamespaces = async (
  t: Teardown,
  shorts: readonly string[],
  { ipv6 = false }: { ipv6?: boolean } = {},
): Promise<Namespaces> => {
  count += 1;
  // Test files run side by side in threads of one process.
  const prefix = `t${process.pid}-${threadId}-${count}-`;
  const name = (short: string): string => prefix + short;
  const ip = async (...argv: string[]): Promise<void> => void (await execa('ip', argv));
  const ipIn = (short: string, ...argv: string[]): Promise<void> => ip('-n', name(short), ...argv);
  const run = async (short: string, command: string, ...argv: string[]): Promise<string> =>
    (await execa('ip', ['netns', 'exec', name(short), command, ...argv])).stdout;
  const made: string[] = [];
  const running: Running[] = [];
  t.teardown(async () => {
    for (const child of running) child.kill('SIGKILL');
    await Promise.allSettled(running);
    for (const full of made) await ip('netns', 'del', full);
  });
  for (const short of shorts) {
    await ip('netns', 'add', name(short));
    made.push(name(short));
    if (!ipv6)
      for (const scope of ['all', 'default'])
        await run(short, 'sysctl', '-q', '-w', `net.ipv6.conf.${scope}.disable_ipv6=1`);
    await ipIn(short, 'link', 'set', 'dev', 'lo', 'up');
  }
  return {
    name,
    path: (short) => `/run/netns/${name(short)}`,
    ip,
    ipIn,
    run,
    veth: async (a, b, { mtu = 1500, macs } = {}) => {
      const [[nodeA, deviceA], [nodeB, deviceB]] = [split(a), split(b)];
      const end = (device: string, node: string, mac: string | undefined): string[] => [
        'name',
        device,
        'netns',
        name(node),
        'mtu',
        `${mtu}`,
        ...(mac === undefined ? [] : ['address', mac]),
      ];
      const peer = ['type', 'veth', 'peer', ...end(deviceB, nodeB, macs?.[1])];
      await ip('link', 'add', ...end(deviceA, nodeA, macs?.[0]), ...peer);
      for (const [node, device] of [split(a), split(b)]) {
        await run(node, 'ethtool', '-K', device, 'tx', 'off');
        await ipIn(node, 'link', 'set', 'dev', device, 'up');
      }
    },
    start: (short, command, ...argv) => {
      const child = execa('ip', ['netns', 'exec', name(short), command, ...argv], { reject: false, all: true });
      running.push(child);
      return child;
    },
  };
};

/** Waits until `question` answers something else than undefined or false; throws after `seconds`. */
export const poll = async <T>(
  what: string,
  question: () => T | undefined | false | Promise<T | undefined | false>,
  seconds = 30,
): Promise<T> => {
  const answer = await eventually(async () => {
    const found = await question();
    return found === false ? undefined : found;
  }, seconds * 1000);
  if (answer === undefined) throw new Error(`not within ${seconds} s: ${what}`);
  return answer;
};
