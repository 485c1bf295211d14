import { readFileSync } from 'node:fs';
import t from 'tap';
import { Command } from 'commander';
import { verbs } from '../../../src/cli/verbs.ts';

const program = new Command('xiyou').enablePositionalOptions();
for (const verb of verbs) verb(program);

/** All of a verb's help, with what was added behind it. */
const helpOf = (command: Command): string => {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more) });
  command.outputHelp();
  return text;
};

for (const command of program.commands) {
  const name = command.name();
  void t.test(`the help of ${name} says what it does and shows how`, (t) => {
    const help = helpOf(command);
    t.match(command.description(), /\S+ \S+/u, 'a description');
    const [, examples = ''] = help.split('\nExamples:\n');
    const lines = examples.split('\n').filter((line) => line !== '');
    t.ok(lines.length >= 2, 'at least one example with its meaning');
    t.ok(
      lines.some((line) => new RegExp(`\\bxiyou ${name}\\b`, 'u').test(line)),
      'an example of this verb',
    );
    t.end();
  });
  void t.test(`every argument and option of ${name} is described`, (t) => {
    for (const argument of command.registeredArguments) t.not(argument.description, '', `argument ${argument.name()}`);
    for (const option of command.options) t.not(option.description, '', `option ${option.flags}`);
    t.end();
  });
}

void t.test('docs/cli.md has a section for every verb, in the order of the help', (t) => {
  const sections = [...readFileSync('docs/cli.md', 'utf8').matchAll(/^## xiyou (\S+)/gmu)].map((match) => match[1]);
  t.same(
    sections,
    program.commands.map((command) => command.name()),
  );
  t.end();
});
