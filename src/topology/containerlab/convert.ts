/**
 * A containerlab file as a topology of ours. Pure: from a document's value to a value of the form that
 * topology/load.ts takes, with the way back from each of its parts to where it was written, so that every later problem
 * points into the file that people have. What cannot be the same here is a problem; what is left out is a note.
 */
import type { Path, Problem } from '../problem.ts';
import { suggestion } from '../suggest.ts';
import type { Lifted } from './commands.ts';
import { inherit } from './inherit.ts';
import { topKeys, topologyKeys } from './keys.ts';
import { convertLinks } from './links.ts';
import { labNameOf, nodeNames } from './names.ts';
import { type Sink, convertNode } from './nodes.ts';
import { entryOf, textOf } from './shape.ts';
import type { TextReader } from './variables.ts';

export interface Converted {
  /** Of the form of a topology file; files in it are relative to the containerlab file. */
  readonly value: Record<string, unknown>;
  readonly problems: readonly Problem[];
  readonly notes: readonly string[];
  /** The path in the containerlab file of a path in `value`, or of the nearest part around it. */
  readonly origin: (path: Path) => Path;
}

class Findings implements Sink {
  readonly problems = new Map<string, Problem>();
  readonly notes = new Set<string>();
  readonly origins = new Map<string, Path>();

  problem = (path: Path, message: string, hint?: string, aboutKey = false): void => {
    // What several nodes inherit is one mistake.
    this.problems.set(JSON.stringify([path, message]), { code: 'containerlab', path, message, hint, aboutKey });
  };
  note = (text: string): void => {
    this.notes.add(text);
  };
  origin = (ours: Path, theirs: Path): void => {
    this.origins.set(JSON.stringify(ours), theirs);
  };

  /** After some of a node's commands were taken out, those behind them have other places. */
  moved = (node: string, gone: ReadonlySet<number>, count: number): void => {
    const key = (index: number): string => JSON.stringify(['nodes', node, 'commands', index]);
    const kept = Array.from({ length: count }, (_, index) => index).filter((index) => !gone.has(index));
    const places = kept.map((index) => this.origins.get(key(index)));
    for (const [index, place] of places.entries()) if (place !== undefined) this.origins.set(key(index), place);
  };
}

const wayBack =
  (origins: ReadonlyMap<string, Path>) =>
  (path: Path): Path => {
    for (let length = path.length; length > 0; length -= 1) {
      const found = origins.get(JSON.stringify(path.slice(0, length)));
      if (found !== undefined) return found;
    }
    return path[0] === 'name' ? ['name'] : ['topology'];
  };

/** Hands out the addresses that commands give; those that two nodes would have stay with their commands. */
const lifter = (given: ReadonlyMap<string, readonly Lifted[]>) => {
  const plain = (address: string): string => address.split('/')[0] ?? '';
  const owners = Map.groupBy(
    [...given].flatMap(([, list]) => list.map(({ address }) => plain(address))),
    (address) => address,
  );
  const used = new Map<string, Set<number>>();
  const addresses = (node: string, name: string): string[] =>
    (given.get(node) ?? []).flatMap((one) => {
      if (one.interface !== name || owners.get(plain(one.address))?.length !== 1) return [];
      used.set(node, (used.get(node) ?? new Set()).add(one.index));
      return [one.address];
    });
  return { addresses, used };
};

/** Converts the value of a containerlab file; `reader` gives it the texts of `env-files`. */
export const fromContainerlab = (value: unknown, reader: TextReader = () => undefined): Converted => {
  const file = entryOf(value);
  const topology = entryOf(file['topology']);
  const found = new Findings();
  for (const key of Object.keys(file))
    if (!(topKeys as readonly string[]).includes(key))
      found.problem([key], `unknown key "${key}"`, suggestion(key, topKeys), true);
  for (const key of Object.keys(topology))
    if (!(topologyKeys as readonly string[]).includes(key))
      found.problem(['topology', key], `unknown key "${key}"`, suggestion(key, topologyKeys), true);
  if (file['mgmt'] !== undefined) found.note('mgmt is ignored: there is no management network, and no eth0 for it');
  if (file['settings'] !== undefined) found.note('settings is ignored: no certificates are made');
  if (file['prefix'] !== undefined) found.note('prefix is ignored: nodes are called by their own names');

  const written = Object.keys(entryOf(topology['nodes']));
  if (written.length === 0) found.problem(['topology'], 'there are no nodes');
  const names = nodeNames(written);
  const nodes: Record<string, Record<string, unknown>> = {};
  const macs = new Map<string, ReadonlyMap<string, string>>();
  const given = new Map<string, readonly Lifted[]>();
  for (const [theirs, ours] of [...names].toSorted(([a], [b]) => written.indexOf(a) - written.indexOf(b))) {
    const converted = convertNode(inherit(topology, theirs), ours, found, reader);
    if (converted === undefined) {
      names.delete(theirs);
      continue;
    }
    nodes[ours] = converted.entry;
    macs.set(ours, converted.macs);
    given.set(ours, converted.addresses);
  }
  const renamed = [...names].filter(([theirs, ours]) => theirs !== ours);
  if (renamed.length > 0)
    found.note(`names are written in small letters here: ${renamed.map((pair) => pair.join(' is ')).join(', ')}`);

  const speaksIp = (node: string): boolean => nodes[node]?.['kind'] !== 'switch';
  const lift = lifter(given);
  const context = { names, written, macs, speaksIp, addresses: lift.addresses };
  const { links, dummies } = convertLinks(topology, context, found);
  for (const [node, indices] of lift.used) {
    const commands = (nodes[node]?.['commands'] as unknown[] | undefined) ?? [];
    const left = commands.filter((_, index) => !indices.has(index));
    found.moved(node, indices, commands.length);
    if (nodes[node] !== undefined) nodes[node]['commands'] = left;
    if (left.length === 0) delete nodes[node]?.['commands'];
  }
  for (const [node, interfaces] of dummies) {
    const entry = nodes[node];
    const own = (entry?.['commands'] as unknown[] | undefined) ?? [];
    if (entry !== undefined)
      entry['commands'] = [
        ...interfaces.flatMap((name) => [
          ['ip', 'link', 'add', name, 'type', 'dummy'],
          ['ip', 'link', 'set', name, 'up'],
        ]),
        ...own,
      ];
  }
  const title = textOf(file['name']);
  if (title === undefined) found.problem([], 'the file has no name');
  const name = labNameOf(title ?? 'lab');
  if (title !== undefined && name !== title) found.note(`the lab ${title} is called ${name} here`);
  return {
    value: {
      name,
      ...(title === undefined || title === name ? {} : { title }),
      nodes,
      links,
    },
    problems: [...found.problems.values()],
    notes: [...found.notes],
    origin: wayBack(found.origins),
  };
};
