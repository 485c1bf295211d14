/** Checks of the topology file: commands whose answers must be as written before a deadline. */
import type { Check } from '../topology/topology.ts';
import { runIn } from '../kernel/process.ts';
import { secondsSince } from './events.ts';
import { type Lab, expandArgv } from './lab.ts';
import { mapLimit } from './once.ts';
import { eventually } from '../kernel/wait.ts';

export interface CheckResult {
  readonly name: string;
  readonly ok: boolean;
  readonly seconds: number;
  readonly from: string;
  readonly run: readonly string[];
  readonly expected: string;
  /** What the last try printed. */
  readonly seen: string;
}

const width = 3;

const expectation = (check: Check): string =>
  check.expect === undefined
    ? `exit code ${check.exit}`
    : `exit code ${check.exit} and "${check.expect}" in the output`;

const runCheck = async (lab: Lab, check: Check): Promise<CheckResult> => {
  const began = performance.now();
  let seen = '';
  const good = await eventually(async () => {
    const result = await runIn(await lab.insideMachine(check.from), expandArgv(check.run), {
      anyExit: true,
      timeout: check.within * 1000,
    }).catch((error: unknown) => ({ stdout: '', stderr: (error as Error).message, exitCode: -1 }));
    seen = `exit code ${result.exitCode}: ${`${result.stdout}${result.stderr}`.trim().slice(0, 500)}`;
    return result.exitCode === check.exit && (check.expect === undefined || result.stdout.includes(check.expect))
      ? true
      : undefined;
  }, check.within * 1000);
  return {
    name: check.name,
    ok: good === true,
    seconds: secondsSince(began),
    from: check.from,
    run: check.run,
    expected: expectation(check),
    seen,
  };
};

/** Runs all checks of the lab, some at a time. */
export const runChecks = (lab: Lab): Promise<CheckResult[]> =>
  mapLimit(lab.state.topology.checks, width, (check) => runCheck(lab, check));
