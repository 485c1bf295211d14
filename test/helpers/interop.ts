/**
 * Topology tests as data: what a case looks like, and how it becomes a topology of ours. FRR's own cases are not part of
 * the project, they are read from a directory beside it where there is one; those in test/interop/cases are ours.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { projectDirectory } from '../../src/engine/paths.ts';
import { frrDaemons } from '../../src/features/frr/daemons.ts';
import { nodeNames } from '../../src/topology/containerlab/names.ts';

/** Where others' cases are, or would be: XIYOU_CORPUS, or ../shared/corpus beside the project. */
export const corpus = path.resolve(process.env['XIYOU_CORPUS'] ?? path.join(projectDirectory, '../shared/corpus'));

export interface Check {
  readonly node: string;
  /** A show command of FRR's, else a line for the node's shell. */
  readonly cmd: string;
  /** A file of the case, or the expected value itself: a text with line breaks, or JSON that is no text. */
  readonly expect: unknown;
  readonly cmp: 'json-subset' | 'json-exact' | 'text';
  /** Seconds. */
  readonly timeout: number;
  /** Regular expressions of what may differ. */
  readonly mask?: readonly string[];
  /** Regular expressions: only the lines that match one count. */
  readonly only?: readonly string[];
  /** The answer must come to be another than the expected one. */
  readonly differs?: boolean;
}

type At = readonly [node: string, what: string];
type Lines = readonly [node: string, ...lines: string[]];

/** What a step does first. The first two are lines for the node's shell and for vtysh, in this order. */
export type Act =
  | { readonly exec: Lines }
  | { readonly vtysh: Lines }
  /** An interface loses its carrier because the far end goes down. */
  | { readonly peerLinkDown: At }
  | { readonly peerLinkUp: At }
  /** The interface itself. */
  | { readonly linkDown: At }
  | { readonly linkUp: At }
  /** A daemon: without a farewell; again, with its file; both. */
  | { readonly kill: At }
  | { readonly start: At }
  | { readonly restart: At };

export interface Case {
  readonly name: string;
  readonly story?: string;
  /** Node -> daemon -> its file; `frr` is an integrated file. Without any, zebra and staticd run. */
  readonly nodes: Readonly<Record<string, { readonly daemons?: Readonly<Record<string, string | null>> } | null>>;
  readonly nets: readonly { readonly net: string; readonly members: readonly (readonly [string, string])[] }[];
  readonly steps: readonly {
    readonly name: string;
    readonly act?: readonly Act[];
    readonly checks?: readonly Check[];
  }[];
}

/** The cases of a directory, by name. */
export const casesIn = (directory: string): string[] =>
  existsSync(directory)
    ? readdirSync(directory)
        .filter((name) => existsSync(path.join(directory, name, 'case.json')))
        .sort()
    : [];

export const readCase = (directory: string): Case =>
  JSON.parse(readFileSync(path.join(directory, 'case.json'), 'utf8')) as Case;

/** The case's names as ours: those of nodes, and of the nodes that stand for segments. */
export class CaseNames {
  readonly #nodes: ReadonlyMap<string, string>;
  readonly #nets: ReadonlyMap<string, string>;
  readonly #case: Case;
  constructor(given: Case) {
    this.#case = given;
    const net = (name: string): string => `net ${name}`;
    const all = nodeNames([...Object.keys(given.nodes), ...given.nets.map((one) => net(one.net))]);
    this.#nodes = all;
    this.#nets = new Map(given.nets.map((one) => [one.net, all.get(net(one.net)) ?? one.net]));
  }

  node(name: string): string {
    const found = this.#nodes.get(name);
    if (found === undefined || !Object.hasOwn(this.#case.nodes, name)) throw new Error(`the case has no node ${name}`);
    return found;
  }

  net(name: string): string {
    return this.#nets.get(name) ?? name;
  }

  /** The segment's node that an interface hangs on: with the port there cut, the interface has no carrier. */
  netOf([node, port]: At): string {
    const net = this.#case.nets.find(({ members }) => members.some((one) => one[0] === node && one[1] === port));
    if (net === undefined) throw new Error(`${node}:${port} is in no segment`);
    return this.net(net.net);
  }
}

/** A node's files under the keys of `frr:`; one integrated file may be named for several daemons. */
const filesOf = (daemons: Readonly<Record<string, string | null>>, directory: string): Record<string, unknown> => {
  const known: readonly string[] = frrDaemons;
  const integrated = Object.entries(daemons).filter(
    ([daemon, file]) => daemon === 'frr' || (file !== null && path.basename(file) === 'frr.conf'),
  );
  const own = Object.entries(daemons).filter((entry) => !integrated.some(([daemon]) => daemon === entry[0]));
  const [config] = new Set(integrated.map(([, file]) => file));
  const named = integrated.flatMap(([daemon]) => (daemon === 'frr' ? [] : [daemon]));
  for (const daemon of Object.keys(daemons))
    if (daemon !== 'frr' && !known.includes(daemon)) throw new Error(`${daemon} is not a daemon of FRR 8.4`);
  const started = [...named, ...own.map(([daemon]) => daemon)].map((daemon) => `${daemon}=yes\n`).join('');
  return {
    ...(config === undefined || config === null ? {} : { config: path.join(directory, config) }),
    // Daemons of an integrated file run as the case says; a file of a daemon's own says by being there.
    ...(named.length === 0 ? {} : { daemons: { text: started } }),
    ...Object.fromEntries(
      own.map(([daemon, file]) => [
        daemon,
        file === null || file === '' ? { text: '', file: daemon } : path.join(directory, file),
      ]),
    ),
  };
};

/** The case as a topology of ours, with FRR's files as they are. Every segment is a switch, so that its ports can be cut. */
export const topologyOf = (name: string, given: Case, directory: string): unknown => {
  const names = new CaseNames(given);
  return {
    name,
    nodes: Object.fromEntries([
      ...Object.entries(given.nodes).map(([node, entry]) => [
        names.node(node),
        {
          kind: 'router',
          loopback: [],
          // What FRR announces of itself: its own tests' nodes have capitals in their names.
          ...(names.node(node) === node ? {} : { hostname: node }),
          // FRR's own tests have lines that FRR does not take; they go on without them, and so do we.
          frr: { refused: 'note', ...filesOf(entry?.daemons ?? {}, directory) },
        },
      ]),
      // A report of a member would go to routers' ports only, before the switch has heard of any router.
      ...given.nets.map(({ net }) => [
        names.net(net),
        { kind: 'switch', commands: [['ip', 'link', 'set', 'br0', 'type', 'bridge', 'mcast_snooping', '0']] },
      ]),
    ]),
    links: given.nets.flatMap(({ net, members }) =>
      members.map(([node, port]) => ({
        endpoints: [{ node: names.node(node), interface: port, addresses: [] }, names.net(net)],
      })),
    ),
  };
};
