/** Probes: questions to running nodes, asked until they are answered as expected or their deadline has passed. */
import { readFileSync } from 'node:fs';
import { XiyouError } from '../errors.ts';
import type { Probe, Question } from '../fragment/fragment.ts';
import { type Attempt, attempt } from '../kernel/connect.ts';
import { runIn } from '../kernel/process.ts';
import { dumpRoutes } from '../kernel/rtnetlink-read.ts';
import { askDaemon } from '../kernel/vty.ts';
import { canonical, formatPrefix, networkOf, parsePrefix } from '../address/ip.ts';
import { mismatch } from '../plan/match.ts';
import { checkInterrupt } from './daemons.ts';
import { type Listener, secondsSince } from './events.ts';
import { locate } from './files.ts';
import { type Lab, expandArgv } from './lab.ts';
import { eventually } from '../kernel/wait.ts';
import { mapLimit } from './once.ts';
import { Standstill } from './standstill.ts';
import { type RefusedLine, refusedError, refusedLines, refusedText } from './refused.ts';

/** Questions asked at once, over all nodes. */
const width = 6;
/** Milliseconds between two rounds of questions: daemons need the processor more than we do. */
const firstPause = 20;
const longestPause = 150;
/** Milliseconds a single question may take. */
const questionTimeout = 3000;

/** `ok`, or what was seen instead. */
type Answer = { readonly ok: true } | { readonly ok: false; readonly seen: string };
const ok: Answer = { ok: true };
const no = (seen: string): Answer => ({ ok: false, seen: seen.trim() === '' ? 'nothing' : seen.trim() });

const compareJson = (expected: unknown, text: string): Answer => {
  try {
    const wrong = mismatch(expected, JSON.parse(text));
    return wrong === undefined ? ok : no(wrong);
  } catch {
    return no(text.slice(0, 200));
  }
};

const prefixText = (prefix: string): string => {
  const parsed = parsePrefix(prefix.includes('/') ? prefix : `${prefix}/${prefix.includes(':') ? 128 : 32}`);
  return parsed === undefined ? (canonical(prefix) ?? prefix) : formatPrefix(networkOf(parsed));
};

/** Connections under way, so that a slow peer is not asked anew each round. */
const attempts = new Map<Probe, Attempt>();

const askTcp = (lab: Lab, probe: Probe, question: Extract<Question, { ask: 'tcp' }>): Answer => {
  const under = attempts.get(probe) ?? lab.store.within(probe.node, () => attempt(question.address, question.port));
  const outcome = under.poll();
  if (outcome === 'pending') {
    attempts.set(probe, under);
    return no('no answer to the connection');
  }
  attempts.delete(probe);
  under.close();
  return outcome === 'open' ? ok : no('the connection is refused');
};

/** The content of a file; undefined when it cannot be read, as while it is being made. */
const contentOf = (file: string): string | undefined => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
};

/** A daemon reads its file before it answers anybody; what it did not take is in its log then. */
const askAccepted = async (lab: Lab, node: string, daemon: string): Promise<Answer> => {
  const text = await askDaemon(locate(lab.rootOf(node), `/run/frr/${daemon}.vty`), 'show version', questionTimeout);
  return text === undefined ? no(`${daemon} does not answer`) : ok;
};

/** Origins of routes that came from neighbours: BGP, IS-IS, OSPF, RIP, EIGRP (<linux/rtnetlink.h>, RTPROT_). */
const learntProtocols: ReadonlySet<number> = new Set([186, 187, 188, 189, 192]);

const ask = async (lab: Lab, probe: Probe): Promise<Answer> => {
  const { question, node } = probe;
  switch (question.ask) {
    case 'tcp':
      return askTcp(lab, probe, question);
    case 'file': {
      const text = contentOf(locate(lab.rootOf(node), question.path));
      if (text === undefined) return no('there is no such file');
      return question.json === undefined ? ok : compareJson(question.json, text);
    }
    case 'vty': {
      const text = await askDaemon(
        locate(lab.rootOf(node), `/run/frr/${question.daemon}.vty`),
        question.command,
        questionTimeout,
      );
      if (text === undefined) return no(`${question.daemon} does not answer`);
      if (question.text !== undefined) return text.includes(question.text) ? ok : no(text.slice(0, 200));
      return compareJson(question.json, text);
    }
    case 'accepted':
      return askAccepted(lab, node, question.daemon);
    case 'routes': {
      const { netlink } = lab.store.handle(node);
      const have = new Set([...dumpRoutes(netlink, 4), ...dumpRoutes(netlink, 6)].map((route) => route.to));
      const absent = question.to.map(prefixText).filter((prefix) => !have.has(prefix));
      return absent.length === 0
        ? ok
        : no(`${absent.length} of ${question.to.length} routes are missing: ${absent.slice(0, 5).join(', ')}`);
    }
    case 'learnt': {
      const { netlink } = lab.store.handle(node);
      const learnt = [...dumpRoutes(netlink, 4), ...dumpRoutes(netlink, 6)].some(({ protocol }) =>
        learntProtocols.has(protocol),
      );
      return learnt ? ok : no('no route of a routing protocol is there');
    }
    case 'command': {
      const result = await runIn(await lab.insideMachine(node), expandArgv(question.argv), {
        anyExit: true,
        timeout: questionTimeout,
      }).catch((error: unknown) => ({ stdout: '', stderr: (error as Error).message, exitCode: 1 }));
      if (question.json !== undefined) return compareJson(question.json, result.stdout);
      if (question.text !== undefined)
        return result.stdout.includes(question.text) ? ok : no(`${result.stdout}${result.stderr}`.slice(0, 300));
      return result.exitCode === 0 ? ok : no(`exit code ${result.exitCode}: ${result.stderr.slice(0, 200)}`);
    }
  }
};

