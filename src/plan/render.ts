/** Operations as commands that a person can paste, and as short text for progress and reasons. */
import type { FlowsOperation, Operation } from '../fragment/operation.ts';
import type { Question } from '../fragment/question.ts';
import { statelessText } from './stateless-nat.ts';

/** Where the plan's commands find a lab's namespaces: `ip netns exec <lab>-<node>`. */
export const namespaceName = (lab: string, node: string): string => `${lab}-${node}`;

/** A word as a POSIX shell reads it back unchanged. */
export const quote = (word: string): string =>
  /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
const shell = (argv: readonly string[]): string => argv.map(quote).join(' ');
const here = (command: string, text: string): string =>
  `${command} <<'END'\n${text.endsWith('\n') ? text : `${text}\n`}END`;
const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

/** What a command waits for, in a line. */
const awaited = (question: Question): string =>
  question.ask === 'command'
    ? shell(question.argv)
    : question.ask === 'learnt'
      ? 'a route of a routing protocol'
      : question.ask;

/** The commands of one operation. */
export const render = (operation: Operation, lab: string): string[] => {
  const ns = namespaceName(lab, operation.node);
  const inside = (argv: readonly string[]): string => shell(['ip', 'netns', 'exec', ns, ...argv]);
  const family = (address: string): string[] => (address.includes(':') ? ['-6'] : []);
  switch (operation.op) {
    case 'namespace':
      return [shell(['ip', 'netns', 'add', ns]), shell(['ip', '-n', ns, 'link', 'set', 'dev', 'lo', 'up'])];
    case 'veth': {
      const [left, right] = operation.ends;
      const end = (one: typeof left): string[] => [
        'name',
        one.name,
        'netns',
        namespaceName(lab, one.node),
        'address',
        one.mac,
        'mtu',
        `${operation.mtu}`,
      ];
      return [shell(['ip', 'link', 'add', ...end(left), 'type', 'veth', 'peer', ...end(right)])];
    }
    case 'bridge':
      return [
        shell(['ip', '-n', ns, 'link', 'add', 'name', operation.name, 'address', operation.mac, 'type', 'bridge']),
        shell(['ip', '-n', ns, 'link', 'set', 'dev', operation.name, 'up']),
      ];
    case 'interface':
      return [
        ...(operation.bridge === undefined
          ? []
          : [shell(['ip', '-n', ns, 'link', 'set', 'dev', operation.name, 'master', operation.bridge])]),
        ...(operation.offload ? [] : [inside(['ethtool', '-K', operation.name, 'tx', 'off'])]),
        shell(['ip', '-n', ns, 'link', 'set', 'dev', operation.name, 'up']),
      ];
    case 'tun':
      return [
        shell(['ip', '-n', ns, 'tuntap', 'add', 'dev', operation.name, 'mode', 'tun']),
        shell(['ip', '-n', ns, 'link', 'set', 'dev', operation.name, 'mtu', `${operation.mtu}`, 'up']),
      ];
    case 'address':
      return [
        shell([
          'ip',
          '-n',
          ns,
          'address',
          'add',
          operation.address,
          'dev',
          operation.interface,
          ...(operation.address.includes(':') ? ['nodad'] : []),
        ]),
      ];
    case 'sysctl':
      return [inside(['sysctl', '-qw', `${operation.key}=${operation.value}`])];
    case 'route':
      return [
        shell([
          'ip',
          ...family(operation.to),
          '-n',
          ns,
          'route',
          'add',
          ...(operation.blackhole === true ? ['blackhole'] : []),
          operation.to,
          ...(operation.via === undefined ? [] : ['via', operation.via]),
          ...(operation.dev === undefined ? [] : ['dev', operation.dev]),
          ...(operation.src === undefined ? [] : ['src', operation.src]),
          ...(operation.onlink === true ? ['onlink'] : []),
        ]),
      ];
    case 'firewall':
      return [
        here(
          inside([firewallProgram(operation, 'restore')]),
          [`*${operation.table}`, ...operation.rules, 'COMMIT'].join('\n'),
        ),
      ];
    case 'stateless-nat':
      return [
        `# in ${operation.node}, by netlink: addresses in what ICMP errors quote too, for which nft has no word`,
        ...([4, 6] as const).flatMap((family) => {
          const text = statelessText(operation, family);
          return text.length === 0 ? [] : [here(inside(['nft', '-f', '-']), text.join('\n'))];
        }),
      ];
    case 'file':
      return operation.path.endsWith('/')
        ? [`# in ${operation.node}: install -d -m ${octal(operation.mode)} ${quote(operation.path)}`]
        : [here(`# in ${operation.node}: cat > ${quote(operation.path)}`, operation.content)];
    case 'openvswitch':
      return [
        `# in ${operation.node}: ovsdb-server and ovs-vswitchd of its own, datapath ${operation.datapath}`,
        ...(operation.before === undefined
          ? []
          : [
              `# before ovs-vswitchd starts anew: ${operation.before.down.map((name) => `ip link set ${name} down`).join('; ')}`,
            ]),
        inside([
          'ovs-vsctl',
          ...operation.commands.flatMap((command, index) => (index === 0 ? [...command] : ['--', ...command])),
        ]),
      ];
    case 'flows':
      return [
        here(inside(flowsArguments(operation)), flowsText(operation)),
        ...(operation.opens ?? []).map((name) => inside(['ip', 'link', 'set', name, 'up'])),
      ];
    case 'process':
      return [
        `# in ${operation.node}, in the background: ${shell(operation.argv)}`,
        ...(operation.configure === undefined
          ? []
          : [inside(['vtysh', '-d', operation.name, '-f', operation.configure.file])]),
      ];
    case 'command':
      return [
        ...(operation.after ?? []).map(
          ({ question, within }) => `# after, for at most ${within} s: ${awaited(question)}`,
        ),
        inside(operation.argv),
      ];
    case 'impairment':
      return [inside(['tc', ...impairmentArguments(operation, 'replace')])];
  }
};

