/** Runs a case: the lab, then each step's actions and checks, through the command line and vtysh as people would. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { ExecutionContext } from 'ava';
import { startProcess } from '../../src/engine/daemons.ts';
import type { Lab } from '../../src/engine/lab.ts';
import { withLab } from '../../src/engine/open.ts';
import { runIn } from '../../src/kernel/process.ts';
import { operationKey } from '../../src/plan/difference.ts';
import { compare } from './interop-compare.ts';
import { type Act, CaseNames, type Check, readCase, topologyOf } from './interop.ts';
import { type Outcome, type TestLab, eventOf, testLab } from './lab.ts';
import { poll } from './netns.ts';

/** Milliseconds between two looks: a case has a dozen checks that look at once, each with a process. */
const between = 300;
/** Milliseconds that one look may take. */
const longest = 20_000;

/** What a router answers: a show command through vtysh, which knows whom to ask, else the node's shell. */
const answer = async (lab: Lab, node: string, command: string): Promise<string> => {
  const argv = /^(?:show|do) /u.test(command) ? ['vtysh', '-c', command] : ['sh', '-c', command];
  const { stdout } = await runIn(await lab.insideMachine(node), argv, { anyExit: true, timeout: longest });
  return stdout;
};

/** The expected value: a file of the case, or what is written in the case itself. */
const expectedOf = ({ expect }: Check, base: string): unknown => {
  if (typeof expect !== 'string' || expect.includes('\n')) return expect;
  const file = path.join(base, expect);
  if (expect === '' || !existsSync(file) || !statSync(file).isFile()) throw new Error(`there is no file ${file}`);
  return readFileSync(file, 'utf8');
};

const daemonOf = (lab: Lab, node: string, daemon: string) => {
  const operation = lab.operationsOf(node).find((candidate) => candidate.op === 'process' && candidate.name === daemon);
  if (operation?.op !== 'process') throw new Error(`${node} has no ${daemon}`);
  return operation;
};

/** One run of one case. */
export class CaseRun {
  readonly #t: ExecutionContext;
  readonly #base: string;
  readonly #lab: TestLab;
  readonly #names: CaseNames;
  constructor(t: ExecutionContext, base: string) {
    this.#t = t;
    this.#base = base;
    this.#names = new CaseNames(readCase(base));
    this.#lab = testLab(
      t,
      `${path
        .basename(base)
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/gu, '-')}.yml`,
      'name: x\n',
    );
  }

  async #end(node: string, daemon: string): Promise<Outcome> {
    const file = `/run/frr/${daemon}.pid`;
    const done = await this.#lab.exec(node, 'sh', '-c', `kill -KILL "$(cat ${file})"`);
    // The number in the file would be taken for the next one's.
    await this.#lab.exec(node, 'sh', '-c', `while kill -0 "$(cat ${file})" 2>/dev/null; do :; done; rm -f ${file}`);
    return done;
  }

  #start(node: string, daemon: string): Promise<undefined> {
    return withLab(this.#lab.lab, async (lab) => {
      const operation = daemonOf(lab, node, daemon);
      await startProcess(lab, operation, operationKey(operation));
      return undefined;
    });
  }

  /** Does one action; the outcome of a command, where it was one. */
  async #do(action: Act): Promise<readonly (Outcome | undefined)[]> {
    const lab = this.#lab;
    const node = (name: string): string => this.#names.node(name);
    const port = (at: readonly [string, string], state: string): Promise<Outcome> =>
      lab.run('link', `${node(at[0])}:${at[1]}`, this.#names.netOf(at), state);
    if ('exec' in action) {
      const [name, ...lines] = action.exec;
      const done: Outcome[] = [];
      for (const line of lines) done.push(await lab.exec(node(name), 'sh', '-c', line));
      return done;
    }
    if ('vtysh' in action) {
      const [name, ...lines] = action.vtysh;
      const done = await lab.exec(node(name), 'vtysh', ...lines.flatMap((line) => ['-c', line]));
      for (const said of done.stdout.split('\n')) if (said.startsWith('%')) this.#t.log(`${name}: ${said}`);
      return [done];
    }
    if ('peerLinkDown' in action) return [await port(action.peerLinkDown, 'down')];
    if ('peerLinkUp' in action) return [await port(action.peerLinkUp, 'up')];
    if ('linkDown' in action)
      return [await lab.exec(node(action.linkDown[0]), 'ip', 'link', 'set', action.linkDown[1], 'down')];
    if ('linkUp' in action)
      return [await lab.exec(node(action.linkUp[0]), 'ip', 'link', 'set', action.linkUp[1], 'up')];
    if ('kill' in action) return [await this.#end(node(action.kill[0]), action.kill[1])];
    if ('start' in action) return [await this.#start(node(action.start[0]), action.start[1])];
    if ('restart' in action)
      return [
        await this.#end(node(action.restart[0]), action.restart[1]),
        await this.#start(node(action.restart[0]), action.restart[1]),
      ];
    throw new Error(`no such action: ${JSON.stringify(action)}`);
  }

  async #check(open: Lab, check: Check): Promise<void> {
    const expected = expectedOf(check, this.#base);
    const node = this.#names.node(check.node);
    let wrong: string | undefined = 'nothing was seen';
    const began = performance.now();
    const look = async (): Promise<boolean> => {
      wrong = compare(check, await answer(open, node, check.cmd), expected);
      if (check.differs === true) wrong = wrong === undefined ? 'is what it must not be' : undefined;
      if (wrong !== undefined) await new Promise((resolve) => setTimeout(resolve, between));
      return wrong === undefined;
    };
    await poll(check.cmd, look, check.timeout).catch((error: unknown) => {
      if (!(error as Error).message.startsWith('not within')) throw error;
    });
    const name = typeof check.expect === 'string' && !check.expect.includes('\n') ? ` (${check.expect})` : '';
    this.#t.is(wrong ?? '', '', `${check.node}: ${check.cmd}${name}\n${wrong ?? ''}`);
    this.#t.log(`${check.node}: ${check.cmd}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  }

  async run(): Promise<void> {
    const lab = this.#lab;
    const given = readCase(this.#base);
    lab.write(JSON.stringify(topologyOf(lab.lab, given, this.#base), undefined, 2));
    // A case that kills a daemon says itself when it is started again.
    const made = await lab.up('--no-restart');
    for (const event of made) if (event.event === 'note') this.#t.log(event.text);
    this.#t.log(`up in ${eventOf(made, 'done')?.seconds} s`);
    for (const step of given.steps) {
      const began = performance.now();
      for (const action of step.act ?? [])
        for (const done of await this.#do(action))
          if (done !== undefined) this.#t.is(done.exitCode, 0, `${JSON.stringify(action)}: ${done.stderr}`);
      // Opened anew: an action may have changed the lab's state.
      await withLab(lab.lab, (open) => Promise.all((step.checks ?? []).map((check) => this.#check(open, check))));
      this.#t.log(`${step.name}: ${((performance.now() - began) / 1000).toFixed(1)} s`);
    }
    const down = await lab.down();
    this.#t.is(down.exitCode, 0, down.stderr);
    this.#t.deepEqual(await lab.left(), []);
  }
}
