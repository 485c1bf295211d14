/**
 * A trace: captures every interface of the lab while a command runs in one node, asks the nodes what they know, and
 * hands both to the journey room.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { XiyouError } from '../errors.ts';
import type { Core } from '../journey/core.ts';
import type { CaptureEvidence } from '../journey/evidence.ts';
import { type Trace, traceOf } from '../journey/trace.ts';
import { drain } from '../kernel/capture-loop.ts';
import { type Capture, openCapture } from '../kernel/capture.ts';
import type { MachinePlace } from '../kernel/place.ts';
import { type RunResult, runIn } from '../kernel/process.ts';
import { dissect } from '../packet/dissect.ts';
import type { Frame } from '../packet/layer.ts';
import { capturePlaces } from './capture.ts';
import { isBackground } from '../journey/background.ts';
import { bearerRewrites } from '../journey/bearers.ts';
import { type Ladder, ladderOf } from '../ladder/ladder.ts';
import { askCore, cipheringIn, functionsOf, whoIn } from './epc.ts';
import { collectEvidence, takeBaseline } from './evidence.ts';
import { secondsSince } from './events.ts';
import { type Lab, expandArgv } from './lab.ts';
import { eventually } from '../kernel/wait.ts';
import { findNode } from './state.ts';

export interface TraceOptions {
  /** The node the command runs in; the lab's own trace says which when left out. */
  readonly from?: string | undefined;
  readonly argv?: readonly string[] | undefined;
  readonly snaplen?: number | undefined;
  /** Milliseconds until the command is ended. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What sends the packets, instead of running `argv`, which then only says what it is. */
  readonly work?: ((place: MachinePlace) => Promise<RunResult>) | undefined;
}

export interface TraceResult {
  readonly from: string;
  readonly argv: readonly string[];
  readonly command: RunResult;
  readonly trace: Trace;
  readonly frames: readonly Frame[];
  /** The signalling that was seen meanwhile; without rungs in a lab without an LTE core. */
  readonly ladder: Ladder;
  /** Seconds: the command with the capture on, and everything. */
  readonly seconds: { readonly command: number; readonly total: number };
}

/** Milliseconds between two looks at the rings while the command runs. */
const pollInterval = 4;
/** A conversation is over when its packets have been silent for so long (milliseconds), or the deadline has passed. */
const quiet = 120;
const quietDeadline = 3000;
const defaultTimeout = 60_000;

/** Reads the rings until the packets of requests have been silent for a while. */
const readUntilQuiet = async (capture: Capture, frames: Frame[]): Promise<void> => {
  let last = performance.now();
  await eventually(() => {
    const fresh = capture.poll();
    for (const frame of fresh) frames.push(frame);
    if (fresh.some((frame) => !isBackground(dissect(frame.bytes, frame.link)))) last = performance.now();
    return performance.now() - last > quiet ? true : undefined;
  }, quietDeadline);
  for (const frame of await drain(capture)) frames.push(frame);
};

const clock = (): bigint => BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));

/** The signalling among a trace's frames. */
const ladderIn = (lab: Lab, core: Core, { sightings }: Trace, eea: ReadonlyMap<string, number> | undefined): Ladder => {
  const layers = new Map(sightings.map((sighting) => [sighting.frame, sighting.layers]));
  return ladderOf({
    frames: [...layers.keys()],
    layersOf: (frame) => layers.get(frame) ?? [],
    who: whoIn(lab, core.owners),
    ciphering: (phone) => eea?.get(phone),
  });
};

/** Runs the command and follows its packets. The command's own failure is a result, not an error. */
export const runTrace = async (lab: Lab, options: TraceOptions): Promise<TraceResult> => {
  const began = performance.now();
  const { topology } = lab.state;
  const from = options.from ?? topology.trace?.from;
  const argv = options.argv ?? (options.from === undefined ? topology.trace?.run : undefined);
  if (from === undefined || argv === undefined) {
    throw new XiyouError('command-line', `lab ${lab.paths.lab} does not say what to trace`, {
      hint: `name a node and a command: xiyou trace ${lab.paths.lab} --from NODE -- ping -c 1 10.0.0.1`,
    });
  }
  const place = await lab.insideMachine(findNode(lab.state, from).name);
  const lte = functionsOf(topology).length > 0;
  // What phones cipher with now is what their first messages are ciphered with.
  const before = lte ? cipheringIn(await askCore(lab)) : undefined;
  const baseline = await takeBaseline(lab);
  const frames: Frame[] = [];
  const capture = openCapture({ namespaces: capturePlaces(lab, []), snaplen: options.snaplen });
  let command: RunResult;
  let commandSeconds: number;
  let received: CaptureEvidence;
  try {
    const captureBegan = clock();
    const started = performance.now();
    const done =
      options.work?.(place) ??
      runIn(place, expandArgv(argv), {
        anyExit: true,
        timeout: options.timeout ?? defaultTimeout,
        signal: options.signal,
      });
    const over = done.then(
      () => true,
      () => true,
    );
    do {
      for (const frame of capture.poll()) frames.push(frame);
    } while (!(await Promise.race([over, pause(pollInterval, false)])));
    command = await done;
    commandSeconds = secondsSince(started);
    await readUntilQuiet(capture, frames);
    received = {
      nodes: Object.fromEntries(
        capture.statistics().map(({ node, received, dropped }) => [node, { received, dropped }]),
      ),
      from: captureBegan,
      to: clock(),
    };
  } finally {
    capture.close();
  }
  await capture.closed();
  const nodes = await collectEvidence(lab, baseline);
  const core = lte ? await askCore(lab) : undefined;
  const trace = traceOf({
    frames,
    topology,
    rewrites: [...lab.state.rewrites, ...(core === undefined ? [] : bearerRewrites(core))],
    evidence: { nodes, capture: received },
    from,
  });
  const ladder = core === undefined ? { actors: [], rungs: [] } : ladderIn(lab, core, trace, before);
  return {
    from,
    argv,
    command,
    trace,
    frames,
    ladder,
    seconds: { command: commandSeconds, total: secondsSince(began) },
  };
};
