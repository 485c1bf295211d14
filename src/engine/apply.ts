/** Carries out what is missing of a plan, stage by stage; inside a stage the nodes are worked on side by side. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { XiyouError } from '../errors.ts';
import {
  type CommandOperation,
  type FirewallOperation,
  type Operation,
  type Stage,
  stages,
} from '../fragment/operation.ts';
import { type Refused, applyNetwork, isNetworkOperation } from '../kernel/links.ts';
import { runIn } from '../kernel/process.ts';
import { setStatelessNat } from '../kernel/stateless-nat.ts';
import { operationKey } from '../plan/difference.ts';
import { firewallProgram, impairmentArguments, render, summarize } from '../plan/render.ts';
import type { Plan } from '../plan/plan.ts';
import { checkInterrupt, signalDaemon, startProcess } from './daemons.ts';
import { type Listener, secondsSince } from './events.ts';
import { writeNodeFile } from './files.ts';
import { type Fingerprinted, fingerprint, isFingerprinted } from './fingerprint.ts';
import { type Lab, expandArgv } from './lab.ts';
import { mapLimit } from './once.ts';
import { nodeDirectory } from './paths.ts';
import { answeredWithin } from './probe.ts';
import { pkiContent } from './pki.ts';
import { programContent } from './program.ts';
import { appendRecord } from './state.ts';
import { setFlows, setSwitch } from './switches.ts';
import type { Work } from './work.ts';

/** Nodes worked on at once where processes are started; more only makes two cores busier. */
const width = 4;
const refusedError = (lab: Lab, refused: readonly Refused[]): XiyouError =>
  new XiyouError(
    'kernel-refused',
    `the kernel refused ${refused.length === 1 ? 'an operation' : `${refused.length} operations`}`,
    {
      where: summarize((refused[0] as Refused).operation),
      details: refused
        .slice(0, 10)
        .map(
          ({ operation, reason }) =>
            `${summarize(operation)}: ${reason}\n    ${render(operation, lab.paths.lab).at(-1) ?? ''}`,
        ),
      hint: `look at it with: xiyou plan; then run up again, or: xiyou down ${lab.paths.lab}`,
    },
  );

/** Remembers that an operation took effect in the namespace the node has now. */
const remember = (lab: Lab, operation: Operation, mark: string): void =>
  appendRecord(lab.paths, {
    record: 'applied',
    node: operation.node,
    operation: operationKey(operation),
    namespace: lab.store.inodeOf(operation.node),
    fingerprint: mark,
  });

const rememberFingerprint = async (lab: Lab, operation: Fingerprinted): Promise<void> => {
  const mark = await fingerprint(lab, operation);
  if (mark !== undefined) remember(lab, operation, mark);
};

const setFirewall = async (lab: Lab, operation: FirewallOperation): Promise<void> => {
  const input = [`*${operation.table}`, ...operation.rules, 'COMMIT', ''].join('\n');
  await runIn(lab.place(operation.node), [firewallProgram(operation, 'restore'), '--table', operation.table], {
    input,
  });
};

/** Whether it succeeded; a failure that may be is told. */
const runCommand = async (lab: Lab, operation: CommandOperation, work: Work): Promise<boolean> => {
  for (const awaited of operation.after ?? [])
    await answeredWithin(lab, { node: operation.node, ...awaited }, work.signal);
  const anyExit = operation.mayFail === true;
  const result = await runIn(await lab.insideMachine(operation.node), expandArgv(operation.argv), { anyExit });
  if (result.exitCode === 0) return true;
  const said = (result.stderr === '' ? result.stdout : result.stderr).trim().split('\n')[0] ?? '';
  work.note?.(
    `${operation.node}: ${operation.argv.join(' ')}: exit code ${result.exitCode}${said === '' ? '' : `: ${said}`}`,
  );
  return false;
};

