/** How long labs take to come up and to go on this machine, whatever machine that is: what is compared between machines. */
import type { Row } from './report.ts';
import type { Workspace } from './workspace.ts';
import { freed, up, xiyou } from './xiyou.ts';

/** Few daemons, an impaired link, a tenant's network, several tenants, and the flagship. */
const labs = ['ospf', 'slow-link', 'vpc', 'tenants', 'journey'] as const;
/** Seconds for one command: the flagship on a machine that starts processes thirty times as slowly. */
const within = 1500;

/** A lab up and gone again; seconds of both. */
const once = async (work: Workspace, lab: string): Promise<{ readonly made: number; readonly gone: number }> => {
  const made = await up(work, lab, lab, [], within);
  const { seconds } = await xiyou(['down', lab], { signal: work.signal, within });
  const gone = seconds + (await freed());
  made.undone();
  return { made: made.seconds, gone };
};

/** Each lab that this kernel can run once, after one that brings programs and files into memory. */
export const starts = async (work: Workspace, progress: (what: string) => void): Promise<Row[]> => {
  progress('starts: warming up');
  await once(work, labs[0]);
  const rows: Row[] = [];
  for (const lab of labs) {
    progress(`starts: ${lab}`);
    // What a lab insists on is held against the kernel by `validate`.
    const { exitCode } = await xiyou(['validate', lab], { signal: work.signal, anyExit: true });
    if (exitCode !== 0) {
      progress(`starts: ${lab} cannot run on this kernel`);
      continue;
    }
    const { made, gone } = await once(work, lab);
    rows.push({ goal: 'starts', what: `up ${lab}`, xiyou: made }, { goal: 'starts', what: `down ${lab}`, xiyou: gone });
  }
  return rows;
};
