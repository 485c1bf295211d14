/** `xiyou plan`: what `up` would do, as commands that a person can paste. */
import type { Command } from 'commander';
import { printJson } from '../output/json.ts';
import { printNotes } from '../output/notes.ts';
import { withExamples, withJson, withParameters } from '../options.ts';

export const plan = (program: Command): void => {
  const command = program
    .command('plan')
    .description('print what `up` would do, as commands; nothing is touched')
    .argument('<topology>', 'a file, or the name of a lab in topologies/')
    .option('-n, --node <name>', 'only this node');
  withExamples(
    withJson(withParameters(command)),
    ['xiyou plan two-hosts', 'the commands of every stage'],
    ['xiyou plan journey --node pgw', 'those of one node'],
  ).action(async (given: string, options: { json?: boolean; node?: string; parameter: Record<string, string> }) => {
    const [{ loadTopology, registry }, { capabilities }, { planTopology }, { render }, { XiyouError }] =
      await Promise.all([
        import('../../engine/load.ts'),
        import('../../kernel/capabilities.ts'),
        import('../../plan/plan.ts'),
        import('../../plan/render.ts'),
        import('../../errors.ts'),
      ]);
    const { topology, notes } = await loadTopology(given, options.parameter);
    printNotes(notes);
    if (options.node !== undefined && !topology.nodes.some((node) => node.name === options.node)) {
      throw new XiyouError('unknown-node', `lab ${topology.name} has no node "${options.node}"`);
    }
    const made = planTopology(topology, registry, capabilities());
    const stages = [...made.stages].map(([stage, operations]) => ({
      stage,
      operations: operations.filter((operation) => options.node === undefined || operation.node === options.node),
    }));
    if (options.json === true) printJson({ lab: topology.name, stages, probes: made.probes });
    else {
      const lines = stages
        .filter(({ operations }) => operations.length > 0)
        .flatMap(({ stage, operations }) => [
          `# ${stage}`,
          ...operations.flatMap((operation) => render(operation, topology.name)),
          '',
        ]);
      process.stdout.write(`${lines.join('\n')}\n`);
    }
  });
};
