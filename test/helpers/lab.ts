/**
 * Labs of tests, by the command line as people use it: `xiyou` as a child process, topologies under a name of the
 * test's own, and a way down that is always gone to its end.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { labNameLimit } from '../../src/address/name.ts';
import type { CheckResult } from '../../src/engine/check.ts';
import type { Event } from '../../src/engine/events.ts';
import { findTopologyFile } from '../../src/engine/load.ts';
import { projectDirectory } from '../../src/engine/paths.ts';
import type { NodeRow } from '../../src/engine/ps.ts';
import { findByEnvironment, signal } from '../../src/kernel/pid.ts';
import { type Snapshot, NamespaceWatch, leftovers, snapshot } from './machine.ts';
import type { Teardown } from './netns.ts';

const program = path.join(projectDirectory, 'node_modules/.bin/node');
const main = path.join(projectDirectory, 'src/cli/main.ts');

/** The command that runs `xiyou` with these arguments. */
export const commandOf = (argv: readonly string[]): [string, ...string[]] => [program, main, ...argv];

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface XiyouOptions {
  readonly input?: string;
  /** Another user than root. */
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
}

/** Longest that any single command may take, in milliseconds; in a guest without KVM some take minutes. */
const limit = 600_000;

/** `xiyou` while it runs. */
export interface Command {
  readonly pid: number;
  readonly kill: (name: NodeJS.Signals) => boolean;
  /** What it has printed so far, standard output and standard error together. */
  readonly printed: () => string;
  /** Resolves when it has ended, however it ended; exit code -1 by a signal. */
  readonly outcome: Promise<Outcome>;
}

/** Starts `xiyou`. */
export const start = (argv: readonly string[], options: XiyouOptions = {}): Command => {
  const [file, ...words] = commandOf(argv);
  const stdin = options.input === undefined ? ({ stdin: 'ignore' } as const) : {};
  const child = execa(file, words, { reject: false, timeout: limit, stripFinalNewline: false, ...stdin, ...options });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const outcome = child.then(({ exitCode, stdout, stderr }) => ({
    exitCode: exitCode ?? -1,
    stdout,
    stderr,
  }));
  return { pid: child.pid ?? 0, kill: (name) => child.kill(name), printed: () => printed, outcome };
};

/** Runs `xiyou` to its end. */
export const xiyou = (argv: readonly string[], options?: XiyouOptions): Promise<Outcome> =>
  start(argv, options).outcome;

/** A name for a lab that no other test has. */
export const labName = (base: string): string => {
  const mark = randomBytes(3).toString('hex');
  return `t-${base.slice(0, labNameLimit - mark.length - 3).replace(/-+$/u, '')}-${mark}`;
};

export const events = (outcome: Outcome): Event[] =>
  outcome.stdout
    .split('\n')
    .filter((line) => line.startsWith('{"event"'))
    .map((line) => JSON.parse(line) as Event);

/** The first event of a kind. */
export const eventOf = <Kind extends Event['event']>(
  list: readonly Event[],
  kind: Kind,
): Extract<Event, { event: Kind }> | undefined =>
  list.find((event): event is Extract<Event, { event: Kind }> => event.event === kind);

/** A lab under a name of its own, made from a topology of topologies/ or from the text of one. */
export class TestLab {
  readonly lab: string;
  /** What `up` is given: a file, and parameters for a module. */
  readonly given: readonly string[];
  readonly watch = new NamespaceWatch();
  readonly before: Promise<Snapshot>;
  readonly #directory: string;

  /** `parameters` are those of a module. */
  constructor(topology: string, text?: string, parameters: Readonly<Record<string, string>> = {}) {
    const base = path
      .basename(topology, path.extname(topology))
      .replace(/^topology$/u, path.basename(path.dirname(topology)));
    this.lab = labName(base);
    this.#directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-test-'));
    this.before = snapshot(this.lab);
    const source = text === undefined ? findTopologyFile(topology) : `${base}.yml`;
    if (source.endsWith('.ts'))
      this.given = [
        source,
        ...Object.entries({ ...parameters, name: this.lab }).flatMap(([key, value]) => ['-p', `${key}=${value}`]),
      ];
    else {
      this.given = [path.join(this.#directory, `${base}.yml`)];
      this.write(text ?? readFileSync(source, 'utf8'));
    }
  }

  /** The topology file; only for labs that are made from YAML. */
  get file(): string {
    return this.given[0] ?? '';
  }

  /** Replaces the topology file, under the lab's name. */
  write(text: string): void {
    writeFileSync(this.file, text.replace(/^name: .*$/mu, `name: ${this.lab}`));
  }

  /** The lab's run directory. */
  get directory(): string {
    return `/run/xiyou/${this.lab}`;
  }

  /** `xiyou up`, which must succeed; its events. */
  async up(...argv: string[]): Promise<Event[]> {
    await this.before;
    const outcome = await xiyou(['up', ...this.given, '--json', ...argv]);
    this.watch.note(this.lab);
    if (outcome.exitCode !== 0)
      throw new Error(
        `up ended with exit code ${outcome.exitCode}:\n${outcome.stdout.slice(-3000)}\n${outcome.stderr}`,
      );
    return events(outcome);
  }

  /** `xiyou VERB --lab LAB …`, however it ends. */
  run(verb: string, ...argv: string[]): Promise<Outcome> {
    return xiyou([verb, '--lab', this.lab, ...argv]);
  }

  /** Runs a command in a node, however it ends. */
  exec(node: string, ...argv: string[]): Promise<Outcome> {
    return this.run('exec', node, '--', ...argv);
  }

  /** Checks of the topology file that fail, as lines; empty when all is well. */
  async failedChecks(): Promise<string[]> {
    const { stdout, stderr } = await this.run('check', '--json');
    const end = stdout.indexOf('\n]\n');
    if (!stdout.startsWith('[')) return [`${stdout}${stderr}`];
    const results = JSON.parse(end < 0 ? stdout : stdout.slice(0, end + 2)) as CheckResult[];
    return results.flatMap((result) =>
      result.ok ? [] : [`${result.name}: expected ${result.expected}, seen ${result.seen}`],
    );
  }

  /** `node name` of every daemon -> its process number, or -1 when it has ended. */
  async daemons(): Promise<Map<string, number>> {
    const { nodes } = JSON.parse((await this.run('ps', '--json')).stdout) as { nodes: NodeRow[] };
    return new Map(
      nodes.flatMap((row) =>
        row.processes.map((one) => [`${row.node} ${one.name}`, one.state === 'running' ? one.pid : -1] as const),
      ),
    );
  }

  down(): Promise<Outcome> {
    this.watch.note(this.lab);
    return xiyou(['down', this.lab]);
  }

  /** What is still on the machine that was not there before; for after `down`. */
  async left(): Promise<string[]> {
    return leftovers(this.lab, await this.before, this.watch);
  }

  /** Takes away whatever there is: for the end of a test, also of one that failed. */
  async release(): Promise<void> {
    if (existsSync(this.directory) || existsSync(`${this.directory}.lock`)) await this.down();
    for (const stray of findByEnvironment('XIYOU_LAB', this.lab)) signal(stray, 'SIGKILL');
    rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** A lab for one test; it is taken down when the test ends. It is not up yet. */
export const testLab = (
  t: Teardown,
  topology: string,
  text?: string,
  parameters?: Readonly<Record<string, string>>,
): TestLab => {
  const lab = new TestLab(topology, text, parameters);
  t.teardown(() => lab.release());
  return lab;
};
