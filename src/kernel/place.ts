/** Where a process runs: in a node's machine, or in its network namespace alone. Every process carries the lab's marks. */
import { enterMachine } from './machine.ts';
import type { Machine } from './machine.ts';
import { runVariable } from './marks.ts';
import type { NamespaceStore } from './namespace.ts';
import type { ProcessId } from './pid.ts';

export interface Place {
  readonly node: string;
  /** Runs synchronous work on this thread inside the place. */
  readonly enter: <T>(work: () => T) => T;
  /** The command that takes another program there, for what cannot be started from inside this process. */
  readonly nsenter: readonly string[];
  /** The whole environment of processes there. */
  readonly env: Readonly<Record<string, string>>;
}

/** The place of a node that has a machine: daemons are started there. */
export interface MachinePlace extends Place {
  readonly init: ProcessId;
}

/** Which lab a process belongs to, and which `up` started it. */
export interface Owner {
  readonly lab: string;
  readonly run: string;
}

/**
 * The environment of a node's processes: nothing of the caller's but the search path and the language, so that a lab
 * behaves the same whoever starts it.
 */
export const environmentOf = (node: string, { lab, run }: Owner): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  HOME: '/root',
  LANG: 'C.UTF-8',
  XIYOU_LAB: lab,
  XIYOU_NODE: node,
  [runVariable]: run,
});

export const inMachine = (machine: Machine, owner: Owner): MachinePlace => ({
  node: machine.node,
  init: machine,
  enter: (work) => enterMachine(machine, work),
  nsenter: ['nsenter', '--target', String(machine.pid), '--net', '--uts', '--mount', '--pid', '--'],
  env: environmentOf(machine.node, owner),
});

export const inNamespace = (store: NamespaceStore, node: string, owner: Owner): Place => ({
  node,
  enter: (work) => store.within(node, work),
  nsenter: ['nsenter', `--net=${store.pathOf(node)}`, '--'],
  env: environmentOf(node, owner),
});
