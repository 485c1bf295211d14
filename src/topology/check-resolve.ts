/**
 * From a check as written to one that can be asked: what it states follows from its keys, names become addresses, and
 * everything that could never be true or never be asked in this lab is a problem with its place.
 */
import { parseAddress, formatAddress } from '../address/ip.ts';
import {
  type AsPathStatement,
  type Check,
  type CheckEvent,
  type CommandStatement,
  type Course,
  type HttpStatement,
  type Packet,
  type PathStatement,
  type ReachStatement,
  type RouteStatement,
  type StateStatement,
  type Statement,
  goodState,
  probeProtocols,
  routeProtocols,
  stateProtocols,
} from './check.ts';
import { type Complaint, canSend, tablePrefix, targetOf } from './check-target.ts';
import { resolveEvent } from './check-event.ts';
import type { FileCheck } from './check-shape.ts';
import type { Path, Problem } from './problem.ts';
import { parseTime } from './quantity.ts';
import { suggestion } from './suggest.ts';
import type { Node, Topology } from './topology.ts';

type Key = keyof FileCheck;

const course: readonly Key[] = ['passes', 'avoids', 'back'];
const packet: readonly Key[] = ['to', 'protocol', 'port', 'ip'];
/** By which key each kind of check is told, in the order in which they are looked for, and the keys it may have. */
const forms: readonly {
  readonly statement: Statement['statement'];
  readonly told: readonly Key[];
  readonly keys: readonly Key[];
}[] = [
  {
    statement: 'http',
    told: ['http'],
    keys: ['from', 'http', 'method', 'headers', 'data', 'status', 'body', 'at-most'],
  },
  { statement: 'path', told: course, keys: ['from', 'run', ...packet, ...course, 'at-most'] },
  { statement: 'as-path', told: ['as-path', 'avoids-as'], keys: ['at', 'has', 'as-path', 'avoids-as'] },
  { statement: 'route', told: ['has', 'lacks'], keys: ['at', 'has', 'lacks', 'next-hop', 'protocol'] },
  { statement: 'state', told: ['state'], keys: ['at', 'state', 'protocol', 'neighbors', 'count'] },
  { statement: 'reach', told: ['to'], keys: ['from', ...packet, 'is', 'at-most'] },
  { statement: 'command', told: ['run'], keys: ['from', 'run', 'expect', 'exit', 'at-most'] },
];
const common: readonly Key[] = ['name', 'within', 'when'];

/** Features that a router needs for FRR to know such neighbours or paths; `frr` holds a person's own configuration. */
const needs = { ospf: ['ospf', 'frr'], ospf6: ['ospf', 'frr'], bgp: ['bgp', 'frr'], bfd: ['bfd', 'frr'] } as const;

/** One check on its way: notes problems at its place, and gives undefined where something cannot be. */
class Reader {
  readonly problems: Problem[] = [];
  readonly check: FileCheck;
  readonly topology: Topology;
  readonly #at: Path;
  constructor(check: FileCheck, topology: Topology, at: Path) {
    this.check = check;
    this.topology = topology;
    this.#at = at;
  }

