/**
 * How long traffic takes to flow again: something is broken in a running lab while small packets go from one node to
 * another and back, and what became of each is counted. What was broken is mended in any case.
 */
import { randomInt } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { XiyouError } from '../errors.ts';
import { type ProcessId, alive } from '../kernel/pid.ts';
import { silence } from '../kernel/silence.ts';
import { startDaemon, terminate } from '../kernel/process.ts';
import { eventually } from '../kernel/wait.ts';
import { type Answered, type Figures, figuresOf, flows, readProbes } from './converge-figures.ts';
import { ownersIn } from './epc.ts';
import type { Listener } from './events.ts';
import { Lab, expandArgv } from './lab.ts';
import { findLink, setLinkState } from './link.ts';
import { startNode, stopNode } from './node.ts';
import { nodeDirectory } from './paths.ts';
import { findLab, findNode, requireRunning } from './state.ts';
import { requireRoot } from './root.ts';
import { addressOf, vty, wayFrom } from './why.ts';

export type Trouble =
  | { readonly trouble: 'link'; readonly left: string; readonly right: string; readonly silent: boolean }
  | { readonly trouble: 'node'; readonly node: string; readonly kill: boolean }
  | { readonly trouble: 'bgp-reset'; readonly router: string; readonly neighbour: string };

