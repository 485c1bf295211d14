/** Functions of the packet core as processes in the namespaces of one test: their files, their logs, the `ue` command. */
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { type Namespaces, poll } from './netns.ts';

const main = path.resolve(import.meta.dirname, '../../lab/epc/main.ts');
const command = path.resolve(import.meta.dirname, '../../lab/epc/ue-command.ts');

export interface EpcProcesses {
  /** A path in the directory of this test; a function's are `<node>.json`, `.sock`, `.ready` and `.status`. */
  readonly file: (name: string) => string;
  /** Starts a function in the namespace of its name; throws when it is not ready within `seconds` (10). */
  readonly start: (node: string, config: object, seconds?: number) => Promise<void>;
  /** What a person types on a phone: `attach`, `detach`, `status`, ... */
  readonly ue: (
    phone: number,
    verb: string,
  ) => Promise<{ exitCode?: number | undefined; stdout: string; stderr: string }>;
}

/** The processes end with the namespaces; what they printed is shown when the test has failed. */
export const epcProcesses = (t: ExecutionContext, net: Namespaces, directory: string): EpcProcesses => {
  const file = (name: string): string => path.join(directory, name);
  const logs = new Map<string, string>();
  t.teardown(() => {
    if (!t.passed) for (const [node, log] of logs) t.log(node, log);
  });
  return {
    file,
    start: async (node, config, seconds) => {
      const common = { control: file(`${node}.sock`), ready: file(`${node}.ready`), status: file(`${node}.status`) };
      writeFileSync(file(`${node}.json`), JSON.stringify({ ...common, ...config }));
      logs.set(node, '');
      net
        .start(node, process.execPath, main, file(`${node}.json`))
        .all.on('data', (chunk) => logs.set(node, `${logs.get(node) ?? ''}${String(chunk)}`));
      await poll(`${node} is ready`, () => existsSync(common.ready), seconds);
    },
    ue: async (phone, verb) =>
      await execa(
        'ip',
        ['netns', 'exec', net.name(`phone${phone}`), process.execPath, command, verb, file(`phone${phone}.sock`)],
        { reject: false },
      ),
  };
};
