/** Functions of the packet core as processes in the namespaces of one test: their files, their logs, the `ue` command. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { type Namespaces, poll, type Running } from './netns.ts';

const main = path.resolve(import.meta.dirname, '../../lab/epc/main.ts');
const command = path.resolve(import.meta.dirname, '../../lab/epc/ue-command.ts');

export type Json = Readonly<Record<string, unknown>>;

/** Asks over a control socket. */
export const askSocket = (file: string, request: Json): Promise<Json> =>
  new Promise((resolve, reject) => {
    const socket = connect(file);
    let text = '';
    socket.on('error', reject);
    socket.on('data', (part) => {
      text += String(part);
      if (!text.endsWith('\n')) return;
      socket.end();
      resolve(JSON.parse(text) as Json);
    });
    socket.write(`${JSON.stringify(request)}\n`);
  });

export interface EpcProcesses {
  /** A path in the directory of this test; a function's are `<node>.json`, `.sock`, `.ready` and `.status`. */
  readonly file: (name: string) => string;
  /** Starts a function in the namespace of its name; throws when it is not ready within `seconds` (10). */
  readonly start: (node: string, config: object, seconds?: number) => Promise<void>;
  /** Kills a function at once: nobody hears a good-bye. */
  readonly kill: (node: string) => Promise<void>;
  readonly ask: (node: string, request: Json) => Promise<Json>;
  /** What a person types on a phone: `attach`, `detach`, `status`, ... */
  readonly ue: (
    phone: number,
    verb: string,
    ...more: string[]
  ) => Promise<{ exitCode?: number | undefined; stdout: string; stderr: string }>;
}

/**
 * The processes end with the namespaces; what they printed is shown when the test has failed.
 *
 * @param flags of node, such as `--expose-gc`
 */
export const epcProcesses = (
  t: ExecutionContext,
  net: Namespaces,
  directory: string,
  flags: readonly string[] = [],
): EpcProcesses => {
  const file = (name: string): string => path.join(directory, name);
  const logs = new Map<string, string>();
  const running = new Map<string, Running>();
  t.teardown(() => {
    // The last words are what matters.
    if (!t.passed) for (const [node, log] of logs) t.log(node, log.slice(-20_000));
  });
  return {
    file,
    start: async (node, config, seconds) => {
      const common = { control: file(`${node}.sock`), ready: file(`${node}.ready`), status: file(`${node}.status`) };
      rmSync(common.ready, { force: true });
      writeFileSync(file(`${node}.json`), JSON.stringify({ ...common, ...config }));
      const child = net.start(node, process.execPath, ...flags, main, file(`${node}.json`));
      running.set(node, child);
      child.all.on('data', (chunk) => logs.set(node, `${(logs.get(node) ?? '').slice(-100_000)}${String(chunk)}`));
      await poll(`${node} is ready`, () => existsSync(common.ready), seconds);
    },
    kill: async (node) => {
      const child = running.get(node);
      child?.kill('SIGKILL');
      await child;
    },
    ask: (node, request) => askSocket(file(`${node}.sock`), request),
    ue: async (phone, verb, ...more) =>
      await execa(
        'ip',
        [
          'netns',
          'exec',
          net.name(`phone${phone}`),
          process.execPath,
          command,
          verb,
          ...more,
          file(`phone${phone}.sock`),
        ],
        { reject: false },
      ),
  };
};
