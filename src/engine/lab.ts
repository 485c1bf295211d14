/**
 * A lab in hand: its run directory, its namespaces, and the machines of its nodes, which are started when something
 * first runs in them. Every verb that touches nodes goes through here.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Operation } from '../fragment/operation.ts';
import { type Machine, machinePath, startMachine } from '../kernel/machine.ts';
import { type NamespaceStore, openStore } from '../kernel/namespace.ts';
import { alive } from '../kernel/pid.ts';
import { type MachinePlace, type Owner, type Place, environmentOf, inMachine, inNamespace } from '../kernel/place.ts';
import type { Topology } from '../topology/topology.ts';
import type { CheckResult } from '../checks/result.ts';
import type { JourneyOptions, LabJourney } from './journey.ts';
import { onceAtATime } from './once.ts';
import { type LabPaths, nodeDirectory, projectDirectory } from './paths.ts';
import { programDirectory } from './program.ts';
import { type LabRecord, type LabState, appendRecord, readRecords, readState, requireRunning } from './state.ts';

/** Directories every machine lays its own files over. */
const alwaysOverlaid = ['/etc'];

/** Name and every address of every node, and the file's own names: the /etc/hosts of all nodes. */
export const hostsText = (topology: Topology): string => {
  const address = (cidr: string): string => cidr.split('/')[0] ?? cidr;
  const lines = topology.nodes.flatMap((node) =>
    [...node.loopback, ...node.interfaces.flatMap((port) => port.addresses)]
      // A link-local address means something on its own link only (RFC 3927, 2.7).
      .filter((cidr) => !cidr.startsWith('169.254.'))
      .map((cidr) => [address(cidr), node.name, ...(node.hostname === undefined ? [] : [node.hostname])].join('\t')),
  );
  const extra = Object.entries(topology.hosts).map(([name, at]) => `${at}\t${name}`);
  return ['127.0.0.1\tlocalhost', '::1\tlocalhost ip6-localhost', ...extra, ...lines, ''].join('\n');
};

export class Lab {
  readonly paths: LabPaths;
  readonly store: NamespaceStore;
  readonly #machines = new Map<string, Machine>();
  #state: LabState;
  #operations: Map<string, Operation[]>;
  constructor(paths: LabPaths, state: LabState, store = openStore(paths.lab)) {
    this.paths = paths;
    this.#state = state;
    this.store = store;
    this.#operations = Map.groupBy(state.operations, (operation) => operation.node);
    this.readMachines(readRecords(paths));
  }

  get state(): LabState {
    return this.#state;
  }

  /** Reads anew what the lab is, after nodes were stopped or started beside this object. */
  reload(): void {
    const state = readState(this.paths);
    if (state === undefined) return;
    this.#state = state;
    this.#operations = Map.groupBy(state.operations, (operation) => operation.node);
    this.readMachines(readRecords(this.paths));
  }

  /** Takes over the machines that still run. */
  readMachines(records: readonly LabRecord[]): void {
    this.#machines.clear();
    for (const record of records) {
      if (record.record === 'machine' && alive(record)) this.#machines.set(record.node, record);
    }
  }

  operationsOf(node: string): readonly Operation[] {
    return this.#operations.get(node) ?? [];
  }

  get owner(): Owner {
    return { lab: this.paths.lab, run: this.state.run };
  }

  /** The node's machine where it runs. */
  running(node: string): Machine | undefined {
    const machine = this.#machines.get(node);
    if (machine !== undefined && !alive(machine)) this.#machines.delete(node);
    return this.#machines.get(node);
  }

  /** The node's machine, started when it does not run yet. */
  machine(node: string): Promise<Machine> {
    return onceAtATime(`machine ${this.paths.lab} ${node}`, async () => {
      const running = this.running(node);
      if (running !== undefined) return running;
      requireRunning(this.state, node);
      const directory = nodeDirectory(this.paths, node);
      const etc = path.join(directory, 'root/etc');
      mkdirSync(etc, { recursive: true });
      mkdirSync(path.join(directory, 'log'), { recursive: true });
      writeFileSync(path.join(etc, 'hosts'), hostsText(this.state.topology));
      const hostname = this.state.topology.nodes.find((one) => one.name === node)?.hostname ?? node;
      writeFileSync(path.join(etc, 'hostname'), `${hostname}\n`);
      if (!existsSync(path.join(etc, 'resolv.conf')))
        writeFileSync(path.join(etc, 'resolv.conf'), '# no resolver in this lab\n');
      const machine = await startMachine(this.store, node, {
        directory,
        hostname,
        overlays: this.#overlays(node),
        env: { ...environmentOf(node, this.owner), PATH: nodePath },
      });
      appendRecord(this.paths, { record: 'machine', ...machine });
      this.#machines.set(node, machine);
      return machine;
    });
  }

  /** Gives machines that run the names of the nodes there are now; one that starts later finds them anyway. */
  refreshHosts(): void {
    const text = hostsText(this.state.topology);
    for (const node of this.#machines.keys())
      if (this.running(node) !== undefined) writeFileSync(path.join(this.rootOf(node), 'etc/hosts'), text);
  }

  /** Where commands of the node run now: in its machine, or in its network namespace while it has none. */
  place(node: string): Place {
    const machine = this.running(node);
    const place = machine === undefined ? inNamespace(this.store, node, this.owner) : inMachine(machine, this.owner);
    return { ...place, env: { ...place.env, PATH: nodePath } };
  }

  /** The same, with the machine started first. */
  async insideMachine(node: string): Promise<MachinePlace> {
    const place = inMachine(await this.machine(node), this.owner);
    return { ...place, env: { ...place.env, PATH: nodePath } };
  }

  /** Where the node's files are, as seen from here: through the running machine, or where it will find them. */
  rootOf(node: string): string {
    const machine = this.running(node);
    return machine === undefined ? path.join(nodeDirectory(this.paths, node), 'root') : machinePath(machine, '');
  }

  /** For a node whose machine was stopped. */
  forget(node: string): void {
    this.#machines.delete(node);
  }

  /** Follows a command's request, or one packet, through the lab: expectations of its way (engine/journey.ts). */
  async journey(options: JourneyOptions): Promise<LabJourney> {
    const { journey } = await import('./journey.ts');
    return journey(this, options);
  }

  /** Asks a check in the form that topology files have; throws when it is not true in time (engine/check.ts). */
  async check(check: Readonly<Record<string, unknown>>): Promise<CheckResult> {
    const { checkNow } = await import('./check.ts');
    return checkNow(this, check);
  }

  close(): void {
    this.store.close();
  }

  #overlays(node: string): string[] {
    const tops = this.operationsOf(node).flatMap((operation) =>
      operation.op === 'file' ? [`/${operation.path.split('/')[1] ?? ''}`] : [],
    );
    return [...new Set([...alwaysOverlaid, ...tops.filter((top) => top !== '/run')])];
  }
}

/** The PATH in nodes: the same whoever starts a lab. */
export const nodePath = [
  programDirectory,
  '/usr/local/sbin',
  '/usr/local/bin',
  '/usr/sbin',
  '/usr/bin',
  '/sbin',
  '/bin',
  '/usr/lib/frr',
].join(':');

/** `@node` and `@lab/…` of a command become this machine's Node and the project's lab directory. */
export const expandArgv = (argv: readonly string[]): string[] =>
  argv.map((word) =>
    word === '@node' ? process.execPath : word.startsWith('@lab/') ? path.join(projectDirectory, word.slice(1)) : word,
  );
