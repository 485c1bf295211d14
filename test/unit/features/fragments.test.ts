/** Golden fragments: everything that the kinds and features of a few labs contribute, to be read as a diff. */
import t from 'tap';
import { golden, text } from '../../helpers/golden.ts';
import {
  agreements,
  cloud,
  cluster,
  leases,
  sharedSegment,
  shop,
  translated,
  twoSystems,
} from '../../helpers/fixtures.ts';
import { lte } from '../../helpers/lte-fixture.ts';
import { contributionOf, fragmentText, problemsOf } from '../../helpers/topology-fixture.ts';
import type { Topology } from '../../../src/topology/topology.ts';

const labs: Readonly<Record<string, Topology>> = {
  'two-systems': twoSystems(),
  'two-systems-standard': twoSystems('standard'),
  'shared-segment': sharedSegment(),
  cloud: cloud(),
  'cloud-kernel': cloud('kernel'),
  translated: translated(),
  lte: lte(),
  shop: shop(),
  cluster: cluster(),
  agreements: agreements(),
  leases: leases(),
};

const fragmentsText = (topology: Topology): string =>
  topology.nodes.map((node) => `# ${node.name}\n${fragmentText(contributionOf(topology, node.name))}\n`).join('\n');

for (const [name, topology] of Object.entries(labs)) {
  void t.test(`${name}: fragments are those of the golden file`, (t) => {
    const actual = fragmentsText(topology);
    t.equal(text(actual), golden(`fragments/${name}.txt`, actual));
    t.end();
  });

  void t.test(`${name}: nothing is wrong with it`, (t) => {
    for (const node of topology.nodes) t.same(problemsOf(topology, node.name), [], node.name);
    t.end();
  });

  void t.test(`${name}: no two operations of a node write the same file or start the same process`, (t) => {
    for (const node of topology.nodes) {
      const { operations } = contributionOf(topology, node.name);
      const names = operations.flatMap(({ operation }) =>
        operation.op === 'file'
          ? [`file ${operation.path}`]
          : operation.op === 'process'
            ? [`process ${operation.name}`]
            : [],
      );
      t.equal(new Set(names).size, names.length, node.name);
    }
    t.end();
  });
}
