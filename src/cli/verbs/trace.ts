/** `xiyou trace`: run a command in a node, follow its packets through the whole lab, and print the passport of one. */
import { writeFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Painter } from '../../journey/render-text.ts';
import type { Trace } from '../../journey/trace.ts';
import type { Ladder } from '../../ladder/ladder.ts';
import { printJson } from '../output/json.ts';
import { withExamples, withJson } from '../options.ts';

interface TraceOptions {
  readonly json?: boolean;
  readonly from?: string;
  readonly packet?: number;
  readonly write?: string;
  readonly layers?: boolean;
  readonly list?: boolean;
  readonly ladder?: 'short' | 'all' | 'mermaid' | 'none';
}

const ladderForms = ['short', 'all', 'mermaid', 'none'] as const;

/** Cells of a ladder's line at most: words that run on further are hard to follow. */
const widest = 140;

const readNumber = (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('expected the number of a packet');
  return value;
};

/** Colours on a terminal, plain text elsewhere. */
const painter = (): Painter => {
  const style =
    (format: Parameters<typeof styleText>[0]) =>
    (text: string): string =>
      styleText(format, text, { stream: process.stdout });
  return {
    title: style(['bold', 'yellow']),
    node: style(['bold', 'cyan']),
    what: style('bold'),
    faint: style('dim'),
    good: style('green'),
    bad: style(['bold', 'red']),
  };
};

/** What was typed behind `--`, which commander does not keep apart. */
const typedCommand = (): string[] | undefined => {
  const dashes = process.argv.indexOf('--');
  return dashes < 0 ? undefined : process.argv.slice(dashes + 1);
};

export const trace = (program: Command): void => {
  const command = program
    .command('trace')
    .description('follow the packets of a command through the whole lab, and print the passport of one')
    .argument('[lab]', 'name of the lab; the only one when left out')
    .argument('[command...]', 'after --: a command; what the topology file says when left out')
    .option('-f, --from <node>', 'the node the command runs in')
    .option('-n, --packet <number>', 'the passport of this packet instead of the request and its answer', readNumber)
    .option('--list', 'list all packets of the conversations, with their numbers')
    .option('--layers', 'show all headers at every stamp')
    .addOption(
      new Option('--ladder <form>', 'the signalling of an LTE core: all of it, as a Mermaid diagram, or none')
        .choices(ladderForms)
        .default('short'),
    )
    .option('-w, --write <file>', 'write one pcapng, each frame with its journey in the comment');
  withExamples(
    withJson(command),
    ['xiyou trace journey', "the order of the topology file's own trace"],
    ['xiyou trace journey --from phone -- ping -c 1 10.45.0.1', 'any command in any node'],
    ['xiyou trace lte --from phone1 -- ue on', 'the ladder of an attach, from the phone to the charging system'],
    ['xiyou trace journey -w order.pcapng', 'then: wireshark -o tcp.analyze_sequence_numbers:false order.pcapng'],
  ).action(async (lab: string | undefined, _words: string[], options: TraceOptions) => {
    const argv = typedCommand();
    const named =
      argv !== undefined &&
      lab === argv[0] &&
      lab !== undefined &&
      !process.argv.slice(0, process.argv.indexOf('--')).includes(lab)
        ? undefined
        : lab;
    const [{ withLab: open }, { runTrace }, { passportOf }, text, { XiyouError }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/trace.ts'),
      import('../../journey/passport.ts'),
      import('../../journey/render-text.ts'),
      import('../../errors.ts'),
    ]);
    await open(named, async (opened) => {
      const from = options.from ?? (argv === undefined ? undefined : opened.state.topology.trace?.from);
      const result = await runTrace(opened, { from, argv });
      const { trace: traced } = result;
      const ledger = traced.ledger('scope');
      const passport = passportOf(traced, options.packet);
      if (options.write !== undefined) {
        const [{ annotate }, { pcapngWriter }] = await Promise.all([
          import('../../journey/annotate.ts'),
          import('../../packet/pcapng.ts'),
        ]);
        const writer = pcapngWriter();
        writeFileSync(options.write, Buffer.concat([writer.header(), writer.frames(annotate(traced))]));
      }
      if (options.json === true) {
        const [{ traceJson }, { ladderJson }] = await Promise.all([
          import('../../journey/render-json.ts'),
          import('../../ladder/json.ts'),
        ]);
        printJson({
          command: { node: result.from, argv: result.argv, ...result.command },
          seconds: result.seconds,
          ...traceJson(traced, passport),
          ...(result.ladder.rungs.length === 0 ? {} : { ladder: ladderJson(result.ladder) }),
        });
      } else {
        const paint = painter();
        const titles = new Map(opened.state.topology.nodes.map((node) => [node.name, node.title ?? node.name]));
        const title = (node: string): string => titles.get(node) ?? node;
        const answer = `${result.command.stdout}${result.command.stderr}`.trim();
        process.stdout.write(`${paint.faint(`${result.from}$`)} ${result.argv.join(' ')}\n${answer}\n\n`);
        if (options.list === true) process.stdout.write(`${(await listed(traced)).join('\n')}\n\n`);
        const signalling = await drawn(result.ladder, { form: options.ladder ?? 'short', painter: paint, title });
        if (signalling !== undefined) process.stdout.write(`${signalling}\n\n`);
        if (passport !== undefined)
          process.stdout.write(
            `${text.passportText(passport, { painter: paint, layers: options.layers === true })}\n\n`,
          );
        process.stdout.write(`${text.ledgerText(ledger, { painter: paint, title })}\n`);
        process.stdout.write(
          `${paint.faint(`${result.frames.length} frames at ${Object.keys(ledger.capture).length === 0 ? 0 : opened.state.topology.nodes.length} nodes; ${result.seconds.command} s for the command, ${result.seconds.total} s in all`)}\n`,
        );
        if (options.write !== undefined) process.stdout.write(`wrote ${options.write}\n`);
      }
      if (options.packet !== undefined && passport === undefined)
        throw new XiyouError('command-line', `there is no packet ${options.packet}`, {
          hint: `this trace saw packets 1 to ${traced.journeys.length}; --list shows them`,
        });
      if (result.command.exitCode !== 0)
        throw new XiyouError('command-failed', `the command ended with exit code ${result.command.exitCode}`, {
          where: `${result.from}: ${result.argv.join(' ')}`,
        });
      if (ledger.verdict === 'unexplained')
        throw new XiyouError('trace-unsound', 'not every change has a cause', {
          details: ledger.unexplained.slice(0, 10).map((one) => `journey ${one.journey} at ${one.at}: ${one.text}`),
        });
    });
  });
};