const expected = (question: Question): string => {
  switch (question.ask) {
    case 'tcp':
      return `a connection to ${question.address} port ${question.port}`;
    case 'accepted':
      return `an answer of ${question.daemon}`;
    case 'routes':
      return `routes to ${question.to.slice(0, 5).join(', ')}${question.to.length > 5 ? ` and ${question.to.length - 5} more` : ''}`;
    case 'learnt':
      return 'a route of a routing protocol';
    case 'file':
      return question.json === undefined ? `the file ${question.path}` : JSON.stringify(question.json);
    case 'vty':
    case 'command':
      return question.text === undefined
        ? question.json === undefined
          ? 'exit code 0'
          : JSON.stringify(question.json)
        : `"${question.text}"`;
  }
};

/** The question as a person can ask it. */
const asked = (question: Question): string => {
  switch (question.ask) {
    case 'tcp':
      return `connect to ${question.address} port ${question.port}`;
    case 'accepted':
      return `vtysh -d ${question.daemon} -c "show version"`;
    case 'routes':
    case 'learnt':
      return 'ip route show';
    case 'file':
      return `cat ${question.path}`;
    case 'vty':
      return `vtysh -c "${question.command}"`;
    case 'command':
      return question.argv.join(' ');
  }
};

/** Those of the probes that are answered now, each asked once. */
export const answeredNow = async (lab: Lab, probes: readonly Probe[]): Promise<Probe[]> => {
  const answers = await mapLimit(probes, width, async (probe) => ((await ask(lab, probe)).ok ? [probe] : []));
  return answers.flat();
};

/**
 * Waits until all probes have answered; a probe's time counts from when any of them was answered last. Throws probe-timeout
 * with every probe that did not: what was asked, what was expected, what was seen.
 */
export const waitForProbes = async (
  lab: Lab,
  probes: readonly Probe[],
  { listener, signal }: { readonly listener: Listener; readonly signal?: AbortSignal | undefined },
): Promise<void> => {
  if (probes.length === 0) return;
  const began = performance.now();
  const standstill = new Standstill();
  listener({ event: 'stage-start', stage: 'probes', operations: probes.length });
  const seen = new Map<Probe, string>();
  const late: Probe[] = [];
  const refused: RefusedLine[] = [];
  let open = [...probes];
  for (let pause = firstPause; open.length > 0; pause = Math.min(longestPause, pause * 1.4)) {
    const queue = [...open];
    const answered = new Set<Probe>();
    const worker = async (): Promise<void> => {
      for (let probe = queue.shift(); probe !== undefined; probe = queue.shift()) {
        const answer = await ask(lab, probe);
        if (answer.ok) {
          const lines = refusedLines(lab, probe);
          if (probe.question.ask !== 'accepted' || probe.question.refused === 'error') refused.push(...lines);
          else for (const line of lines) listener({ event: 'note', text: `FRR does not take ${refusedText(line)}` });
          answered.add(probe);
          listener({
            event: 'probe',
            node: probe.node,
            name: probe.name,
            seconds: secondsSince(began),
            done: probes.length - open.length + answered.size,
            of: probes.length,
          });
        } else seen.set(probe, answer.seen);
      }
    };
    await Promise.all(Array.from({ length: width }, worker));
    checkInterrupt(lab.paths.lab, signal);
    // All daemons with files of their own have to answer first, so that everything is told at once.
    if (refused.length > 0 && !open.some((probe) => probe.question.ask === 'accepted' && !answered.has(probe)))
      throw refusedError(refused);
    if (answered.size > 0) standstill.moved();
    const elapsed = standstill.since() / 1000;
    late.push(...open.filter((probe) => !answered.has(probe) && elapsed > probe.within));
    open = open.filter((probe) => !answered.has(probe) && elapsed <= probe.within);
    if (open.length > 0) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  for (const under of attempts.values()) under.close();
  attempts.clear();
  const [first] = late;
  if (first === undefined) {
    listener({ event: 'stage-end', stage: 'probes', operations: probes.length, seconds: secondsSince(began) });
    return;
  }
  throw new XiyouError('probe-timeout', `${late.length} of ${probes.length} probes did not answer in time`, {
    where: `${first.node}: ${asked(first.question)}`,
    details: late
      .slice(0, 8)
      .flatMap((probe) => [
        `${probe.node}: ${probe.name} (waited ${probe.within} s)`,
        `  asked:    ${asked(probe.question)}`,
        `  expected: ${expected(probe.question)}`,
        `  seen:     ${(seen.get(probe) ?? 'nothing').split('\n').join('\n            ')}`,
      ]),
    hint: `the lab is left as it is: xiyou shell ${first.node}, xiyou logs ${first.node}; run up again to go on waiting`,
  });
};

/** Waits for what was answered before; what is not answered in time is told, in one line. */
export const recovered = async (
  lab: Lab,
  before: readonly Probe[],
  signal: AbortSignal | undefined,
): Promise<string | undefined> => {
  try {
    await waitForProbes(lab, before, { listener: () => undefined, signal });
    return undefined;
  } catch (error) {
    if (!(error instanceof XiyouError)) throw error;
    return [error.message, ...error.details.slice(0, 1)].join(': ');
  }
};

/** Waits for one question of a node; says whether it was answered in so many seconds. */
export const answeredWithin = async (
  lab: Lab,
  asked: Pick<Probe, 'node' | 'question' | 'within'>,
  signal?: AbortSignal,
): Promise<boolean> => {
  const probe: Probe = { ...asked, name: '' };
  const answer = async (): Promise<true | undefined> => ((await ask(lab, probe)).ok ? true : undefined);
  return (await eventually(answer, probe.within * 1000, signal)) === true;
};
