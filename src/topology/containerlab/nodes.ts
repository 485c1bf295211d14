/** One node of a containerlab file as one of ours. */
import { suggestion } from '../suggest.ts';
import type { Path } from '../problem.ts';
import { readBinds, withMoved } from './binds.ts';
import { type Lifted, addressesOfCommands, macOfCommand } from './commands.ts';
import { roleOf } from './images.ts';
import { type InheritedNode, items, mapping, nearest } from './inherit.ts';
import { knownKinds, nodeKeys } from './keys.ts';
import { textOf } from './shape.ts';
import { stageCommands } from './stages.ts';
import { type TextReader, readVariables } from './variables.ts';
import { words } from './words.ts';

/** Where the conversion of a node leaves what it finds. */
export interface Sink {
  readonly problem: (path: Path, message: string, hint?: string, aboutKey?: boolean) => void;
  readonly note: (text: string) => void;
  /** Says where a part of our document comes from. */
  readonly origin: (ours: Path, theirs: Path) => void;
}

export interface ConvertedNode {
  readonly entry: Record<string, unknown>;
  /** Interface -> the MAC address that the node's own commands give it. */
  readonly macs: ReadonlyMap<string, string>;
  /** Addresses that the first of its commands give, and which of `entry.commands` does. */
  readonly addresses: readonly Lifted[];
}

/** Kinds that are someone's product have a vendor's name before an underscore, as nokia_srlinux; some are older. */
const otherKind = (kind: string): string =>
  kind === 'host' || kind === 'ext-container'
    ? `kind ${kind} joins the lab with the machine, and labs here stand alone`
    : `kind ${kind} needs an image that this machine does not run`;

/** What a linux node is here: by its image, or by the label that says it for an image nobody knows. */
const role = (node: InheritedNode, sink: Sink): 'router' | 'host' | 'switch' | undefined => {
  const kind = textOf(node.kind?.value);
  if (kind === undefined) {
    sink.problem(node.path, `${node.name} has no kind`, `one of: ${knownKinds.join(', ')}`);
    return undefined;
  }
  if (kind === 'bridge' || kind === 'ovs-bridge') {
    if (kind === 'ovs-bridge') sink.note(`${node.name}: an ovs-bridge is a Linux bridge here; it has no flows`);
    return 'switch';
  }
  if (!(knownKinds as readonly string[]).includes(kind)) {
    const near = suggestion(kind, knownKinds);
    const hint = near?.startsWith('did') === true ? near : `kinds that run here: ${knownKinds.join(', ')}`;
    sink.problem(node.kind?.path ?? node.path, otherKind(kind), hint);
    return undefined;
  }
  const label = textOf(mapping(node, 'labels').get('xiyou-kind')?.value);
  if (label === 'host' || label === 'router') return label;
  const image = nearest(node, 'image');
  const name = textOf(image?.value);
  if (kind === 'frr') return 'router';
  if (name === undefined || image === undefined) {
    sink.problem(node.path, `${node.name} has no image`, 'an image of FRR makes a router, a plain Linux a host');
    return undefined;
  }
  const found = roleOf(name);
  if (found === undefined)
    sink.problem(
      image.path,
      `image ${name} is not one of FRR nor a plain Linux, and images do not run here`,
      'if the programs of this machine are enough for the node, add labels: {xiyou-kind: host} (or router)',
    );
  else sink.note(`${name} stands for ${found === 'router' ? 'the FRR' : 'the programs'} of this machine`);
  return found;
};

/** Keys that are refused, noted or unknown, wherever the node inherits them from. */
const judgeKeys = (node: InheritedNode, sink: Sink): void => {
  for (const { entry, path } of node.levels) {
    for (const [key, value] of Object.entries(entry)) {
      const [fate, why = ''] = nodeKeys[key] ?? [undefined];
      const at = [...path, key];
      const empty = value === null || (Array.isArray(value) && value.length === 0);
      if (fate === undefined) sink.problem(at, `unknown key "${key}"`, suggestion(key, Object.keys(nodeKeys)), true);
      else if (fate === 'refused' && !empty) sink.problem(at, `${key} is not possible here: ${why}`, undefined, true);
      else if (fate === 'noted') sink.note(`${key} is ignored: ${why}`);
    }
  }
  const mode = nearest(node, 'network-mode');
  const word = textOf(mode?.value);
  if (mode !== undefined && word !== 'none' && word !== 'bridge')
    sink.problem(mode.path, `network-mode ${word ?? ''} is not possible here: every node has a network of its own`);
  const certificate = mapping(node, 'certificate').get('issue');
  if (certificate !== undefined && textOf(certificate.value) !== 'false')
    sink.problem(certificate.path, 'no certificates are made for nodes of other labs');
};

/** Commands that only keep a container from ending. */
const idle = /^(?:(?:\/usr)?\/bin\/)?(?:sleep (?:infinity|inf|\d+)|tail -f \/dev\/null|(?:ba|a|da)?sh|cat)$/u;

