/**
 * How long traffic takes to flow again: something is broken in a running lab while small packets go from one node to
 * another and back, and what became of each is counted. What was broken is mended in any case.
 */
import { randomInt } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { eventText } from '../checks/words.ts';
import { XiyouError } from '../errors.ts';
import { type ProcessId, alive } from '../kernel/pid.ts';
import { startDaemon, terminate } from '../kernel/process.ts';
import { eventually } from '../kernel/wait.ts';
import type { CheckEvent } from '../topology/check.ts';
import { resolveEvent } from '../topology/check-event.ts';
import type { FileEvent } from '../topology/check-shape.ts';
import { type Answered, type Figures, figuresOf, flows, readProbes } from './converge-figures.ts';
import { type Flow, flowFor } from './converge-flow.ts';
import { ownersIn } from './epc.ts';
import type { Listener } from './events.ts';
import { Lab, expandArgv } from './lab.ts';
import { nodeDirectory } from './paths.ts';
import { answeredNow, recovered } from './probe.ts';
import { findLab, findNode } from './state.ts';
import { requireRoot } from './root.ts';
import { withTrouble } from './trouble.ts';
import { addressOf } from './why.ts';

export interface ConvergeOptions {
  readonly lab?: string | undefined;
  readonly from: string;
  /** An address, a name of the file's `hosts`, or a node, whose first address is meant. */
  readonly to: string;
  /** What happens, in the form of `when` in a topology file. */
  readonly event: FileEvent;
  /** Milliseconds between two probes. */
  readonly every?: number | undefined;
  /** Seconds after which it is given up that traffic comes back. */
  readonly within?: number | undefined;
  /** Seconds without a loss after which traffic is said to flow. */
  readonly settle?: number | undefined;
  readonly listener?: Listener | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Convergence extends Figures, Pick<Flow, 'way' | 'back' | 'meets'> {
  readonly lab: string;
  readonly timers: 'fast' | 'standard';
  readonly event: string;
  readonly from: string;
  readonly to: string;
  readonly every: number;
  /** What of the lab did not answer again after everything was mended, in one line. */
  readonly afterwards?: string | undefined;
}

/** A probe that has no answer after so long is lost (nanoseconds): far more than a lab's longest way takes. */
const patience = 500_000_000n;
/** Traffic flows, to begin with, when nothing was lost for so long (nanoseconds). */
const steady = 500_000_000n;
/** Milliseconds that both ends have until packets flow before anything is broken. */
const startDeadline = 15_000;
/**
 * Milliseconds until all equal ways are in use again after the event before, though all neighbours are back: one of
 * them may be what is about to break. Standard timers keep an LSA back for 5 s (RFC 2328, MinLSInterval), and SPF too.
 */
const settledWithin = { fast: 2000, standard: 20_000 } as const;
/** Ports of the echo: private (RFC 6335, 6). */
const ports = [49_152, 65_536] as const;
/** Seconds by which both ends outlive the measurement at most, if nobody ends them. */
const spare = 60;

/** The event, or an error for whoever typed a name that is none. */
const eventIn = (lab: Lab, written: FileEvent): CheckEvent => {
  const found = resolveEvent(written, lab.state.topology);
  if ('event' in found) return found.event;
  throw new XiyouError(found.code === 'unknown-node' ? 'unknown-node' : 'command-line', found.message, {
    hint: found.hint,
  });
};

/** Starts and ends the programs of both ends. */
class Ends {
  readonly #lab: Lab;
  readonly #started: { readonly id: ProcessId; readonly log: string }[] = [];
  constructor(lab: Lab) {
    this.#lab = lab;
  }

