/**
 * The way of one request through the lab, for tests and for checks of paths:
 *
 *     const way = await journey(lab, { from: 'phone', run: ['curl', 'http://shop/'] });
 *     way.passes('nat').avoids('forbidden').delivered();
 *     way.answer.avoids('forbidden');
 */
import { XiyouError } from '../errors.ts';
import type { Outcome } from '../checks/packets.ts';
import { type JourneyExpectation, expectJourney } from '../journey/expect.ts';
import { type Request, openingOf, requestOf } from '../journey/request.ts';
import type { Packet, ProbeProtocol } from '../topology/check.ts';
import { targetOf } from '../topology/check-target.ts';
import type { Lab } from './lab.ts';
import { send } from './send.ts';
import { findNode } from './state.ts';
import { type TraceResult, runTrace } from './trace.ts';

/** What is followed: the first request of a command, or one packet. */
export type Follow = Packet | { readonly run: readonly string[] };

export interface Followed extends Request {
  readonly result: TraceResult;
  /** What became of the packet, as its sender sees it. */
  readonly outcome?: Outcome | undefined;
}

export interface FollowOptions {
  /** Milliseconds for the answer to a packet, or for the command. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

/** Sends it with every interface of the lab captured, and finds its packets again. */
export const follow = async (lab: Lab, from: string, what: Follow, options: FollowOptions): Promise<Followed> => {
  const { patience, signal } = options;
  if ('run' in what) {
    const result = await runTrace(lab, { from, argv: what.run, timeout: patience, signal });
    return { result, ...requestOf(result.trace) };
  }
  let outcome: Outcome | undefined;
  const result = await runTrace(lab, {
    from,
    argv: [what.protocol, what.to.address],
    signal,
    work: async () => {
      outcome = await send(lab, from, what, options);
      return { stdout: '', stderr: '', exitCode: 0 };
    },
  });
  const { to, protocol, port } = what;
  return { result, outcome, ...openingOf(result.trace, { protocol, address: to.address, port }) };
};

export interface JourneyOptions {
  readonly from: string;
  /** A command; or `to`, for one packet. */
  readonly run?: readonly string[] | undefined;
  /** A node, a name of the file's `hosts`, or an address. */
  readonly to?: string | undefined;
  readonly protocol?: ProbeProtocol | undefined;
  readonly port?: number | undefined;
  readonly ip?: 4 | 6 | undefined;
  /** Milliseconds for the command, or for the answer to the packet. */
  readonly timeout?: number | undefined;
}

/** Expectations of the request, and where they come from. */
export interface LabJourney extends JourneyExpectation {
  /** The same of the answer; throws when there was none. */
  readonly answer: JourneyExpectation;
  readonly result: TraceResult;
}

/** Milliseconds: for a command as `xiyou trace` has it, for the answer to one packet. */
const commandPatience = 60_000;
const packetPatience = 1000;

const whatOf = (lab: Lab, options: JourneyOptions): Follow => {
  const { run, to, protocol = 'icmp', port, ip } = options;
  if (run !== undefined) return { run };
  if (to === undefined || (protocol !== 'icmp' && port === undefined))
    throw new XiyouError(
      'command-line',
      'a journey needs something that is sent: `run`, or `to` (with `port` for TCP and UDP)',
    );
  const target = targetOf(lab.state.topology, to, ip);
  if ('message' in target) throw new XiyouError('command-line', target.message, { hint: target.hint });
  return { to: target, protocol, port };
};

/** Runs a command, or sends one packet, and gives expectations of its way. Throws when no packet of it was seen. */
export const journey = async (lab: Lab, options: JourneyOptions): Promise<LabJourney> => {
  const from = findNode(lab.state, options.from).name;
  const what = whatOf(lab, options);
  const patience = options.timeout ?? ('run' in what ? commandPatience : packetPatience);
  const { result, request, answer } = await follow(lab, from, what, { patience });
  return {
    ...expectJourney(result.trace, request),
    result,
    get answer() {
      return expectJourney(result.trace, answer);
    },
  };
};