export interface ConvergeOptions {
  readonly lab?: string | undefined;
  readonly from: string;
  /** An address, or a node, whose first address is meant. */
  readonly to: string;
  readonly trouble: Trouble;
  /** Milliseconds between two probes. */
  readonly every?: number | undefined;
  /** Seconds after which it is given up that traffic comes back. */
  readonly within?: number | undefined;
  /** Seconds without a loss after which traffic is said to flow. */
  readonly settle?: number | undefined;
  readonly listener?: Listener | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Convergence extends Figures {
  readonly lab: string;
  readonly timers: 'fast' | 'standard';
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly every: number;
  /** The nodes by which the probes went before the event. */
  readonly way: readonly string[];
}

/** A probe that has no answer after so long is lost (nanoseconds): far more than a lab's longest way takes. */
const patience = 500_000_000n;
/** Milliseconds that both ends have until packets flow before anything is broken. */
const startDeadline = 15_000;
/** Ports of the echo: private (RFC 6335, 6). */
const ports = [49_152, 65_536] as const;
/** Seconds by which both ends outlive the measurement at most, if nobody ends them. */
const spare = 30;

export const troubleText = (trouble: Trouble): string => {
  if (trouble.trouble === 'link')
    return `link ${trouble.left} - ${trouble.right} ${trouble.silent ? 'silent' : 'down'}`;
  if (trouble.trouble === 'node') return `node ${trouble.node} ${trouble.kill ? 'dead' : 'stopped'}`;
  return `BGP session ${trouble.router} - ${trouble.neighbour} reset`;
};

/** Peer addresses of a router that are, or belong to, the neighbour. */
const sessionsWith = async (lab: Lab, router: string, neighbour: string): Promise<string[]> => {
  const answer = (await vty(lab, findNode(lab.state, router).name, 'bgpd', 'show bgp neighbors json')) ?? '{}';
  const owners = ownersIn(lab);
  const peers = Object.keys(JSON.parse(answer) as Record<string, unknown>);
  const found = peers.filter((peer) => peer === neighbour || owners(peer).includes(neighbour));
  if (found.length > 0) return found;
  throw new XiyouError('command-line', `${router} has no BGP session with ${neighbour}`, {
    hint: peers.length === 0 ? undefined : `its peers: ${peers.join(', ')}`,
  });
};

/** Prepares the event: what breaks it, and what mends it again. Names are looked up before anything is broken. */
const prepare = async (
  lab: Lab,
  trouble: Trouble,
  options: ConvergeOptions,
): Promise<{ readonly break: () => Promise<unknown>; readonly mend: () => Promise<unknown> }> => {
  const at = { lab: lab.paths.lab, listener: options.listener };
  switch (trouble.trouble) {
    case 'link': {
      const { left, right } = trouble;
      const { link } = findLink(lab, left, right);
      if (trouble.silent) {
        const mends: (() => void)[] = [];
        return {
          break: async () => {
            for (const end of link.ends) mends.push(silence(lab.store.handle(end.node).netlink, end.interface));
          },
          mend: async () => {
            for (const mend of mends) mend();
          },
        };
      }
      return {
        break: async () => setLinkState(lab, left, right, false),
        mend: async () => setLinkState(lab, left, right, true),
      };
    }
    case 'node': {
      const { node, kill } = trouble;
      requireRunning(lab.state, findNode(lab.state, node).name);
      if (node === options.from || ownersIn(lab)(addressOf(lab, options.to)).includes(node))
        throw new XiyouError('command-line', `${node} is an end of the measurement and cannot be stopped`);
      return { break: () => stopNode(node, { ...at, kill }), mend: () => startNode(node, at) };
    }
    case 'bgp-reset': {
      const peers = await sessionsWith(lab, trouble.router, trouble.neighbour);
      return {
        break: () => Promise.all(peers.map((peer) => vty(lab, trouble.router, 'bgpd', `clear bgp ${peer}`))),
        mend: async () => undefined,
      };
    }
  }
};

interface Ends {
  readonly probes: () => Answered[];
  readonly check: () => void;
  readonly stop: () => Promise<void>;
}

const logOf = (lab: Lab, node: string, role: string): string =>
  path.join(nodeDirectory(lab.paths, node), 'log', `converge-${role}.log`);

/** Starts the echo and, when it listens, the sender. */
const startEnds = async (
  lab: Lab,
  from: string,
  to: string,
  target: string,
  every: number,
  seconds: number,
): Promise<Ends> => {
  const port = String(randomInt(...ports));
  const started: { readonly id: ProcessId; readonly log: string }[] = [];
  const stop = async (): Promise<void> => void (await terminate(started.map(({ id }) => id)));
  const check = (): void => {
    const dead = started.find(({ id }) => !alive(id));
    if (dead === undefined) return;
    throw new XiyouError('process-ended', 'an end of the measurement has ended', {
      where: dead.log,
      details: readFileSync(dead.log, 'utf8').trimEnd().split('\n').slice(-3),
    });
  };
  const start = async (node: string, role: string, words: readonly string[]): Promise<string> => {
    const place = await lab.insideMachine(node);
    const log = logOf(lab, node, role);
    rmSync(log, { force: true });
    const argv = expandArgv(['@node', '@lab/converge/main.ts', role, to, port, ...words]);
    started.push({ id: await startDaemon(place, { name: `converge-${role}`, argv, log }), log });
    await eventually(() => {
      check();
      return readFileSync(log, 'utf8').includes('ready') ? true : undefined;
    }, startDeadline);
    return log;
  };
  try {
    await start(target, 'echo', [String(seconds)]);
    const log = await start(from, 'send', [String(every), String(seconds)]);
    return { probes: () => readProbes(readFileSync(log, 'utf8')), check, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const checkAbort = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted === true)
    throw new XiyouError('interrupted', 'stopped; what was broken is mended again', {
      hint: 'run it again for figures',
    });
};

/** Breaks something, measures, and mends it. */
export const converge = async (options: ConvergeOptions): Promise<Convergence> => {
  requireRoot();
  const { every = 10, within = 60, settle = 2, signal, trouble } = options;
  const { paths, state } = findLab(options.lab);
  const lab = new Lab(paths, state);
  try {
    const from = findNode(state, options.from).name;
    const to = addressOf(lab, options.to);
    const [target] = ownersIn(lab)(to);
    if (target === undefined)
      throw new XiyouError('command-line', `no node of the lab has the address ${to}`, {
        hint: 'the answers come from a node: name one, or an address of one',
      });
    const event = await prepare(lab, trouble, options);
    const way = (await wayFrom(lab, from, to, ownersIn(lab))).map(({ node }) => node);
    const ends = await startEnds(lab, from, to, target, every, within + startDeadline / 1000 + spare);
    let broken = false;
    try {
      const now = (): bigint => process.hrtime.bigint() - patience;
      const steady = 500_000_000n;
      const began = await eventually(
        () => {
          ends.check();
          return flows(ends.probes(), steady, now()) ? true : undefined;
        },
        startDeadline,
        signal,
      );
      checkAbort(signal);
      if (began === undefined)
        throw new XiyouError('no-traffic', `no answers come from ${to} to ${from}`, {
          where: `${from}: ${way.join(' > ')}`,
          hint: `look at the way: xiyou why ${from} ${to}`,
        });
      const at = process.hrtime.bigint();
      broken = true;
      await event.break();
      const span = BigInt(Math.round(settle * 1e9));
      await eventually(
        () => {
          ends.check();
          return now() - span > at && flows(ends.probes(), span, now()) ? true : undefined;
        },
        within * 1000,
        signal,
      );
      checkAbort(signal);
      const figures = figuresOf(ends.probes(), at, now());
      return {
        lab: paths.lab,
        timers: state.topology.timers,
        event: troubleText(trouble),
        from,
        to,
        every,
        way,
        ...figures,
      };
    } finally {
      await ends.stop();
      if (broken) await event.mend();
    }
  } finally {
    lab.close();
  }
};
