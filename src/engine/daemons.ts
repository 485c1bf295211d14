/** Daemons of nodes: started, noted, and waited for until they are ready. */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { XiyouError } from '../errors.ts';
import type { ProcessOperation } from '../fragment/operation.ts';
import { alive, signal as signalProcess } from '../kernel/pid.ts';
import { runIn, startDaemon } from '../kernel/process.ts';
import { askDaemon } from '../kernel/vty.ts';
import { locate } from './files.ts';
import { type Lab, expandArgv } from './lab.ts';
import { eventually } from '../kernel/wait.ts';
import { type LabPaths, compileCache, nodeDirectory } from './paths.ts';
import { Standstill } from './standstill.ts';
import { appendRecord, readRecords } from './state.ts';

/** Milliseconds a daemon may take until its ready path appears, while no other of the lab becomes ready. */
const readyDeadline = 60_000;

/** Of each lab's daemons: when one became ready last. */
const standstills = new WeakMap<Lab, Standstill>();

const standstillOf = (lab: Lab): Standstill => {
  const known = standstills.get(lab) ?? new Standstill();
  standstills.set(lab, known);
  return known;
};

/** Stops between two steps when the person asked for it. */
export const checkInterrupt = (lab: string, signal: AbortSignal | undefined): void => {
  if (signal?.aborted !== true) return;
  throw new XiyouError('interrupted', `stopped; lab ${lab} is as far as it got`, {
    hint: `go on with the same command, or clean up with: xiyou down ${lab}`,
  });
};

/** Daemons that run already, by operation and name. */
export const runningDaemons = (paths: LabPaths): Set<string> =>
  new Set(
    readRecords(paths).flatMap((record) =>
      record.record === 'process' && alive(record) ? [`${record.operation} ${record.name}`] : [],
    ),
  );

/** Tells a daemon of a node something, if it runs: that a file of it has changed, that a link is joined again. */
export const signalDaemon = (lab: Lab, node: string, name: string, signal: NodeJS.Signals): void => {
  for (const record of readRecords(lab.paths)) {
    if (record.record === 'process' && record.node === node && record.name === name) signalProcess(record, signal);
  }
};

/** The last lines of a node's log, for the error about the daemon that wrote it. */
const logTail = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-8) : [];

/** Whether zebra has told a client of interfaces: lo has an address in every node (`show zebra client`; FRR, zebra/zserv.c). */
const knowsInterfaces = (clients: string, client: string): boolean => {
  const own = clients
    .split(/^Client: /mu)
    .find((text) => text.startsWith(`${client}\n`) || text.startsWith(`${client} `));
  return Number(/^Intf Addr +(\d+)/mu.exec(own ?? '')?.[1] ?? 0) > 0;
};

/**
 * Gives a daemon its lines when it knows the interfaces that they are about. What it does not take goes into its log in
 * the words that FRR itself has for it (lib/command.c), where whoever asks for refused lines finds it.
 */
const configure = async (
  lab: Lab,
  { node, name, configure: wanted }: Pick<ProcessOperation, 'node' | 'name' | 'configure'>,
  log: string,
): Promise<void> => {
  if (wanted === undefined) return;
  const zebra = locate(lab.rootOf(node), '/run/frr/zebra.vty');
  const known = async (): Promise<true | undefined> =>
    knowsInterfaces((await askDaemon(zebra, 'show zebra client')) ?? '', wanted.client) ? true : undefined;
  // Without an answer in time the lines are given all the same: the daemon says what is wrong with them.
  await eventually(known, readyDeadline);
  const argv = ['vtysh', '-d', name, '-f', wanted.file];
  const { stdout, stderr } = await runIn(await lab.insideMachine(node), argv, { anyExit: true });
  const lines = readFileSync(locate(lab.rootOf(node), wanted.file), 'utf8').split('\n');
  for (const [, line = '', reason = ''] of `${stdout}\n${stderr}`.matchAll(/^line (\d+): (?:% )?([A-Z][A-Za-z ]+)/gmu))
    appendFileSync(log, `[] ${reason.trim()} on config line ${line}: ${lines[Number(line) - 1] ?? ''}\n`);
};

/** Starts a daemon of a node, notes it, and waits for its ready path. */
export const startProcess = async (
  lab: Lab,
  process: Pick<ProcessOperation, 'node' | 'name' | 'argv' | 'env' | 'ready' | 'configure'>,
  key: string,
  signal?: AbortSignal,
): Promise<void> => {
  const place = await lab.insideMachine(process.node);
  const ready = process.ready === undefined ? undefined : locate(lab.rootOf(process.node), process.ready);
  // What a daemon before left there would say ready too early.
  if (ready !== undefined) rmSync(ready, { force: true });
  const log = path.join(nodeDirectory(lab.paths, process.node), 'log', `${process.name}.log`);
  const argv = expandArgv(process.argv);
  const cache = process.argv[0] === '@node' ? { NODE_COMPILE_CACHE: compileCache } : {};
  const identity = await startDaemon(place, { name: process.name, argv, env: { ...cache, ...process.env }, log });
  appendRecord(lab.paths, { record: 'process', node: process.node, name: process.name, operation: key, ...identity });
  if (ready === undefined) return;
  const began = performance.now();
  const standstill = standstillOf(lab);
  const outcome = await eventually(
    () => {
      if (existsSync(ready)) return 'ready';
      if (!alive(identity)) return 'ended';
      return standstill.since(began) > readyDeadline ? 'late' : undefined;
    },
    Infinity,
    signal,
  );
  if (outcome === 'ready') {
    standstill.moved();
    return configure(lab, process, log);
  }
  checkInterrupt(lab.paths.lab, signal);
  throw new XiyouError(
    'process-ended',
    outcome === 'ended'
      ? `${process.name} of ${process.node} ended while it was starting`
      : `${process.name} of ${process.node} was not ready within ${readyDeadline / 1000} s (${process.ready} did not appear)`,
    {
      where: `${process.node}: ${argv.join(' ')}`,
      details: logTail(log),
      hint: `its log: xiyou logs ${process.node} ${process.name}`,
    },
  );
};