/** `cmd` and `entrypoint`: what the container runs, unless it is only there to keep it alive. */
const program = (node: InheritedNode, sink: Sink): string[] | undefined => {
  const parts = ['entrypoint', 'cmd'].flatMap((key): { text: string; path: Path }[] => {
    const written = nearest(node, key);
    const text = textOf(written?.value);
    return written === undefined || text === undefined ? [] : [{ text, path: written.path }];
  });
  const [first] = parts;
  const line = parts.map(({ text }) => text).join(' ');
  if (first === undefined || idle.test(line.trim())) return undefined;
  const argv = words(line);
  if (argv === undefined || argv.length === 0) sink.problem(first.path, 'a quote is not closed');
  return argv;
};

/** The commands of stages and of `exec`, in the order of their levels. */
const commandsOf = (node: InheritedNode, magic: (text: string) => string, sink: Sink) =>
  [...stageCommands(node, sink), ...items(node, 'exec')].flatMap((written): { argv: string[]; path: Path }[] => {
    const argv = words(magic(textOf(written.value) ?? ''));
    if (argv === undefined) {
      sink.problem(written.path, 'a quote is not closed');
      return [];
    }
    return argv.length === 0 ? [] : [{ argv, path: written.path }];
  });

/** Variables of `env-files`, then of `env`, as `NAME=text`; the nearest wins. */
const environmentOf = (
  node: InheritedNode,
  magic: (text: string) => string,
  sink: Sink,
  reader: TextReader,
): string[] => {
  const found = new Map<string, string>();
  for (const { value, path } of items(node, 'env-files')) {
    const file = magic(textOf(value) ?? '');
    const text = reader(file);
    if (text === undefined) sink.problem(path, `cannot read ${file}`);
    else for (const [key, own] of readVariables(text)) found.set(key, own);
  }
  for (const [key, { value }] of mapping(node, 'env')) found.set(key, magic(textOf(value) ?? ''));
  return [...found].map((pair) => pair.join('='));
};

/** Converts a node; undefined when it cannot be, and `sink` was told why. */
export const convertNode = (
  node: InheritedNode,
  name: string,
  sink: Sink,
  reader: TextReader,
): ConvertedNode | undefined => {
  judgeKeys(node, sink);
  const kind = role(node, sink);
  if (kind === undefined) return undefined;
  const at: Path = ['nodes', name];
  const hostname = textOf(nearest(node, 'hostname')?.value) ?? node.name;
  const title = {
    ...(name === node.name ? {} : { title: node.name }),
    ...(hostname === name ? {} : { hostname }),
  };
  sink.origin(at, node.path);
  if (kind === 'switch') return { entry: { kind, ...title }, macs: new Map(), addresses: [] };

  const magic = (text: string): string => text.replaceAll('__clabNodeName__', node.name);
  const problem = (path: Path, message: string, hint?: string): void => sink.problem(path, message, hint);
  const written = items(node, 'binds').map(({ value, path }) => ({ value: magic(textOf(value) ?? ''), path }));
  const binds = readBinds(written, { router: kind === 'router', problem, note: sink.note });
  const moved = (text: string): string => withMoved(magic(text), binds.moved);
  const env = environmentOf(node, magic, sink, reader);
  const withEnv = (line: readonly string[]): readonly string[] => (env.length === 0 ? line : ['env', ...env, ...line]);
  const commands = commandsOf(node, moved, sink);
  const argv = program(node, sink)?.map(moved);
  const sysctls = [...mapping(node, 'sysctls')].map(([key, { value }]) => [key, textOf(value) ?? ''] as const);
  for (const [key, { from, path }] of binds.frr) {
    sink.origin([...at, 'frr', key], path);
    if (/__clab/u.test(from)) sink.problem(path, `${from}: only __clabNodeName__ is known here`);
  }
  for (const [index, file] of binds.files.entries()) sink.origin([...at, 'files', index], file.at);
  for (const [index, command] of commands.entries()) sink.origin([...at, 'commands', index], command.path);

  // A container forwards IPv4, as Docker sets it for the machine and every namespace takes over.
  const forwards = kind === 'host' ? [['net.ipv4.ip_forward', '1'] as const] : [];
  const allSysctls = Object.fromEntries([...forwards, ...sysctls]);
  const entry = {
    kind,
    ...title,
    ...(kind === 'router'
      ? { loopback: [], frr: Object.fromEntries([...binds.frr].map(([key, { from }]) => [key, from])) }
      : { gateway: 'none' }),
    ...(Object.keys(allSysctls).length === 0 ? {} : { sysctls: allSysctls }),
    ...(binds.files.length === 0 ? {} : { files: binds.files.map(({ path, from }) => ({ path, from })) }),
    ...(argv === undefined
      ? {}
      : {
          processes: [
            {
              name: 'cmd',
              argv,
              ...(env.length === 0
                ? {}
                : { env: Object.fromEntries(env.map((text) => text.split(/=(.*)/su).slice(0, 2))) }),
            },
          ],
        }),
    ...(commands.length === 0
      ? {}
      : { commands: commands.map((command) => ({ run: withEnv(command.argv), 'may-fail': true })) }),
  };
  const macs = new Map(
    commands.flatMap(({ argv: line }) => {
      const found = macOfCommand(line);
      return found === undefined ? [] : [found];
    }),
  );
  return { entry, macs, addresses: addressesOfCommands(commands.map((command) => command.argv)) };
};
