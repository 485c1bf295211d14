/** The command `xiyou`: one file per verb, joined here; errors become text for people and one of four exit codes. */
import { Command, CommanderError } from 'commander';
import manifest from '../../package.json' with { type: 'json' };
import { XiyouError, formatError } from '../errors.ts';
import { printJson } from './output/json.ts';
import { verbs } from './verbs.ts';

const program = new Command('xiyou')
  .description('The Internet on one machine, and the passport of every packet in it.')
  .version(manifest.version, '--version', 'print the version of Xiyou')
  .showHelpAfterError('(xiyou help VERB tells more)')
  .enablePositionalOptions()
  .exitOverride()
  .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /u, 'error[command-line]: ')) });
for (const verb of verbs) verb(program);
program.addHelpText(
  'after',
  `
Begin with:
  xiyou up two-hosts                     bring a lab up (a name in topologies/ or a file)
  xiyou exec left -- ping -c 1 right     run a command in a node
  xiyou down                             leave the machine as it was

Exit codes: 0 done, 1 the lab or a check failed, 2 the command line or the file is wrong, 3 the machine lacks something.`,
);
for (const command of program.commands) command.exitOverride().showHelpAfterError('(add --help for more)');

// Who reads may stop reading, as in `xiyou trace | head`; the verb goes on to its end, which may be a lab's.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

const wantsJson = process.argv.includes('--json');

/** Prints an error for people, or for machines with --json, and returns the exit code. */
const report = (error: unknown): number => {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof XiyouError) {
    if (wantsJson) {
      printJson({
        error: {
          code: error.code,
          message: error.message,
          where: error.where,
          hint: error.hint,
          details: error.details,
        },
      });
    } else process.stderr.write(`${formatError(error)}\n`);
    return error.exitCode;
  }
  const { stack, message } = error instanceof Error ? error : { stack: undefined, message: String(error) };
  process.stderr.write(
    `internal error: ${message}\n${stack ?? ''}\nThis is a mistake in Xiyou itself; please report it with the lines above.\n`,
  );
  return 1;
};

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = report(error);
}
