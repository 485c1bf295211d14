/**
 * Fingerprints of what netlink cannot show: firewall tables, OVS bridges and flows. What stands is read back right
 * after it was set; as long as it still reads the same, nothing has to be done.
 */
import { createHash } from 'node:crypto';
import type {
  FirewallOperation,
  FlowsOperation,
  Operation,
  StatelessNatOperation,
  SwitchOperation,
} from '../fragment/operation.ts';
import { runIn } from '../kernel/process.ts';
import { firewallProgram } from '../plan/render.ts';
import { statelessNatLines } from '../kernel/stateless-nat.ts';
import type { Lab } from './lab.ts';

export type Fingerprinted = FirewallOperation | StatelessNatOperation | FlowsOperation | SwitchOperation;
export const isFingerprinted = (operation: Operation): operation is Fingerprinted =>
  operation.op === 'firewall' ||
  operation.op === 'stateless-nat' ||
  operation.op === 'flows' ||
  operation.op === 'openvswitch';

const hash = (lines: readonly string[]): string =>
  createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16);

/** Rules without comments (they hold the time) and counters of chains. */
const firewallLines = (text: string): string[] =>
  text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/ \[\d+:\d+\]$/u, ''));

/** Rows of a table of ovs-vsctl, whose order means nothing. */
const tableRows = (text: string): string[] =>
  (JSON.parse(text) as { data: unknown[] }).data.map((row) => JSON.stringify(row)).sort();

/** Milliseconds that a question may take; a switch that is not well may never answer. */
const questionTimeout = 10_000;

/** What stands now, or undefined when it cannot be read (its daemon is not there, or does not answer). */
export const fingerprint = async (lab: Lab, operation: Fingerprinted): Promise<string | undefined> => {
  const read = async (argv: readonly string[]): Promise<string | undefined> => {
    const result = await runIn(lab.place(operation.node), argv, { anyExit: true, timeout: questionTimeout }).catch(
      () => undefined,
    );
    return result?.exitCode === 0 ? result.stdout : undefined;
  };
  switch (operation.op) {
    case 'firewall': {
      const text = await read([firewallProgram(operation, 'save'), '-t', operation.table]);
      return text === undefined ? undefined : hash(firewallLines(text));
    }
    case 'stateless-nat':
      return hash(lab.store.within(operation.node, statelessNatLines));
    case 'flows': {
      const dump = async (what: readonly string[]): Promise<string[] | undefined> =>
        (await read(['ovs-ofctl', '-O', 'OpenFlow15', '--no-names', ...what, operation.bridge]))
          ?.split('\n')
          .map((line) => line.trim())
          .sort();
      const flows = await dump(['--no-stats', 'dump-flows']);
      const groups = operation.groups === undefined ? [] : await dump(['dump-groups']);
      return flows === undefined || groups === undefined ? undefined : hash([...flows, ...groups]);
    }
    case 'openvswitch': {
      const text = await read([
        'ovs-vsctl',
        '--timeout=30',
        '--format=json',
        '--columns=name,type,options,ofport_request',
        'list',
        'Interface',
      ]);
      return text === undefined ? undefined : hash(tableRows(text));
    }
  }
};
