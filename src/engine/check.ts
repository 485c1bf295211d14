/**
 * Checks of the topology file: asked until they are true or their deadline has passed. Those that do not disturb each
 * other are asked at the same time; then those that follow packets, and those before which something happens to the lab,
 * one after the other. What happened is undone whatever comes out, also when a person stops it.
 */
import type { Answer, CheckResult } from '../checks/result.ts';
import { isAlone, selectChecks } from '../checks/select.ts';
import { askedOf, eventText, expectedOf } from '../checks/words.ts';
import { XiyouError } from '../errors.ts';
import type { Probe } from '../fragment/fragment.ts';
import { eventually } from '../kernel/wait.ts';
import { type Check, nodeOf } from '../topology/check.ts';
import { checkShape } from '../topology/check-shape.ts';
import { resolveCheck } from '../topology/check-resolve.ts';
import { suggestion } from '../topology/suggest.ts';
import { ask } from './check-ask.ts';
import { secondsSince } from './events.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';
import { answeredNow, recovered } from './probe.ts';
import { withTrouble } from './trouble.ts';

export type { CheckResult } from '../checks/result.ts';

export interface CheckOptions {
  /** Names of checks, or parts of names; all when there are none. */
  readonly names?: readonly string[];
  readonly signal?: AbortSignal | undefined;
  /** Told of each result in the order of the file, as soon as all before it are there. */
  readonly listener?: (result: CheckResult, number: number) => void;
}

/** Checks asked at once. */
const width = 3;

/**
 * Milliseconds for the answer to one packet: a part of the check's time, so that there are several tries, and never
 * longer than a second, which is TCP's first retransmission (RFC 6298, 2.1).
 */
const patienceOf = ({ within }: Check): number => Math.round(Math.min(1000, Math.max(200, within * 250)));

const untilTrue = async (lab: Lab, check: Check, signal: AbortSignal | undefined): Promise<CheckResult> => {
  const began = performance.now();
  const deadline = check.within * 1000;
  let last: Answer = { ok: false, seen: 'nothing' };
  await eventually(
    async () => {
      // The last try may begin just before the deadline; it gets a moment all the same.
      // Whole milliseconds, as timers of processes want them.
      const left = Math.ceil(Math.max(200, deadline - (performance.now() - began)));
      last = await ask(lab, check, { left, patience: patienceOf(check), signal });
      return last.ok ? true : undefined;
    },
    deadline,
    signal,
  );
  return {
    name: check.name,
    ok: last.ok,
    seconds: secondsSince(began),
    statement: check.statement,
    from: nodeOf(check),
    asked: askedOf(check),
    expected: expectedOf(check),
    seen: last.seen,
    ...(last.took === undefined ? {} : { took: last.took }),
    ...(check.when === undefined ? {} : { when: eventText(check.when) }),
  };
};

const afterEvent = async (
  lab: Lab,
  check: Check & { readonly when: NonNullable<Check['when']> },
  signal: AbortSignal | undefined,
): Promise<CheckResult> => {
  let before: readonly Probe[] = [];
  const result = await withTrouble(lab, check.when, { who: `check ${lab.paths.lab}` }, async (begin) => {
    before = await answeredNow(lab, lab.state.probes);
    await begin();
    return untilTrue(lab, check, signal);
  });
  // The lab has to be as before until the next check.
  const trouble = signal?.aborted === true ? undefined : await recovered(lab, before, signal);
  return trouble === undefined
    ? result
    : { ...result, ok: false, seen: `${result.seen}; afterwards the lab did not come back: ${trouble}` };
};

const runCheck = (lab: Lab, check: Check, signal: AbortSignal | undefined): Promise<CheckResult> =>
  check.when === undefined ? untilTrue(lab, check, signal) : afterEvent(lab, { ...check, when: check.when }, signal);

/** Throws when somebody stopped it. */
const stopHere = (signal: AbortSignal | undefined): void => {
  if (signal?.aborted !== true) return;
  throw new XiyouError('interrupted', 'stopped before all checks were asked', {
    hint: 'what the checks had done to the lab is undone',
  });
};

/** The checks that are meant, or an error that knows the near misses. */
export const chosenChecks = (lab: Lab, names: readonly string[]): readonly Check[] => {
  const all = lab.state.topology.checks;
  const { checks, unknown } = selectChecks(all, names);
  const [first] = unknown;
  if (first === undefined) return checks;
  throw new XiyouError('command-line', `no check of lab ${lab.paths.lab} is called "${first}"`, {
    hint:
      suggestion(
        first,
        all.map(({ name }) => name),
      ) ?? 'the lab has no checks',
  });
};

/** Runs checks of the lab; results are in the order of the file. */
export const runChecks = async (lab: Lab, options: CheckOptions = {}): Promise<CheckResult[]> => {
  const { names = [], signal, listener } = options;
  const checks = chosenChecks(lab, names);
  const results: (CheckResult | undefined)[] = checks.map(() => undefined);
  let told = 0;
  const done = (index: number, result: CheckResult): void => {
    results[index] = result;
    for (let next = results[told]; next !== undefined; next = results[told]) {
      told += 1;
      listener?.(next, told);
    }
  };
  const work = async ([index, check]: readonly [number, Check]): Promise<void> => {
    stopHere(signal);
    const result = await runCheck(lab, check, signal);
    stopHere(signal);
    done(index, result);
  };
  const numbered = [...checks.entries()];
  await mapLimit(
    numbered.filter(([, check]) => !isAlone(check)),
    width,
    work,
  );
  const alone = numbered.filter(([, check]) => isAlone(check));
  for (const one of alone.filter(([, { when }]) => when === undefined)) await work(one);
  for (const one of alone.filter(([, { when }]) => when !== undefined)) await work(one);
  return results.filter((result) => result !== undefined);
};

/**
 * One check that no file states, in the form that files have: `{name, from: 'a', to: 'b'}`. Throws check-failed, or
 * command-line when it cannot be asked in this lab.
 */
export const checkNow = async (lab: Lab, written: unknown): Promise<CheckResult> => {
  const parsed = checkShape.safeParse(
    typeof written === 'object' && written !== null && !('name' in written) ? { name: 'check', ...written } : written,
  );
  const { check, problems } = parsed.success
    ? resolveCheck(parsed.data, lab.state.topology, [])
    : {
        check: undefined,
        problems: parsed.error.issues.map(({ message, path }) => ({
          message: `${path.join('.')}: ${message}`,
          hint: undefined,
        })),
      };
  if (check === undefined)
    throw new XiyouError('command-line', problems.map(({ message }) => message).join('; '), {
      hint: problems[0]?.hint,
    });
  const result = await runCheck(lab, check, undefined);
  if (result.ok) return result;
  throw new XiyouError('check-failed', `${result.name}: expected ${result.expected}, seen ${result.seen}`, {
    where: `${result.from}: ${result.asked}`,
  });
};
