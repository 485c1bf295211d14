/** `xiyou why`: the route to an address as the node uses it, and why it is this one. */
import type { Command } from 'commander';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';
import { printJson } from '../output/json.ts';

const whyFlow = async (node: string, address: string, packet: string, options: CommonOptions): Promise<void> => {
  const [{ withLab: open }, { explainFlow, parseFlowQuestion }, { flowText }] = await Promise.all([
    import('../../engine/open.ts'),
    import('../../engine/flow.ts'),
    import('../../journey/why/flow.ts'),
  ]);
  const question = parseFlowQuestion(packet);
  await open(options.lab, async (lab) => {
    const answer = await explainFlow(lab, node, address, question);
    if (options.json === true) printJson(answer);
    else process.stdout.write(flowText(lab.state.topology, answer));
  });
};

export const why = (program: Command): void => {
  const command = program
    .command('why')
    .description('say why packets from a node to an address go the way they go')
    .argument('<node>', 'the node')
    .argument('<address>', 'an IPv4 or IPv6 address, or a node, whose first address is meant')
    .option(
      '--flow [packet]',
      'the flows that a packet of a virtual machine meets: tcp/80, udp/53, icmp (when left out)',
    );
  withExamples(
    withJson(withLab(command)),
    ['xiyou why a1 203.0.113.1', 'next hop, protocol, candidates, and the reason'],
    ['xiyou why r1 h2 --json', 'the same for machines'],
    ['xiyou why web1 10.0.2.11 --flow tcp/5432', 'table by table through the switches of the hypervisors'],
  ).action(async (node: string, address: string, options: CommonOptions & { readonly flow?: string | true }) => {
    if (options.flow !== undefined) {
      await whyFlow(node, address, options.flow === true ? 'icmp' : options.flow, options);
      return;
    }
    const [{ withLab: open }, { explainRoute }, { whyText }, { relationBetween }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/why.ts'),
      import('../../journey/why/render.ts'),
      import('../../features/bgp/valley.ts'),
    ]);
    await open(options.lab, async (lab) => {
      const answer = await explainRoute(lab, node, address);
      if (options.json === true) {
        printJson(answer);
        return;
      }
      const { topology } = lab.state;
      const asn = topology.nodes.find(({ name }) => name === node)?.asn;
      process.stdout.write(whyText(answer, { asn, between: relationBetween(topology) }));
    });
  });
};