/** One operation that netlink does not do. */
export const applyOther = async (lab: Lab, operation: Operation, work: Work): Promise<void> => {
  switch (operation.op) {
    case 'file': {
      const base = operation.path.startsWith('/var/log/')
        ? path.join(nodeDirectory(lab.paths, operation.node), 'log')
        : lab.rootOf(operation.node);
      mkdirSync(base, { recursive: true });
      writeNodeFile(base, operation, programContent(await pkiContent(lab.paths, operation.content)));
      if (operation.reload !== undefined) signalDaemon(lab, operation.node, operation.reload, 'SIGHUP');
      return;
    }
    case 'firewall':
      await setFirewall(lab, operation);
      break;
    case 'stateless-nat':
      lab.store.within(operation.node, () => setStatelessNat(operation));
      break;
    case 'openvswitch':
      await setSwitch(lab, operation, work);
      break;
    case 'flows':
      await setFlows(lab, operation, work);
      break;
    case 'process':
      await startProcess(lab, operation, operationKey(operation), work.signal);
      return;
    case 'command':
      // What follows a daemon is tried again by the next `up`.
      if ((await runCommand(lab, operation, work)) || operation.follows === undefined) remember(lab, operation, '');
      return;
    case 'impairment':
      await runIn(lab.place(operation.node), ['tc', ...impairmentArguments(operation, 'replace')]);
      remember(lab, operation, '');
      return;
    default:
      throw new Error(`${operation.op} is the network's`);
  }
  if (isFingerprinted(operation)) await rememberFingerprint(lab, operation);
};

/**
 * A program of ours takes the processor while it starts; routing daemons have neighbours to wait for after they have
 * started. So daemons go first, and their waiting costs nothing.
 */
const isProgram = (operation: Operation): boolean => operation.op === 'process' && operation.argv[0] === '@node';

/** Applies the missing operations of one stage. */
const applyStage = async (lab: Lab, operations: readonly Operation[], work: Work): Promise<void> => {
  const network = operations.filter(isNetworkOperation);
  if (network.length > 0) {
    const refused = applyNetwork(lab.store, network);
    if (refused.length > 0) throw refusedError(lab, refused);
  }
  const others = Map.groupBy(
    operations.filter((operation) => !isNetworkOperation(operation)),
    (operation) => operation.node,
  );
  const [programs, daemons] = [true, false].map((program) =>
    [...others.values()].filter((ofNode) => ofNode.some(isProgram) === program),
  );
  await mapLimit([...(daemons ?? []), ...(programs ?? [])], width, async (ofNode) => {
    for (const operation of ofNode) {
      checkInterrupt(lab.paths.lab, work.signal);
      await applyOther(lab, operation, work);
    }
  });
};

/** Stages that only talk to the kernel follow each other so fast that they are one to a person. */
const together: readonly Stage[] = ['namespaces', 'links', 'addresses', 'sysctls', 'routes'];

/** Applies what is missing, in the plan's order. */
export const apply = async (
  lab: Lab,
  plan: Plan,
  missing: ReadonlySet<Operation>,
  work: Work,
  listener: Listener,
): Promise<void> => {
  const todo = (stage: Stage): Operation[] =>
    (plan.stages.get(stage) ?? []).filter((operation) => missing.has(operation));
  const steps: { readonly name: string; readonly operations: Operation[] }[] = [
    { name: 'network', operations: together.flatMap(todo) },
    ...stages.filter((stage) => !together.includes(stage)).map((stage) => ({ name: stage, operations: todo(stage) })),
  ];
  for (const { name, operations } of steps) {
    if (operations.length === 0) continue;
    checkInterrupt(lab.paths.lab, work.signal);
    const began = performance.now();
    listener({ event: 'stage-start', stage: name, operations: operations.length });
    await applyStage(lab, operations, work);
    listener({ event: 'stage-end', stage: name, operations: operations.length, seconds: secondsSince(began) });
  }
};
