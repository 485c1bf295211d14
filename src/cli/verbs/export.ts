/** `xiyou export`: a topology in another tool's form; nothing is touched. */
import type { Command } from 'commander';
import { Option } from 'commander';
import { withExamples, withParameters } from '../options.ts';
import { printNotes } from '../output/notes.ts';
import { writeResult } from '../output/result.ts';

export const exportVerb = (program: Command): void => {
  const command = program
    .command('export')
    .description('print a topology in another form: containerlab, Mermaid, DOT, or JSON; nothing is touched')
    .argument('<topology>', 'a file, or the name of a lab in topologies/')
    .addOption(
      new Option('-t, --to <form>', 'which form')
        .choices(['containerlab', 'mermaid', 'dot', 'json'])
        .makeOptionMandatory(),
    )
    .option('-o, --output <path>', 'a file to write; for containerlab a directory')
    .option('--image <name>', 'containerlab: the image of routers', 'quay.io/frrouting/frr:8.4.4')
    .option('--host-image <name>', 'containerlab: the image of hosts', 'wbitt/network-multitool:alpine-extra');
  withExamples(
    withParameters(command),
    ['xiyou export ospf --to containerlab -o ospf-clab', 'ospf.clab.yml and the files its nodes bind'],
    ['xiyou export journey --to json', 'the topology with every address decided'],
  ).action(
    async (
      given: string,
      options: {
        to: string;
        output?: string;
        image: string;
        hostImage: string;
        parameter: Record<string, string>;
      },
    ) => {
      const [{ loadTopology }, pictures] = await Promise.all([
        import('../../engine/load.ts'),
        import('../../topology/graph.ts'),
      ]);
      const { topology } = await loadTopology(given, options.parameter);
      if (options.to === 'mermaid') return writeResult(pictures.mermaid(topology), options.output);
      if (options.to === 'dot') return writeResult(pictures.dot(topology), options.output);
      if (options.to === 'json') return writeResult(`${JSON.stringify(topology, undefined, 2)}\n`, options.output);
      const images = { router: options.image, host: options.hostImage };
      const { containerlabOf, writeContainerlab } = await import('../../engine/export.ts');
      const { text, files, notes } = containerlabOf(topology, images);
      if (options.output === undefined) {
        const more = files.size === 0 ? [] : [`${files.size} files that it binds are written with -o DIRECTORY`];
        printNotes([...notes, ...more]);
        return writeResult(text);
      }
      printNotes(notes);
      const written = writeContainerlab(topology, images, options.output);
      process.stderr.write(
        `wrote ${written.length} files in ${options.output}: containerlab deploy -t ${written[0] ?? ''}\n`,
      );
    },
  );
};