  problem(path: Path, complaint: Complaint, more: Partial<Problem> = {}): undefined {
    this.problems.push({ code: 'not-sensible', ...complaint, ...more, path: [...this.#at, ...path] });
  }

  /** The node of `from` or `at`. */
  node(key: 'from' | 'at'): Node | undefined {
    const name = this.check[key];
    if (name === undefined)
      return this.problem([], { message: `this check needs "${key}": the node that is asked` }, { code: 'missing' });
    return this.topology.nodes.find((node) => node.name === name) ?? this.unknown(name, [key]);
  }

  unknown(name: string, path: Path): undefined {
    const names = this.topology.nodes.map((node) => node.name);
    return this.problem(
      path,
      { message: `no node is called "${name}"`, hint: suggestion(name, names) },
      { code: 'unknown-node' },
    );
  }

  /** The nodes of a list; all of them are looked at. */
  nodes(names: readonly string[], path: Path): readonly string[] {
    for (const [index, name] of names.entries())
      if (!this.topology.nodes.some((node) => node.name === name)) this.unknown(name, [...path, index]);
    return names;
  }

  /** One of the values that `protocol` may have in this kind of check. */
  protocol<P extends string>(allowed: readonly P[]): P | undefined {
    const { protocol } = this.check;
    if (protocol === undefined) return undefined;
    const found = allowed.find((one) => one === protocol);
    return (
      found ??
      this.problem(
        ['protocol'],
        { message: `"${protocol}" is not one of: ${allowed.join(', ')}` },
        { code: 'wrong-value' },
      )
    );
  }

  /** Whether a node runs what is asked about. */
  speaks(node: Node, protocol: keyof typeof needs): void {
    if (needs[protocol].some((feature) => feature in node.features)) return;
    this.problem(['at'], {
      message: `${node.name} does not speak ${protocol}`,
      hint: `give it ${needs[protocol][0]}`,
    });
  }
}

const packetOf = (reader: Reader): Packet | undefined => {
  const { to, port, ip } = reader.check;
  const protocol = reader.check.protocol === undefined ? 'icmp' : reader.protocol(probeProtocols);
  if (to === undefined || protocol === undefined) return undefined;
  if (protocol === 'icmp' && port !== undefined)
    return reader.problem(
      ['port'],
      { message: 'ICMP has no ports', hint: 'add protocol: tcp or udp' },
      { aboutKey: true },
    );
  if (protocol !== 'icmp' && port === undefined)
    return reader.problem(['protocol'], { message: `${protocol} needs a port` }, { code: 'missing' });
  const target = targetOf(reader.topology, to, ip);
  return 'address' in target ? { to: target, protocol, port } : reader.problem(['to'], target);
};

/** The node that packets leave from. */
const senderOf = (reader: Reader): Node | undefined => {
  const node = reader.node('from');
  if (node !== undefined && !canSend(node))
    return reader.problem(['from'], { message: `${node.name} has no address to send from` });
  return node;
};

const courseOf = (
  reader: Reader,
  given: { passes?: string[] | undefined; avoids?: string[] | undefined },
  at: Path,
): Course => {
  const { passes = [], avoids = [] } = given;
  const both = avoids.findIndex((name) => passes.includes(name));
  if (both >= 0)
    reader.problem([...at, 'avoids', both], { message: `"${avoids[both] ?? ''}" is also among those that it passes` });
  return { passes: reader.nodes(passes, [...at, 'passes']), avoids: reader.nodes(avoids, [...at, 'avoids']) };
};

const pathOf = (reader: Reader): PathStatement | undefined => {
  const { run, to, back = {} } = reader.check;
  const there = courseOf(reader, reader.check, []);
  const answer = courseOf(reader, back, ['back']);
  if (run !== undefined && to !== undefined)
    return reader.problem(['to'], { message: 'a path is followed by `to` or by `run`, not both' }, { aboutKey: true });
  if (run === undefined && to === undefined)
    return reader.problem([], {
      message: 'nothing is sent, so no path can be followed',
      hint: 'add `to`, or a command in `run`',
    });
  const from = senderOf(reader);
  const follow = run === undefined ? packetOf(reader) : { run };
  if (from === undefined || follow === undefined) return undefined;
  return { statement: 'path', from: from.name, follow, ...there, back: answer };
};

const reachOf = (reader: Reader): ReachStatement | undefined => {
  const from = senderOf(reader);
  const packet = packetOf(reader);
  if (from === undefined || packet === undefined) return undefined;
  return { statement: 'reach', from: from.name, packet, is: reader.check.is ?? 'reachable' };
};

const prefixOf = (reader: Reader): string | undefined => {
  const { has, lacks } = reader.check;
  if (has !== undefined && lacks !== undefined)
    return reader.problem(['lacks'], { message: 'one check says `has` or `lacks`, not both' }, { aboutKey: true });
  const key = has === undefined ? 'lacks' : 'has';
  const written = has ?? lacks;
  if (written === undefined)
    return reader.problem([], { message: 'this check needs "has": the prefix that is meant' }, { code: 'missing' });
  const found = tablePrefix(written);
  return 'prefix' in found ? found.prefix : reader.problem([key], found, { code: 'wrong-value' });
};

const nextHopOf = (reader: Reader): string | undefined => {
  const written = reader.check['next-hop'];
  if (written === undefined) return undefined;
  const parsed = parseAddress(written);
  if (parsed !== undefined) return formatAddress(parsed);
  return reader.topology.nodes.some((node) => node.name === written) ? written : reader.unknown(written, ['next-hop']);
};

const routeOf = (reader: Reader): RouteStatement | undefined => {
  const node = reader.node('at');
  const prefix = prefixOf(reader);
  const nextHop = nextHopOf(reader);
  const protocol = reader.protocol(routeProtocols);
  if (node === undefined || prefix === undefined) return undefined;
  return { statement: 'route', at: node.name, prefix, present: reader.check.has !== undefined, nextHop, protocol };
};

const asPathOf = (reader: Reader): AsPathStatement | undefined => {
  const node = reader.node('at');
  const prefix = prefixOf(reader);
  const { 'as-path': path, 'avoids-as': avoids = [] } = reader.check;
  if (node !== undefined) reader.speaks(node, 'bgp');
  const both = avoids.findIndex((asn) => path?.includes(asn));
  if (both >= 0) reader.problem(['avoids-as', both], { message: `${avoids[both] ?? ''} is also in as-path` });
  return node === undefined || prefix === undefined
    ? undefined
    : { statement: 'as-path', at: node.name, prefix, path, avoids };
};

const stateOf = (reader: Reader): StateStatement | undefined => {
  const { state, neighbors = [], count } = reader.check;
  const node = reader.node('at');
  if (reader.check.protocol === undefined)
    return reader.problem(
      [],
      { message: `this check needs "protocol": ${stateProtocols.join(', ')}` },
      { code: 'missing' },
    );
  const protocol = reader.protocol(stateProtocols);
  if (protocol === undefined || node === undefined || state === undefined) return undefined;
  reader.speaks(node, protocol);
  if (state !== 'down' && state !== goodState[protocol])
    reader.problem(
      ['state'],
      { message: `a neighbour of ${protocol} is ${goodState[protocol]} or down` },
      { code: 'wrong-value' },
    );
  if (state === 'down' && neighbors.length === 0)
    reader.problem(['state'], { message: 'which neighbours are down?', hint: 'name them in `neighbors`' });
  if (state === 'down' && count !== undefined)
    reader.problem(
      ['count'],
      { message: 'what is not there cannot be counted', hint: `count those that are ${goodState[protocol]}` },
      { aboutKey: true },
    );
  const known = neighbors.map((name, index) => {
    const address = parseAddress(name);
    const known = address !== undefined || reader.topology.nodes.some((one) => one.name === name);
    if (!known) reader.unknown(name, ['neighbors', index]);
    if (name === node.name) reader.problem(['neighbors', index], { message: 'a node is not its own neighbour' });
    return address === undefined ? name : formatAddress(address);
  });
  return { statement: 'state', at: node.name, protocol, state, neighbors: known, count };
};

const httpOf = (reader: Reader): HttpStatement | undefined => {
  const { http, method, headers = {}, data, status = 200, body } = reader.check;
  const from = senderOf(reader);
  if (from === undefined || http === undefined) return undefined;
  return { statement: 'http', from: from.name, url: http, method, headers, data, status, body };
};

const commandOf = (reader: Reader): CommandStatement | undefined => {
  const { run, expect, exit = 0 } = reader.check;
  const from = reader.node('from');
  return from === undefined || run === undefined
    ? undefined
    : { statement: 'command', from: from.name, run, expect, exit };
};

const statements: Readonly<Record<Statement['statement'], (reader: Reader) => Statement | undefined>> = {
  command: commandOf,
  reach: reachOf,
  path: pathOf,
  route: routeOf,
  'as-path': asPathOf,
  state: stateOf,
  http: httpOf,
};

const statementOf = (reader: Reader): Statement | undefined => {
  const written = (Object.keys(reader.check) as Key[]).filter((key) => reader.check[key] !== undefined);
  const form = forms.find(({ told }) => told.some((key) => written.includes(key)));
  if (form === undefined)
    return reader.problem([], {
      message: 'this check states nothing',
      hint: 'add what must be true: run, to, passes, has, as-path, state or http',
    });
  for (const key of written.filter((key) => !form.keys.includes(key) && !common.includes(key)))
    reader.problem(
      [key],
      {
        message: `"${key}" does not belong to a check with "${form.told.find((one) => written.includes(one)) ?? ''}"`,
        hint: `that one has: ${[...form.keys, ...common].join(', ')}`,
      },
      { aboutKey: true },
    );
  return statements[form.statement](reader);
};

/** What happens first; names that are none are problems. */
const eventOf = (reader: Reader): CheckEvent | undefined => {
  const { when } = reader.check;
  if (when === undefined) return undefined;
  const found = resolveEvent(when, reader.topology);
  if ('event' in found) return found.event;
  const { path, ...problem } = found;
  return reader.problem(['when', ...path], problem, problem);
};

/** One check; `at` is where it is written. */
export const resolveCheck = (
  check: FileCheck,
  topology: Topology,
  at: Path,
): { readonly check?: Check; readonly problems: readonly Problem[] } => {
  const reader = new Reader(check, topology, at);
  const statement = statementOf(reader);
  const when = eventOf(reader);
  const atMost = check['at-most'] === undefined ? undefined : parseTime(check['at-most']);
  if (check.is !== undefined && check.is !== 'reachable' && atMost !== undefined)
    reader.problem(['at-most'], { message: 'what is not answered takes no time' }, { aboutKey: true });
  if (statement === undefined || reader.problems.length > 0) return { problems: reader.problems };
  return { check: { name: check.name, ...statement, within: check.within, atMost, when }, problems: [] };
};

/** All checks of a file. */
export const resolveChecks = (
  checks: readonly FileCheck[],
  topology: Topology,
): { readonly checks: Check[]; readonly problems: Problem[] } => {
  const resolved = checks.map((check, index) => resolveCheck(check, topology, ['checks', index]));
  return {
    checks: resolved.flatMap(({ check }) => check ?? []),
    problems: resolved.flatMap(({ problems }) => problems),
  };
};
