/** `xiyou convert`: a lab of another tool as a topology of ours; nothing is touched. */
import type { Command } from 'commander';
import { printNotes } from '../output/notes.ts';
import { writeResult } from '../output/result.ts';
import { withExamples } from '../options.ts';

export const convert = (program: Command): void => {
  const command = program
    .command('convert')
    .description('print a containerlab file as a topology of Xiyou; nothing is touched')
    .argument('<file>', 'a containerlab file')
    .option('-o, --output <file>', 'write to a file; paths in it are relative to that file');
  withExamples(
    command,
    ['xiyou convert lab.clab.yml', 'paths in it are relative to lab.clab.yml'],
    ['xiyou convert lab.clab.yml -o labs/lab.yml', 'a file beside others'],
  ).action(async (given: string, options: { output?: string }) => {
    const { convertFile } = await import('../../engine/convert.ts');
    const { text, notes } = await convertFile(given, options.output);
    printNotes(notes);
    writeResult(text, options.output);
  });
};
