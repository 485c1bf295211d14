/** Options that several verbs share, and how their values are read. */
import { type Command, InvalidArgumentError } from 'commander';

export interface CommonOptions {
  readonly json?: boolean;
  readonly lab?: string;
}

/** `--lab NAME`, for verbs that work on a lab that is up. */
export const withLab = (command: Command): Command =>
  command.option('-l, --lab <name>', 'the lab, when several are up');

/** `--json`, for verbs that print data. */
export const withJson = (command: Command): Command => command.option('--json', 'print JSON');

/** `-p key=value`, for topologies that are TypeScript modules. */
export const withParameters = (command: Command): Command =>
  command.option(
    '-p, --parameter <key=value>',
    'a parameter of a topology module; repeatable',
    (text: string, before: Record<string, string>) => {
      const equals = text.indexOf('=');
      if (equals < 1) throw new InvalidArgumentError('expected key=value');
      return { ...before, [text.slice(0, equals)]: text.slice(equals + 1) };
    },
    {},
  );

/** Examples at the end of a verb's help. */
export const withExamples = (command: Command, ...examples: readonly (readonly [string, string])[]): Command =>
  command.addHelpText('after', `\nExamples:\n${examples.map(([line, why]) => `  ${line}\n      ${why}`).join('\n')}`);

/** Seconds, as a positive number. */
export const readSeconds = (text: string): number => {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of seconds');
  return value;
};

/** Asks for root before anything is touched. */
export { requireRoot } from '../engine/root.ts';
