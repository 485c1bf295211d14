/**
 * What FRR thinks of a topology's own files, without a lab: each daemon reads its file in a dry run (`-C`) in an empty
 * network namespace and ends. It is the same judgement that `up` finds in the logs of the daemons.
 */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Daemon } from '../features/frr/daemons.ts';
import { frrOf, linesOf, originOf, startedDaemons, textsOf } from '../features/frr/files.ts';
import type { Topology } from '../topology/topology.ts';
import { mapLimit } from './once.ts';
import { type RefusedLine, complaintsIn } from './refused.ts';
import { runHereAnyExit } from './run.ts';

interface Reading {
  readonly node: string;
  readonly daemon: Daemon;
  readonly text: string;
  readonly origin: readonly (readonly [string, number])[];
}

/** Daemons at once. */
const width = 2;

const readings = (topology: Topology): Reading[] =>
  topology.nodes.flatMap((node) => {
    const settings = frrOf(node);
    if (settings === undefined || settings.refused === 'note') return [];
    return startedDaemons(settings).flatMap((daemon): Reading[] => {
      const lines = textsOf(settings, daemon).flatMap(({ text }) => linesOf(text));
      if (lines.length === 0) return [];
      return [{ node: node.name, daemon, text: [...lines, ''].join('\n'), origin: originOf(settings, daemon) }];
    });
  });

/** Lines that FRR would refuse; needs root. */
export const dryRun = async (topology: Topology): Promise<RefusedLine[]> => {
  const all = readings(topology);
  if (all.length === 0) return [];
  const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-frr-'));
  // The daemons read their files as user frr.
  chmodSync(directory, 0o755);
  try {
    const results = await mapLimit(all.entries(), width, async ([index, { node, daemon, text, origin }]) => {
      const file = path.join(directory, `${index}.conf`);
      writeFileSync(file, text, { mode: 0o644 });
      const places = ['-z', path.join(directory, 'zserv'), '-i', path.join(directory, 'pid'), '--log', 'stdout'];
      const argv = ['unshare', '--net', `/usr/lib/frr/${daemon}`, '-C', '-f', file, ...places];
      const { stdout, stderr } = await runHereAnyExit(argv);
      return complaintsIn(`${stdout}\n${stderr}`, { node, daemon, origin });
    });
    return results.flat();
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};
