import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import t from 'tap';
import { convertFile } from '../../../../src/engine/convert.ts';
import { loadTopology } from '../../../../src/engine/load.ts';
import { formatError } from '../../../../src/errors.ts';
import { withMoved } from '../../../../src/topology/containerlab/binds.ts';
import { fromContainerlab } from '../../../../src/topology/containerlab/convert.ts';
import { substitute } from '../../../../src/topology/containerlab/environment.ts';
import { isContainerlab } from '../../../../src/topology/containerlab/shape.ts';
import { readVariables } from '../../../../src/topology/containerlab/variables.ts';
import { parseText, yamlOf } from '../../../../src/topology/document.ts';
import { TopologyError, locateProblems } from '../../../../src/topology/problem.ts';
import { corpus } from '../../../helpers/interop.ts';
import { golden, text } from '../../../helpers/golden.ts';

const fixture = 'test/fixtures/elsewhere/elsewhere.clab.yml';

/** Every file in golden/containerlab/ becomes exactly the text beside it: the topology and its notes, or its problems. */
for (const file of [
  fixture,
  'test/fixtures/shapes/shapes.clab.yml',
  ...globSync('test/golden/containerlab/*.clab.yml').sort(),
]) {
  const name = path.basename(file);
  void t.test(`${name} is converted as expected`, (t) => {
    const document = parseText(substitute(readFileSync(file, 'utf8'), {}));
    const reader = (one: string): string => readFileSync(path.join(path.dirname(file), one), 'utf8');
    const { value, problems, notes } = fromContainerlab(document.value, reader);
    const told =
      problems.length > 0
        ? formatError(new TopologyError(name, locateProblems(problems, name, document.locate)))
        : `${yamlOf(value)}${notes.map((note) => `# ${note}\n`).join('')}`;
    t.equal(text(told), golden(`containerlab/${name.replace('.clab.yml', '.txt')}`, told));
    t.end();
  });
}

void t.test('what is converted loads to the same lab, wherever it is written', async (t) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-convert-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'converted.yml');
  const converted = await convertFile(fixture, file);
  writeFileSync(file, converted.text);
  t.notOk(isContainerlab(parseText(converted.text).value));
  const [theirs, ours] = [await loadTopology(fixture), await loadTopology(file)];
  t.same(ours.topology, theirs.topology);
  t.ok(theirs.notes.length > converted.notes.length, 'loading notes what FRR does not read');
});

void t.test('a problem that is found later points into the containerlab file', async (t) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-convert-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const file = path.join(directory, 'broken.clab.yml');
  writeFileSync(
    file,
    [
      'name: broken',
      'topology:',
      '  nodes:',
      '    A: {kind: linux, image: alpine, binds: [nothing.txt:/etc/nothing]}',
      '    b: {kind: linux, image: alpine}',
      '  links:',
      '    - endpoints: [A:eth1, b:eth1]',
      '',
    ].join('\n'),
  );
  const error = await loadTopology(file).catch((caught: unknown) => caught);
  t.ok(error instanceof TopologyError);
  t.match(
    formatError(error as TopologyError),
    /broken\.clab\.yml:4:45 topology\.nodes\.A\.binds\[0\]: .*cannot read .*nothing\.txt/u,
  );
  writeFileSync(
    file,
    readFileSync(file, 'utf8')
      .replace(/, binds.*\]/u, '')
      .replace('b:eth1', 'b:lo'),
  );
  const second = await loadTopology(file).catch((caught: unknown) => caught);
  t.match(
    formatError(second as TopologyError),
    /broken\.clab\.yml:7:27 topology\.links\[0\]\.endpoints\[1\]: "lo" is a name that nodes use/u,
  );
});

const labs = globSync('*/*.clab.{yml,yaml}', { cwd: path.join(corpus, 'containerlab') }).sort();
const missing = labs.length === 0 ? `no labs of containerlab in ${corpus}` : false;
void t.test('the labs of the corpus load', { skip: missing }, async (t) => {
  for (const lab of labs) t.ok((await loadTopology(path.join(corpus, 'containerlab', lab))).topology.nodes.length, lab);
});

void t.test('an address that two nodes give themselves stays with their commands; others are the lab’s', (t) => {
  const node = (own: string): object => ({
    kind: 'linux',
    image: 'alpine',
    exec: [`ip addr add ${own} dev eth1`, 'ip addr add 10.9.9.9/32 dev eth1', 'echo done'],
  });
  const { value, origin } = fromContainerlab({
    name: 'same',
    topology: {
      nodes: { a: node('10.0.0.1/24'), b: node('10.0.0.2/24') },
      links: [{ endpoints: ['a:eth1', 'b:eth1'] }],
    },
  });
  const { nodes, links } = value as { nodes: Record<string, { commands: { run: string[] }[] }>; links: unknown[] };
  t.match(links, [{ endpoints: [{ addresses: ['10.0.0.1/24'] }, { addresses: ['10.0.0.2/24'] }] }]);
  t.same(
    nodes['a']?.commands.map(({ run }) => run.join(' ')),
    ['ip addr add 10.9.9.9/32 dev eth1', 'echo done'],
  );
  t.same(origin(['nodes', 'a', 'commands', 1]), ['topology', 'nodes', 'a', 'exec', 2], 'and still knows its place');
  t.end();
});

void t.test('variables of files: quotes and comments fall, and what is no assignment', (t) => {
  t.same(readVariables('# no\nexport A=1\nB = two words # why\r\nC="x # y" # z\nD=\n nonsense\nE: \'q\'\nF=a#b\n'), [
    ['A', '1'],
    ['B', 'two words'],
    ['C', 'x # y'],
    ['D', ''],
    ['E', 'q'],
    ['F', 'a#b'],
  ]);
  t.end();
});

void t.test('paths of binds at / are followed where they stand by themselves', (t) => {
  const moved = (text: string): string => withMoved(text, ['/setup.sh', '/data']);
  t.equal(moved('sh -c "/setup.sh >/data/log"'), 'sh -c "/srv/clab/setup.sh >/srv/clab/data/log"');
  t.equal(
    moved('/opt/setup.sh /setup.sh.bak ./setup.sh /database'),
    '/opt/setup.sh /setup.sh.bak ./setup.sh /database',
  );
  t.end();
});

void t.test('a template and a missing file of variables are errors that say so', async (t) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-convert-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const failure = async (name: string, text: string): Promise<string> => {
    writeFileSync(path.join(directory, name), text);
    try {
      await loadTopology(path.join(directory, name));
      return 'loaded';
    } catch (error) {
      return (error as Error).message;
    }
  };
  const template = 'name: x\ntopology:\n  nodes:\n{{ range $i := until 3 }}\n    n{{ $i }}: {kind: linux}\n{{ end }}\n';
  t.match(await failure('x.clab.yml', template), /template in Go’s|template in Go's/u);
  t.match(await failure('y.clab.gotmpl', 'name: {{ .name }}\n'), /template in Go/u);
  const nodes = '{a: {kind: linux, image: alpine, env-files: [none.env]}}';
  writeFileSync(path.join(directory, 'z.clab.yml'), `name: z\ntopology:\n  nodes: ${nodes}\n`);
  const error: unknown = await loadTopology(path.join(directory, 'z.clab.yml')).catch((caught: unknown) => caught);
  t.match(formatError(error as TopologyError), /z\.clab\.yml:3:\d+ .*cannot read none\.env/u);
});
