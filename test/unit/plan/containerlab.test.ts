import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import t from 'tap';
import { containerlabOf, writeContainerlab } from '../../../src/engine/export.ts';
import { loadTopology } from '../../../src/engine/load.ts';
import { golden, text } from '../../helpers/golden.ts';

const images = { router: 'quay.io/frrouting/frr:8.4.4', host: 'alpine' };

void t.test('a lab of routers, hosts and a slow link as containerlab has it', async (t) => {
  for (const name of ['ospf', 'switch', 'slow-link']) {
    const { text: yaml, files, notes } = containerlabOf((await loadTopology(name)).topology, images);
    const told = [yaml, ...notes.map((note) => `# ${note}`), ...[...files.keys()].map((file) => `# ${file}`)].join(
      '\n',
    );
    t.equal(text(told), golden(`containerlab/export-${name}.txt`, told), name);
  }
});

void t.test('what is exported can be taken back: the same nodes, links, and files of daemons', async (t) => {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-export-'));
  t.teardown(() => rmSync(directory, { recursive: true }));
  const { topology } = await loadTopology('bgp');
  const [file = ''] = writeContainerlab(topology, images, directory);
  const back = (await loadTopology(file)).topology;
  t.same(
    back.nodes.map(({ name, kind }) => [name, kind]),
    topology.nodes.map(({ name, kind }) => [name, kind]),
  );
  t.same(
    back.links.map(({ ends, mtu }) => [ends, mtu]),
    topology.links.map(({ ends, mtu }) => [ends, mtu]),
  );
  const macs = (nodes: typeof back.nodes): string[] => nodes.flatMap((node) => node.interfaces.map(({ mac }) => mac));
  t.same(macs(back.nodes), macs(topology.nodes));
});

void t.test('what containerlab has no word for is said', async (t) => {
  const { topology } = await loadTopology('journey');
  t.throws(() => containerlabOf(topology, images), {
    code: 'not-exportable',
    details: [/^phone: a certificate/u],
  });
});
