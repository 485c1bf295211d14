/** `xiyou graph`: a picture of a topology: Mermaid, DOT, or an SVG file. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { writeResult } from '../output/result.ts';
import { withExamples, withParameters } from '../options.ts';

export const graph = (program: Command): void => {
  const command = program
    .command('graph')
    .description('draw a topology; nothing is touched')
    .argument('<topology>', 'a file, or the name of a lab in topologies/')
    .addOption(
      new Option('-f, --format <format>', 'what to print').choices(['mermaid', 'dot', 'svg']).default('mermaid'),
    )
    .option('-o, --output <file>', 'write to a file; the format follows its ending');
  withExamples(
    withParameters(command),
    ['xiyou graph journey', 'Mermaid, for documents'],
    ['xiyou graph journey -o journey.svg', 'a picture, by Graphviz'],
  ).action(async (given: string, options: { format: string; output?: string; parameter: Record<string, string> }) => {
    const [{ loadTopology }, pictures, { hasProgram }, { XiyouError }] = await Promise.all([
      import('../../engine/load.ts'),
      import('../../topology/graph.ts'),
      import('../../engine/possible.ts'),
      import('../../errors.ts'),
    ]);
    const { topology } = await loadTopology(given, options.parameter);
    const format =
      options.output?.endsWith('.svg') === true
        ? 'svg'
        : options.output?.endsWith('.dot') === true
          ? 'dot'
          : options.format;
    let text = format === 'mermaid' ? pictures.mermaid(topology) : pictures.dot(topology);
    if (format === 'svg') {
      if (!hasProgram('dot'))
        throw new XiyouError('machine-lacks', 'an SVG needs Graphviz', { hint: 'apt-get install graphviz' });
      const { runHere } = await import('../../engine/run.ts');
      text = (await runHere(['dot', '-Tsvg'], text)).stdout;
    }
    writeResult(text, options.output);
  });
};
