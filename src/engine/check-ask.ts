/** One try of a check: the lab is asked, and the answer judged. */
import { existsSync } from 'node:fs';
import { curlArgv, httpAnswer } from '../checks/http.ts';
import { neighbourQuestions, stateAnswer } from '../checks/neighbours.ts';
import { type Outcome, reachAnswer } from '../checks/packets.ts';
import { type Answer, inTime } from '../checks/result.ts';
import { asPathAnswer, asPathCommand, routeAnswer } from '../checks/tables.ts';
import { expectJourney, nodesOf } from '../journey/expect.ts';
import { type RunResult, runIn } from '../kernel/process.ts';
import { dumpLinks, dumpRoutes } from '../kernel/rtnetlink-read.ts';
import { askDaemon } from '../kernel/vty.ts';
import {
  type Check,
  type CommandStatement,
  type HttpStatement,
  type PathStatement,
  type ReachStatement,
  type RouteStatement,
  familyOfAddress,
} from '../topology/check.ts';
import { locate } from './files.ts';
import { follow } from './journey.ts';
import { type Lab, expandArgv } from './lab.ts';
import { send } from './send.ts';

export interface AskOptions {
  /** Milliseconds until the check's deadline. */
  readonly left: number;
  /** Milliseconds for the answer to one packet. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

/** Milliseconds that a daemon may take for its answer. */
const vtyTimeout = 3000;
/** Where a node with `trust` has the certificate of the lab's authority. */
const authority = '/etc/xiyou/ca.crt';
const shownOctets = 500;

/** A command's result; -1 when it had to be ended. */
const run = async (lab: Lab, node: string, argv: readonly string[], { left, signal }: AskOptions): Promise<RunResult> =>
  runIn(await lab.insideMachine(node), argv, { anyExit: true, timeout: left, signal }).catch((error: unknown) => ({
    stdout: '',
    stderr: (error as Error).message,
    exitCode: -1,
  }));

const askCommand = async (lab: Lab, statement: CommandStatement, options: AskOptions): Promise<Answer> => {
  const began = performance.now();
  const result = await run(lab, statement.from, expandArgv(statement.run), options);
  const { exit, expect } = statement;
  return {
    ok: result.exitCode === exit && (expect === undefined || result.stdout.includes(expect)),
    seen: `exit code ${result.exitCode}: ${`${result.stdout}${result.stderr}`.trim().slice(0, shownOctets)}`,
    took: performance.now() - began,
  };
};

/**
 * Silence after a datagram says nothing: most services do not answer what they do not understand. So it is followed
 * through the lab: where it is delivered and nobody objects, the service is reachable.
 */
const udpOutcome = async (lab: Lab, { from, packet }: ReachStatement, options: AskOptions): Promise<Outcome> => {
  const { result, outcome, request } = await follow(lab, from, packet, options);
  const [journey] = request;
  if (outcome === undefined || outcome.fate !== 'blocked' || journey === undefined)
    return outcome ?? { fate: 'blocked' };
  const end = result.trace.outcome(journey);
  if (end.ended === 'delivered') return { fate: 'reachable', said: `delivered to ${end.node}` };
  return { fate: 'blocked', said: `its way: ${nodesOf([journey]).join(' > ')}` };
};

const askReach = async (lab: Lab, statement: ReachStatement, options: AskOptions): Promise<Answer> => {
  const { from, packet, is } = statement;
  return reachAnswer(
    is,
    packet.protocol === 'udp' ? await udpOutcome(lab, statement, options) : await send(lab, from, packet, options),
  );
};

const askPath = async (lab: Lab, statement: PathStatement, options: AskOptions): Promise<Answer> => {
  const { from, passes, avoids, back } = statement;
  const patience = 'run' in statement.follow ? options.left : options.patience;
  const { result, outcome, request, answer } = await follow(lab, from, statement.follow, { ...options, patience });
  if (request.length === 0) return { ok: false, seen: `no packet of it was seen: ${result.command.stderr.trim()}` };
  const wantsBack = back.passes.length + back.avoids.length > 0;
  const ways = [nodesOf(request).join(' > '), ...(wantsBack ? [`back ${nodesOf(answer).join(' > ')}`] : [])].join('; ');
  const took = outcome === undefined ? result.seconds.command * 1000 : outcome.took;
  try {
    expectJourney(result.trace, request)
      .delivered()
      .passes(...passes)
      .avoids(...avoids);
    if (wantsBack) {
      if (answer.length === 0) return { ok: false, seen: `${ways}: there was no answer` };
      expectJourney(result.trace, answer)
        .delivered()
        .passes(...back.passes)
        .avoids(...back.avoids);
    }
    return { ok: true, seen: ways, took };
  } catch (error) {
    const [why = ''] = (error as Error).message.split('; its path:');
    const { dropped } = result.trace.ledger('scope').capture;
    const doubt = dropped === 0 ? '' : `; but the capture itself lost ${dropped} frames`;
    return { ok: false, seen: `${ways}: ${why}${doubt}` };
  }
};

const askRoute = (lab: Lab, statement: RouteStatement): Answer => {
  const { netlink } = lab.store.handle(statement.at);
  const names = new Map(dumpLinks(netlink).map(({ index, name }) => [index, name]));
  const routes = dumpRoutes(netlink, familyOfAddress(statement.prefix)).map(({ to, protocol, nextHops }) => ({
    to,
    protocol,
    nextHops: nextHops.map(({ via, dev }) => ({ via, interface: dev === undefined ? undefined : names.get(dev) })),
  }));
  return routeAnswer(statement, routes, lab.state.topology);
};

/** The JSON of a show command, judged; a daemon that does not answer is an answer too. */
const askVty = async (
  lab: Lab,
  node: string,
  { daemon, command }: { readonly daemon: string; readonly command: string },
  judge: (json: unknown) => Answer,
): Promise<Answer> => {
  const text = await askDaemon(locate(lab.rootOf(node), `/run/frr/${daemon}.vty`), command, vtyTimeout);
  if (text === undefined) return { ok: false, seen: `${daemon} does not answer` };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { ok: false, seen: text.slice(0, shownOctets) };
  }
  return judge(json);
};

