/** `xiyou completion`: a script that teaches bash the verbs, their options, and the names of nodes and labs. */
import { readdirSync } from 'node:fs';
import type { Command } from 'commander';
import { withExamples } from '../options.ts';

/** What bash sources. It asks `xiyou completion words` for candidates, so it never goes stale. */
const script = `_xiyou() {
  local words
  words=$(xiyou completion words -- "\${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null)
  COMPREPLY=( $(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}") )
  compopt -o default
}
complete -F _xiyou xiyou
`;

/** Verbs that take a topology, a lab and nodes as their first words. */
const takesTopology = ['up', 'plan', 'validate', 'graph'];
const takesLab = ['down', 'trace', 'epc'];
const takesNode = ['exec', 'shell', 'logs', 'capture', 'link'];

const topologyNames = async (): Promise<string[]> => {
  const { projectDirectory } = await import('../../engine/paths.ts');
  return readdirSync(`${projectDirectory}/topologies`, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? [entry.name] : entry.name.endsWith('.yml') ? [entry.name.slice(0, -4)] : [],
  );
};

const candidates = async (program: Command, before: readonly string[]): Promise<string[]> => {
  const verb = before.find((word) => !word.startsWith('-'));
  if (verb === undefined) return program.commands.map((command) => command.name());
  const options =
    program.commands
      .find((command) => command.name() === verb)
      ?.options.flatMap((option) => (option.long === undefined ? [] : [option.long])) ?? [];
  if (takesTopology.includes(verb)) return [...(await topologyNames()), ...options];
  const { findLab, labNames } = await import('../../engine/state.ts');
  if (takesLab.includes(verb)) return [...labNames(), ...options];
  if (!takesNode.includes(verb)) return options;
  const { state } = findLab(undefined);
  return [...state.topology.nodes.map((node) => node.name), ...options];
};

export const completion = (program: Command): void => {
  const command = program
    .command('completion')
    .description('print a completion script for bash')
    .argument('[words...]', 'used by the script itself')
    .passThroughOptions();
  withExamples(command, ['source <(xiyou completion)', 'now, or from ~/.bashrc']).action(async (given: string[]) => {
    if (given[0] !== 'words') process.stdout.write(script);
    else process.stdout.write(`${(await candidates(program, given.slice(given[1] === '--' ? 2 : 1))).join('\n')}\n`);
  });
};
