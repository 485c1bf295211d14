import t from 'tap';
import { loadTopology } from '../../../src/engine/load.ts';
import { dot, mermaid } from '../../../src/topology/graph.ts';
import { golden, text } from '../../helpers/golden.ts';

for (const [format, draw] of [
  ['mmd', mermaid],
  ['dot', dot],
] as const) {
  void t.test(`the journey as ${format} is as expected`, async (t) => {
    const drawn = draw((await loadTopology('journey')).topology);
    t.equal(text(drawn), golden(`graphs/journey.${format}`, drawn));
  });
}