/**
 * The command that sets all flows of a bridge, in one bundle: a packet meets the old ones or the new ones, and never a
 * mixture. `replace-flows` leaves alone what stands already, with its counters, but knows nothing of groups; where there are
 * groups, all is taken away and put in again, in the order in which a flow finds its group (ovs-ofctl(8), "bundle").
 */
export const flowsArguments = ({ bridge, groups }: FlowsOperation): string[] => [
  ...['ovs-ofctl', '-O', 'OpenFlow15'],
  ...(groups === undefined ? ['--bundle', 'replace-flows', bridge, '-'] : ['bundle', bridge, '-']),
];

/** What that command reads. */
export const flowsText = ({ flows, groups }: FlowsOperation): string =>
  (groups === undefined
    ? flows
    : [
        'group delete',
        'flow delete',
        ...groups.map((group) => `group add ${group}`),
        ...flows.map((flow) => `flow add ${flow}`),
      ]
  ).join('\n');

/** The program that reads or writes a family's tables: today's form of iptables, or the older one (`legacy`). */
export const firewallProgram = (
  { family, legacy }: { readonly family: 4 | 6; readonly legacy?: boolean | undefined },
  verb: 'restore' | 'save',
): string => `${family === 4 ? 'iptables' : 'ip6tables'}-${legacy === true ? 'legacy-' : ''}${verb}`;

/** Arguments of tc(8) for a netem queueing discipline. */
export const impairmentArguments = (
  operation: {
    readonly interface: string;
    readonly rate?: number | undefined;
    readonly delay?: number | undefined;
    readonly jitter?: number | undefined;
    readonly loss?: number | undefined;
  },
  verb: 'replace' | 'add',
): string[] => [
  'qdisc',
  verb,
  'dev',
  operation.interface,
  'root',
  'netem',
  ...(operation.delay === undefined ? [] : ['delay', `${operation.delay}ms`]),
  ...(operation.delay === undefined || operation.jitter === undefined ? [] : [`${operation.jitter}ms`]),
  ...(operation.loss === undefined ? [] : ['loss', `${operation.loss * 100}%`]),
  ...(operation.rate === undefined ? [] : ['rate', `${operation.rate}bit`]),
];

/** What an operation is about, in a few words: for reasons and messages. */
export const summarize = (operation: Operation): string => {
  switch (operation.op) {
    case 'namespace':
      return `namespace ${operation.node}`;
    case 'veth':
      return `link ${operation.ends.map((end) => `${end.node}:${end.name}`).join(' - ')}`;
    case 'bridge':
    case 'tun':
    case 'interface':
      return `${operation.op} ${operation.node}:${operation.name}`;
    case 'address':
      return `address ${operation.address} on ${operation.node}:${operation.interface}`;
    case 'sysctl':
      return `sysctl ${operation.key} of ${operation.node}`;
    case 'route':
      return `route ${operation.to} of ${operation.node}`;
    case 'firewall':
      return `table ${operation.table} (IPv${operation.family}) of ${operation.node}`;
    case 'stateless-nat':
      return `stateless translation of ${operation.node}`;
    case 'file':
      return `file ${operation.path} of ${operation.node}`;
    case 'openvswitch':
      return `Open vSwitch of ${operation.node}`;
    case 'flows':
      return `flows of ${operation.node}:${operation.bridge}`;
    case 'process':
      return `${operation.name} of ${operation.node}`;
    case 'command':
      return `command "${operation.argv.join(' ')}" of ${operation.node}`;
    case 'impairment':
      return `impairment of ${operation.node}:${operation.interface}`;
  }
};
