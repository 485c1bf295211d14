/** `xiyou ps`: the nodes of a lab, their addresses and processes. */
import type { Command } from 'commander';
import type { KeeperRow, ProcessRow } from '../../engine/ps.ts';
import { printJson } from '../output/json.ts';
import { printTable } from '../output/table.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';

const mebibytes = (kibibytes: number): string => `${(kibibytes / 1024).toFixed(0)} MB`;

/** `18:40:11`, in the time of this machine. */
const clock = (at: string): string => new Date(at).toLocaleTimeString('en-GB');

const times = (count: number): string => (count === 1 ? 'restarted once' : `restarted ${count} times`);

/** A process in the table: its name, and what a person should know of how it fared. */
const processText = ({ name, state, ended, restarts }: ProcessRow): string => {
  const notes = [
    ...(state === 'running'
      ? []
      : [
          ended === undefined
            ? 'ended'
            : `ended: ${ended.how}${ended.again === undefined ? '' : `, again ${clock(ended.again)}`}`,
        ]),
    ...(restarts === undefined ? [] : [`${times(restarts.count)}, ${clock(restarts.at)}: ${restarts.how}`]),
  ];
  return notes.length === 0 ? name : `${name} (${notes.join('; ')})`;
};

/** What brings back daemons that end by themselves, in a line; nothing where nothing could be brought back. */
const keeperLine = ({ state, pid, memory }: KeeperRow): string => {
  switch (state) {
    case 'running':
      return `keeper: pid ${pid}, ${mebibytes(memory ?? 0)}\n`;
    case 'ended':
      return 'keeper: not running; what ends stays ended until `xiyou up` starts it\n';
    case 'off':
      return 'keeper: none, as `up --no-restart` asked for; what ends stays ended until the next `up`\n';
    case 'none':
      return '';
  }
};

export const ps = (program: Command): void => {
  const command = program.command('ps').alias('inspect').description('show the nodes of a lab and what runs in them');
  withExamples(
    withJson(withLab(command)),
    ['xiyou ps', 'a table'],
    ['xiyou ps --json', 'the same for machines'],
  ).action(async (options: CommonOptions) => {
    const [{ withLab: open }, { keeperRow, processRows }, { kernelHas }] = await Promise.all([
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
          keeper: keeperRow(lab),
          nodes: rows,
        });
        return;
      }
      const datapath = kernelHas('openvswitch') ? 'kernel' : 'userspace';
      process.stdout.write(
        `lab ${lab.paths.lab} (${lab.state.phase}) from ${lab.state.file}; Open vSwitch datapath of this machine: ${datapath}\n${keeperLine(keeperRow(lab))}\n`,
      );
      printTable(
        ['NODE', 'KIND', 'AS', 'ADDRESS', 'RUNS', 'MEMORY', 'TITLE'],
        rows.map((row) => [
          row.state === 'up' ? row.node : `${row.node} (${row.state})`,
          row.kind,
          row.asn === undefined ? '' : `${row.asn}`,
          row.addresses.find((address) => !address.includes(':')) ?? '',
          row.processes
            .map(processText)
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