/** The ladder of a trace, under a title; undefined when nothing was signalled or nobody wants it. */
const drawn = async (
  ladder: Ladder,
  { form, painter: paint, title }: { form: string; painter: Painter; title: (node: string) => string },
): Promise<string | undefined> => {
  if (form === 'none' || !ladder.rungs.some(({ kind }) => form === 'all' || kind === 'procedure')) return undefined;
  if (form === 'mermaid') return (await import('../../ladder/mermaid.ts')).mermaid(ladder).trimEnd();
  const { ladderText } = await import('../../ladder/text.ts');
  const width = process.stdout.isTTY ? Math.min(process.stdout.columns, widest) : undefined;
  const body = ladderText(ladder, { all: form === 'all', painter: paint, title, width });
  return body === undefined ? undefined : `${paint.title('the signalling, message by message')}\n${body}`;
};

/** The packets of the scope, one line each. */
const listed = async (traced: Trace): Promise<string[]> => {
  const [{ packetText }, { firstOf }] = await Promise.all([
    import('../../journey/passport.ts'),
    import('../../journey/journey.ts'),
  ]);
  const journeys = traced.scope
    .flatMap(({ forward, backward }) => [...forward, ...backward])
    .sort((left, right) => left.number - right.number);
  return journeys.map((journey) => {
    const first = firstOf(journey);
    const outcome = traced.outcome(journey);
    return `${`${journey.number}`.padStart(5)}  ${(first.at / 1e6).toFixed(3).padStart(9)} ms  ${first.frame.node.padEnd(12)} ${packetText(first)}  ${outcome.ended === 'delivered' ? `→ ${outcome.node}` : outcome.ended}`;
  });
};