/** A request may take long, but one that hangs is given up, for another may find the way. */
const askHttp = async (lab: Lab, statement: HttpStatement, options: AskOptions, slow: number): Promise<Answer> => {
  const patience = Math.max(options.patience, Math.round(slow), Math.min(options.left, 1000));
  const there = existsSync(locate(lab.rootOf(statement.from), authority));
  const argv = curlArgv(statement, { patience, ...(there ? { authority } : {}) });
  return httpAnswer(statement, await run(lab, statement.from, argv, { ...options, left: patience + 1000 }));
};

const answerOf = (lab: Lab, check: Check, options: AskOptions): Promise<Answer> | Answer => {
  const { topology } = lab.state;
  switch (check.statement) {
    case 'command':
      return askCommand(lab, check, options);
    case 'reach':
      return askReach(lab, check, options);
    case 'path':
      return askPath(lab, check, options);
    case 'route':
      return askRoute(lab, check);
    case 'as-path':
      return askVty(lab, check.at, { daemon: 'bgpd', command: asPathCommand(check) }, (json) =>
        asPathAnswer(check, json),
      );
    case 'state':
      return askVty(lab, check.at, neighbourQuestions[check.protocol], (json) => stateAnswer(check, json, topology));
    case 'http':
      // Without an event there is nothing to wait for but the answer: a third of the time for each try.
      return askHttp(lab, check, options, check.when === undefined ? (check.within * 1000) / 3 : 0);
  }
};

/** Asks once. Whatever goes wrong meanwhile is what was seen. */
export const ask = async (lab: Lab, check: Check, options: AskOptions): Promise<Answer> => {
  try {
    return inTime(await answerOf(lab, check, options), check.atMost);
  } catch (error) {
    return { ok: false, seen: (error as Error).message };
  }
};
