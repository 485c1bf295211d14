import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { registry } from '../../../src/engine/load.ts';
import { formatError } from '../../../src/errors.ts';
import { loadText } from '../../../src/topology/load.ts';
import { TopologyError } from '../../../src/topology/problem.ts';
import { golden, text } from '../../helpers/golden.ts';

/** Every broken file in golden/errors/ must give exactly the text beside it. */
for (const file of globSync('test/golden/errors/*.yml').sort()) {
  const name = path.basename(file);
  void t.test(`the problems of ${name} are told as expected`, (t) => {
    let told = 'no error\n';
    try {
      loadText(readFileSync(file, 'utf8'), name, registry);
    } catch (error) {
      t.ok(error instanceof TopologyError, 'it is an error for people');
      told = text(formatError(error as TopologyError));
    }
    t.equal(told, golden(`errors/${name.replace('.yml', '.txt')}`, told));
    t.end();
  });
}
