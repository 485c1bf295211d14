/** The same starts here and in User-Mode Linux, one after the other in one run. */
import { findUserModeLinux, runGuest } from '../guest/user-mode-linux.ts';
import type { Row } from './report.ts';
import { starts } from './starts.ts';
import type { Workspace } from './workspace.ts';

/** MiB: the flagship takes half of it. */
const MEMORY = 4096;
/** Seconds for all of the labs. */
const LIMIT = 3000;

/** What the guest's own run of this program has said: rows by what they are. */
const rowsOf = (said: string): Map<string, Row> => {
  const line = said.split('\n').find((text) => text.startsWith('{"date"'));
  if (line === undefined) throw new Error(`the guest has no figures:\n${said.split('\n').slice(-20).join('\n')}`);
  const { rows } = JSON.parse(line) as { rows: Row[] };
  return new Map(rows.map((row) => [row.what, row]));
};

export const guest = async (work: Workspace, progress: (what: string) => void): Promise<Row[]> => {
  const linux = await findUserModeLinux();
  if (typeof linux === 'string') throw new Error(`no User-Mode Linux here: ${linux}`);
  const here = await starts(work, progress);
  let said = '';
  const command = ['node', 'scripts/bench/bench.ts', '--only', 'starts', '--json'];
  await runGuest(linux, {
    memory: MEMORY,
    limit: LIMIT,
    command,
    said: (text) => {
      said += text;
      for (const line of text.split('\n')) if (line.startsWith('bench: ')) progress(`guest: ${line.slice(7)}`);
    },
    signal: work.signal,
  });
  const there = rowsOf(said);
  // A lab that the guest's kernel cannot run has no row there.
  return here.map((row) => ({ ...row, guest: there.get(row.what)?.xiyou }));
};
