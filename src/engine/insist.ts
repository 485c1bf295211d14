/**
 * What a topology insists on although something else could take its place, held against what the kernel can do: said with
 * the place in the file, before anything is touched.
 */
import { XiyouError } from '../errors.ts';
import { type Ability, kernelHas } from '../kernel/capabilities.ts';
import { filtersPorts } from '../kinds/hypervisor/overlay.ts';
import { type Locate, type Path, type Problem, locateProblems, problemLines } from '../topology/problem.ts';
import type { Node, Topology } from '../topology/topology.ts';

/** A key whose value leaves no choice. */
interface Insistence {
  /** Below the node's entry. */
  readonly path: Path;
  /** The value that insists; any that is not an empty list, when left out. */
  readonly value?: string;
  readonly ability: Ability;
  /** Of which nodes; all, when left out. */
  readonly when?: (node: Node, topology: Topology) => boolean;
  readonly message: (node: Node) => string;
  readonly hint: string;
}

const insistences: readonly Insistence[] = [
  {
    path: ['datapath'],
    value: 'kernel',
    ability: 'openvswitch',
    message: ({ name }) => `${name} wants Open vSwitch's kernel datapath, and this kernel has none`,
    hint: 'modprobe openvswitch; or datapath: auto, which takes the one in user space where there is no other',
  },
  {
    path: ['datapath'],
    value: 'kernel',
    ability: 'zones',
    when: filtersPorts,
    message: ({ name }) =>
      `${name} keeps security groups in Open vSwitch's datapath in the kernel, and this kernel's connection tracker has no zones`,
    hint: 'a kernel with CONFIG_NF_CONNTRACK_ZONES; or datapath: auto, which takes the one in user space there',
  },
  {
    path: ['nat', 'stateless'],
    ability: 'stateless-nat',
    message: ({ name }) =>
      `${name} translates without connection tracking, and this kernel's nftables cannot, or is not there`,
    hint: 'modprobe nf_tables nft_ct; or use nat.floating, with one gateway for both directions',
  },
  {
    path: ['epc', 'dataPath'],
    value: 'bpf',
    ability: 'bpf',
    message: ({ name }) => `${name} wants programs in the kernel to carry packets, and this kernel takes none`,
    hint: 'a kernel with CONFIG_BPF_SYSCALL and sch_ingress (clsact); or dataPath: auto, which takes threads there',
  },
];

const valueAt = (value: unknown, path: Path): unknown =>
  path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? (at as Record<string | number, unknown>)[step] : undefined),
    value,
  );

/** Of a resolved node: its kind's settings, or a feature's. */
const settingOf = (node: Node, path: Path): unknown => valueAt(path.length === 1 ? node.settings : node.features, path);

const insists = (setting: unknown, value: string | undefined): boolean =>
  value === undefined ? Array.isArray(setting) && setting.length > 0 : setting === value;

/** Where a topology is written: the value of its document, and where each part of that stands. */
export interface Written {
  readonly value: unknown;
  readonly locate: Locate;
}

/** The path in the file: at the node, or in the defaults of its kind. */
const pathOf = (node: Node, below: Path, written: Written | undefined): Path => {
  const own = ['nodes', node.name, ...below];
  const general = ['defaults', node.kind, ...below];
  const isThere = (path: Path): boolean => valueAt(written?.value, path) !== undefined;
  return !isThere(own) && isThere(general) ? general : own;
};

/** Only root can ask the kernel, so without root nothing is said. */
const has = (ability: Ability): boolean => process.getuid?.() !== 0 || kernelHas(ability);

/**
 * Throws when this kernel lacks what the topology insists on.
 *
 * @throws XiyouError not-possible-here, with every such line of the file
 */
export const requireInsisted = (
  topology: Topology,
  file: string,
  written: Written | undefined,
  kernel: (ability: Ability) => boolean = has,
): void => {
  const problems = topology.nodes.flatMap((node) =>
    insistences
      .filter(
        ({ path, value, ability, when }) =>
          insists(settingOf(node, path), value) && !kernel(ability) && when?.(node, topology) !== false,
      )
      .map((one): Problem => ({
        code: 'not-possible-here',
        path: pathOf(node, one.path, written),
        message: one.message(node),
        hint: one.hint,
      })),
  );
  // What stands in the defaults is said once, not for each node.
  const each = [...Map.groupBy(problems, ({ path, hint }) => JSON.stringify([path, hint])).values()].flatMap((same) =>
    same.slice(0, 1),
  );
  const located = locateProblems(each, file, written?.locate ?? (() => undefined));
  const [first] = located;
  if (first === undefined) return;
  const { position } = first;
  throw new XiyouError('not-possible-here', `${file} asks for what this kernel cannot do`, {
    where: position === undefined ? file : `${file}:${position.line}:${position.column}`,
    details: located.flatMap(problemLines),
    hint: 'xiyou doctor says what this kernel can do, and what takes the place of what it cannot',
  });
};
