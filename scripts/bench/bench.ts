/**
 * `npm run bench`: Xiyou against the lower bound (limit.c) and, with --mininet, against Mininet; the LTE user plane against
 * plain routing; the goals of docs/performance.md, each with its figure. Needs root and a C compiler. Everything it makes is gone afterwards.
 */
import { parseArgs } from 'node:util';
import { requireRoot } from '../../src/engine/root.ts';
import { building } from './building.ts';
import { flagship } from './flagship.ts';
import { guest } from './guest.ts';
import { converge } from './converge.ts';
import { compileLimit } from './limit.ts';
import { mobile } from './mobile.ts';
import { installMininet } from './mininet.ts';
import { type Row, headline, machine, table } from './report.ts';
import { routing } from './routing.ts';
import { scale } from './scale.ts';
import { starts } from './starts.ts';
import { tenants } from './tenants.ts';
import { Workspace } from './workspace.ts';

/** What takes its time, or compares machines, is measured when it is asked for. */
const usual = ['building', 'routing', 'scale', 'flagship', 'mobile', 'tenants'] as const;
const parts = [...usual, 'starts', 'guest', 'converge', 'converge-fast'] as const;
const usage = `npm run bench -- [--full] [--mininet] [--json] [--only ${parts.join('|')}]
  --full     1000 hosts, fat tree of k = 8, 100 routers, 1000 ports, standard timers: some six minutes, twice as long with --mininet
  --mininet  the same graphs by Mininet 2.3.0 too; installs Debian's package when it is missing
  --json     rows with every sample, the machine and the date, as one JSON object
  --only     one part alone; repeatable. "converge" (failures: three quarters of an hour, with --full two hours) runs only so,
             and "converge-fast", which leaves standard timers out; so do "starts" (up and down of five labs on whatever
             machine this is) and "guest" (the same here and in User-Mode Linux: three minutes)
`;

const { values } = parseArgs({
  options: {
    full: { type: 'boolean', default: false },
    mininet: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    help: { type: 'boolean', short: 'h' },
  },
});

const run = async (): Promise<number> => {
  const wanted: readonly string[] = values.only ?? usual;
  if (values.help === true || !wanted.every((part) => (parts as readonly string[]).includes(part))) {
    process.stdout.write(usage);
    return values.help === true ? 0 : 2;
  }
  requireRoot();
  if (values.mininet) await installMininet();
  const [date, where] = [new Date(), machine()];
  const rows: Row[] = [];
  const progress = (what: string): void => void process.stderr.write(`bench: ${what}\n`);
  const work = new Workspace();
  try {
    if (wanted.includes('building'))
      rows.push(
        ...(await building(
          work,
          { full: values.full, mininet: values.mininet, limit: await compileLimit(work.directory) },
          progress,
        )),
      );
    if (wanted.includes('routing')) rows.push(...(await routing(work, { full: values.full }, progress)));
    if (wanted.includes('scale')) rows.push(...(await scale(work, { full: values.full }, progress)));
    if (wanted.includes('flagship')) rows.push(...(await flagship(work, progress)));
    if (wanted.includes('mobile')) rows.push(...(await mobile(work, progress)));
    if (wanted.includes('tenants')) rows.push(...(await tenants(work, { full: values.full }, progress)));
    if (wanted.includes('starts')) rows.push(...(await starts(work, progress)));
    if (wanted.includes('guest')) rows.push(...(await guest(work, progress)));
    const failures = wanted.includes('converge');
    if (failures || wanted.includes('converge-fast'))
      rows.push(...(await converge(work, { full: values.full, fastOnly: !failures }, progress)));
  } finally {
    await work.close();
  }
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ date: date.toISOString(), machine: where, rows })}\n`
      : `${headline(date, where)}\n\n${table(rows)}\n`,
  );
  return 0;
};

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`bench: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
