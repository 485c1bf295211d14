import { readFileSync } from 'node:fs';
import t from 'tap';
import { generated } from '../../../scripts/schema.ts';

for (const [file, text] of Object.entries(generated())) {
  void t.test(`making ${file} again changes nothing (npm run schema)`, (t) => {
    t.equal(readFileSync(file, 'utf8'), text);
    t.end();
  });
}

void t.test('every key of a topology file is described', (t) => {
  const text = generated()['docs/reference.md'] ?? '';
  const silent = text.split('\n').filter((line) => line.startsWith('| `') && line.endsWith('|  |'));
  t.same(silent, [], 'zod schemas say .describe()');
  t.end();
});
