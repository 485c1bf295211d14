/** `xiyou ps`: the nodes of a lab, their addresses and processes. */
import type { Command } from 'commander';
import { printJson } from '../output/json.ts';
import { printTable } from '../output/table.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';

const mebibytes = (kibibytes: number): string => `${(kibibytes / 1024).toFixed(0)} MB`;

export const ps = (program: Command): void => {
  const command = program.command('ps').alias('inspect').description('show the nodes of a lab and what runs in them');
  withExamples(
    withJson(withLab(command)),
    ['xiyou ps', 'a table'],
    ['xiyou ps --json', 'the same for machines'],
  ).action(async (options: CommonOptions) => {
    const [{ withLab: open }, { processRows }, { kernelHas }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/ps.ts'),
      import('../../kernel/capabilities.ts'),
    ]);
    await open(options.lab, (lab) => {
      const rows = processRows(lab);
      if (options.json === true) {
        printJson({
          lab: lab.paths.lab,
          phase: lab.state.phase,
          since: lab.state.since,
          file: lab.state.file,
          nodes: rows,
        });
        return;
      }
      const datapath = kernelHas('openvswitch') ? 'kernel' : 'userspace';
      process.stdout.write(
        `lab ${lab.paths.lab} (${lab.state.phase}) from ${lab.state.file}; Open vSwitch datapath of this machine: ${datapath}\n\n`,
      );
      printTable(
        ['NODE', 'KIND', 'AS', 'ADDRESS', 'RUNS', 'MEMORY', 'TITLE'],
        rows.map((row) => [
          row.state === 'up' ? row.node : `${row.node} (${row.state})`,
          row.kind,
          row.asn === undefined ? '' : `${row.asn}`,
          row.addresses.find((address) => !address.includes(':')) ?? '',
          row.processes
            .map((one) => (one.state === 'running' ? one.name : `${one.name} (ended)`))
            .concat(row.dataPath === undefined ? [] : [`(data path: ${row.dataPath})`])
            .join(' '),
          row.processes.length === 0 ? '' : mebibytes(row.processes.reduce((sum, one) => sum + one.memory, 0)),
          row.title ?? '',
        ]),
        'the lab has no nodes',
      );
    });
  });
};
