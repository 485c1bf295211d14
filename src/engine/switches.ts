/** Open vSwitch of a node: its two daemons, the one transaction that makes its bridges and ports, and all flows of a bridge. */
import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { uptime } from 'node:os';
import type { FlowsOperation, SwitchOperation } from '../fragment/operation.ts';
import { interfaceIndex } from '../kernel/device.ts';
import { setInterface } from '../kernel/link-change.ts';
import { runIn } from '../kernel/process.ts';
import { until } from '../kernel/wait.ts';
import { operationKey } from '../plan/difference.ts';
import { flowsArguments, flowsText } from '../plan/render.ts';
import { startProcess } from './daemons.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import type { Work } from './work.ts';

/**
 * Seconds for so many commands on a busy machine, or one without KVM: the switch opens ports one after the other, some
 * tens of milliseconds each.
 */
const patience = (commands: number): number => 30 + Math.ceil(commands / 10);

const ovsSchema = '/usr/share/openvswitch/vswitch.ovsschema';

/** What is done before ovs-vswitchd starts. A device that is not there yet will be made down. */
const prepare = async (lab: Lab, { node, before }: SwitchOperation): Promise<void> => {
  if (before === undefined) return;
  const { netlink } = lab.store.handle(node);
  for (const name of before.down) if (interfaceIndex(netlink, name) !== undefined) setInterface(netlink, name, false);
  if (before.commands.length > 0)
    await runIn(lab.place(node), [
      ...['ovs-vsctl', '--no-wait', '--timeout=10'],
      ...before.commands.flatMap((command) => ['--', ...command]),
    ]);
};

/** The ports that interfaces are of: themselves, or the bond that they are members of. */
const portsOf = (names: readonly string[], { bonds = {} }: SwitchOperation): string[] => [
  ...new Set(names.map((name) => Object.keys(bonds).find((bond) => bonds[bond]?.includes(name) === true) ?? name)),
];

/**
 * Seconds after the boot before which Open vSwitch must not make a bridge in the kernel's datapath. Until then 3.0.1 to 3.1.0
 * count no processors, start no thread for packets that the kernel asks about, and go on without for good: every packet
 * that needs a flow is lost. Mended in 3.1.1 ("ovs-thread: Fix cpus not read for the first 10s"); Debian 12 has 3.1.0.
 */
const countsProcessors = 10;

/** Resolves when the machine is up that long. */
const waitForProcessors = async (signal: AbortSignal | undefined): Promise<void> => {
  await until(() => uptime() >= countsProcessors || signal?.aborted === true, (countsProcessors + 1) * 1000);
};

/**
 * ovsdb-server and ovs-vswitchd of the node where they do not run yet, then the one transaction. A switch that ran
 * before holds its ports by number: those that were made anew are taken out first, and come in again under their name.
 */
export const setSwitch = async (
  lab: Lab,
  operation: SwitchOperation,
  { running, made, signal }: Work,
): Promise<void> => {
  const { node } = operation;
  const key = operationKey(operation);
  const place = await lab.insideMachine(node);
  const run = '/run/openvswitch';
  // Not in /etc/openvswitch: Debian's is a link to the machine's own database in /var/lib.
  const database = `${run}/conf.db`;
  const quiet = ['--no-chdir', '-vconsole:warn', '-vsyslog:off', '-vfile:off'];
  mkdirSync(locate(lab.rootOf(node), run), { recursive: true });
  if (!existsSync(locate(lab.rootOf(node), database)))
    await runIn(place, ['ovsdb-tool', 'create', database, ovsSchema]);
  if (!running.has(`${key} ovsdb-server`)) {
    await startProcess(
      lab,
      {
        node,
        name: 'ovsdb-server',
        argv: [
          'ovsdb-server',
          database,
          `--remote=punix:${run}/db.sock`,
          `--pidfile=${run}/ovsdb-server.pid`,
          ...quiet,
        ],
        ready: `${run}/db.sock`,
      },
      key,
      signal,
    );
    // Its socket has a name a moment before it listens.
    await runIn(place, ['ovs-vsctl', '--retry', '--timeout=10', '--no-wait', 'init']);
  }
  if (!running.has(`${key} ovs-vswitchd`)) {
    await prepare(lab, operation);
    await startProcess(
      lab,
      {
        node,
        name: 'ovs-vswitchd',
        argv: ['ovs-vswitchd', `unix:${run}/db.sock`, `--pidfile=${run}/ovs-vswitchd.pid`, ...quiet],
        ready: `${run}/ovs-vswitchd.pid`,
      },
      key,
      signal,
    );
  }
  if (operation.datapath === 'system') await waitForProcessors(signal);
  const stale = running.has(`${key} ovs-vswitchd`)
    ? [...made].flatMap((name) => (name.startsWith(`${node}:`) ? [name.slice(node.length + 1)] : []))
    : [];
  if (stale.length > 0)
    await runIn(place, [
      'ovs-vsctl',
      `--timeout=${patience(2 * stale.length)}`,
      ...portsOf(stale, operation).flatMap((name) => ['--', '--if-exists', 'del-port', name]),
    ]);
  await runIn(place, [
    'ovs-vsctl',
    `--timeout=${patience(operation.commands.length)}`,
    ...operation.commands.flatMap((command, index) => (index === 0 ? [...command] : ['--', ...command])),
    // ovs-vsctl waits for ovs-vswitchd only when something has changed; one that was started anew is to be waited for.
    ...['--', 'set', 'Open_vSwitch', '.', `external-ids:xiyou-up=${randomUUID()}`],
  ]);
  if (stale.length === 0) return;
  // ovs-vswitchd closes the devices that went when it comes to it, and then sets the flags of their names, which new
  // devices have by now, to what they were: down. With its answer to a question that round is over.
  await runIn(place, ['ovs-appctl', 'version']);
  for (const name of stale) setInterface(lab.store.handle(node).netlink, name, true);
};

/** All flows and groups of a bridge. Groups of an earlier plan, which no flow uses any more, go too. */
export const setFlows = async (lab: Lab, operation: FlowsOperation, { running }: Work): Promise<void> => {
  const place = lab.place(operation.node);
  await runIn(place, flowsArguments(operation), { input: `${flowsText(operation)}\n` });
  const before = operation.groups === undefined && [...running].some((key) => key.endsWith(' ovs-vswitchd'));
  if (before) await runIn(place, ['ovs-ofctl', '-O', 'OpenFlow15', 'del-groups', operation.bridge]);
  for (const name of operation.opens ?? []) setInterface(lab.store.handle(operation.node).netlink, name, true);
};
