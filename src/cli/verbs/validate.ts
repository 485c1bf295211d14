/** `xiyou validate`: every problem of a topology file, without touching anything. */
import type { Command } from 'commander';
import { printJson } from '../output/json.ts';
import { printNotes } from '../output/notes.ts';
import { count } from '../output/text.ts';
import { withExamples, withJson, withParameters } from '../options.ts';

export const validate = (program: Command): void => {
  const command = program
    .command('validate')
    .description('check a topology file; nothing is touched')
    .argument('<topology>', 'a file, or the name of a lab in topologies/');
  withExamples(withJson(withParameters(command)), [
    'xiyou validate lab.yml',
    'every problem at once, with line and column',
  ]).action(async (given: string, options: { json?: boolean; parameter: Record<string, string> }) => {
    const { loadTopology } = await import('../../engine/load.ts');
    const { requirePossible } = await import('../../engine/possible.ts');
    const { topology, file, notes: read, written } = await loadTopology(given, options.parameter);
    const notes = [...read];
    requirePossible(topology, file, (text) => notes.push(text), written);
    // FRR's daemons read a file only as root; without it, up tells what they refuse.
    if (process.getuid?.() === 0) {
      const { dryRun } = await import('../../engine/frr-dry-run.ts');
      const refused = await dryRun(topology);
      if (refused.length > 0) throw (await import('../../engine/refused.ts')).refusedError(refused);
    }
    const summary = {
      file,
      lab: topology.name,
      nodes: topology.nodes.length,
      links: topology.links.length,
      checks: topology.checks.length,
    };
    if (options.json === true) printJson({ valid: true, ...summary, notes });
    else {
      printNotes(notes);
      process.stdout.write(
        `${file} is valid: lab ${summary.lab}, ${count(summary.nodes, 'node')}, ${count(summary.links, 'link')}, ${count(summary.checks, 'check')}\n`,
      );
    }
  });
};