  /** Starts one; resolves with the path of what it writes when it is ready. */
  async start(node: string, words: readonly string[]): Promise<string> {
    const role = `converge-${words[0] ?? ''}`;
    const place = await this.#lab.insideMachine(node);
    const log = path.join(nodeDirectory(this.#lab.paths, node), 'log', `${role}.log`);
    rmSync(log, { force: true });
    const argv = expandArgv(['@node', '@lab/converge/main.ts', ...words]);
    this.#started.push({ id: await startDaemon(place, { name: role, argv, log }), log });
    await eventually(() => {
      this.check();
      return readFileSync(log, 'utf8').includes('ready') ? true : undefined;
    }, startDeadline);
    return log;
  }

  /** Throws when one has ended. */
  check(): void {
    const dead = this.#started.find(({ id }) => !alive(id));
    if (dead === undefined) return;
    throw new XiyouError('process-ended', 'an end of the measurement has ended', {
      where: dead.log,
      details: readFileSync(dead.log, 'utf8').trimEnd().split('\n').slice(-3),
    });
  }

  async stop(): Promise<void> {
    await terminate(this.#started.map(({ id }) => id));
  }
}

const checkAbort = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted === true)
    throw new XiyouError('interrupted', 'stopped; what was broken is mended again', {
      hint: 'run it again for figures',
    });
};

/** What was measured, from before the event to when traffic flows, or `within` is over. */
const measure = async (
  lab: Lab,
  options: ConvergeOptions,
  { to, target, event }: { readonly to: string; readonly target: string; readonly event: CheckEvent },
  begin: () => Promise<void>,
): Promise<Omit<Convergence, 'afterwards'>> => {
  const { from, every = 10, within = 60, settle = 2, signal } = options;
  const port = String(randomInt(...ports));
  const seconds = String(Math.ceil(within + startDeadline / 1000 + spare));
  const ends = new Ends(lab);
  const now = (): bigint => process.hrtime.bigint() - patience;
  try {
    await ends.start(target, ['echo', to, port, seconds]);
    let flow: Flow | undefined;
    await eventually(
      async () => {
        flow = await flowFor(lab, { from, to, port, event, signal });
        return flow === undefined || flow.meets === 'no' ? undefined : true;
      },
      settledWithin[lab.state.topology.timers],
      signal,
    );
    checkAbort(signal);
    const noTraffic = (): XiyouError =>
      new XiyouError('no-traffic', `no answers come from ${to} to ${from}`, {
        where: `${from}: ${flow?.way.join(' > ') ?? 'no packet leaves it'}`,
        hint: `look at the way: xiyou why ${from} ${to}`,
      });
    if (flow === undefined) throw noTraffic();
    const log = await ends.start(from, ['send', to, port, String(every), seconds, flow.port]);
    const probes = (): Answered[] => {
      ends.check();
      return readProbes(readFileSync(log, 'utf8'));
    };
    const began = await eventually(() => (flows(probes(), steady, now()) ? true : undefined), startDeadline, signal);
    checkAbort(signal);
    if (began === undefined) throw noTraffic();
    const at = process.hrtime.bigint();
    await begin();
    const span = BigInt(Math.round(settle * 1e9));
    const settled = (): true | undefined => (now() - span > at && flows(probes(), span, now()) ? true : undefined);
    await eventually(settled, within * 1000, signal);
    checkAbort(signal);
    const { way, back, meets } = flow;
    const { lab: name } = lab.paths;
    const { timers } = lab.state.topology;
    const figures = figuresOf(probes(), at, now());
    return { lab: name, timers, event: eventText(event), from, to, every, way, back, meets, ...figures };
  } finally {
    await ends.stop();
  }
};

/**
 * Breaks something, measures, mends it, and waits until the lab is as it was before.
 * @throws XiyouError command-line, unknown-node, unknown-link or node-stopped for an event that cannot happen here,
 * no-traffic when there is nothing to interrupt, interrupted when the signal came
 */
export const converge = async (options: ConvergeOptions): Promise<Convergence> => {
  requireRoot();
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
    const event = eventIn(lab, options.event);
    const end = event.event === 'node' ? event.nodes.find((node) => node === from || node === target) : undefined;
    if (end !== undefined)
      throw new XiyouError('command-line', `${end} is an end of the measurement and cannot be stopped`);
    const before = await answeredNow(lab, lab.state.probes);
    const { listener, signal } = options;
    const figures = await withTrouble(lab, event, { who: `converge ${paths.lab}`, listener }, (begin) =>
      measure(lab, { ...options, from }, { to, target, event }, begin),
    );
    // So that the next measurement begins where this one did.
    const afterwards = await recovered(lab, before, signal);
    return { ...figures, ...(afterwards === undefined ? {} : { afterwards }) };
  } finally {
    lab.close();
  }
};
