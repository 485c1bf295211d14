import t from 'tap';
import { projectDirectory } from '../../../src/engine/paths.ts';
import { loadValue } from '../../../src/topology/load.ts';
import { registry } from '../../../src/engine/load.ts';
import { include } from '../../../src/engine/include.ts';
import { type Case, CaseNames, type Check, topologyOf } from '../../helpers/interop.ts';
import { compare, jsonMismatch } from '../../helpers/interop-compare.ts';

void t.test('JSON is compared as FRR does it', (t) => {
  const same = (actual: unknown, expected: unknown): void => {
    t.equal(jsonMismatch(actual, expected), undefined);
  };
  const differs = (actual: unknown, expected: unknown, how: RegExp): void => {
    t.match(jsonMismatch(actual, expected), how);
  };
  same({ a: 1, b: 2 }, { a: 1 });
  differs({ a: 1 }, { a: 2 }, /^a: expected 2, seen 1/u);
  differs({}, { a: { b: 1 } }, /^a: is not there/u);
  same({ b: 1 }, { a: null });
  differs({ a: null }, { a: null }, /^a: must not be there/u);
  same({ a: [1, { x: 1 }] }, { a: '*' });
  differs({}, { a: '*' }, /^a: is not there/u);
  same([null, 1], [null]);
  same({ a: [{ x: 1, y: 1 }, { x: 2 }] }, { a: [{ x: 2 }, { x: 1 }] });
  differs({ a: [{ x: 1 }] }, { a: [{ x: 1 }, { x: 1 }] }, /^a\[1\]: nothing like/u);
  same([1, { a: 2, b: 3 }], ['__ordered__', 1, { a: 2 }]);
  differs([1, 2, 3], ['__ordered__', 1, 2], /expected 2 elements in order, seen 3/u);
  differs([2, 1], ['__ordered__', 1, 2], /^\[0\]: expected 1/u);
  differs('x', { a: 1 }, /expected a mapping/u);
  differs({ a: 1 }, { a: [1] }, /^a: expected a list/u);
  same({ a: true, b: 0 }, { a: 1, b: false });
  differs({ a: 'true' }, { a: true }, /^a: expected true, seen "true"/u);
  t.equal(jsonMismatch([1, { a: null }], [1, { a: null }], '', true), undefined);
  t.match(jsonMismatch({ a: 1, b: 2 }, { a: 1 }, '', true), /b: must not be there/u);
  t.match(jsonMismatch([2, 1], [1, 2], '', true), /\[0\]: expected 1/u);
  t.end();
});

void t.test('text is compared without white space and without what is masked', (t) => {
  const check: Check = { node: 'r', cmd: 'show', expect: 'x', cmp: 'text', timeout: 1, mask: ['\\d+:\\d{2}'] };
  t.equal(compare(check, 'a   b 1:00\n\nc\n', ' a b 2:22 \nc'), undefined);
  t.equal(compare(check, 'a\nb\n', 'a\nc\n'), '- c\n+ b');
  t.equal(compare(check, 'a\na\n', 'a\n'), '+ a');
  t.equal(compare(check, 'b\n  y\n  x\na\n', 'a\nb\n x\n y\n'), undefined, 'the order is the daemon’s own');
  t.match(compare(check, 'a\n  x\nb\n  y\n', 'a\n  y\nb\n  x\n'), /- a\n- y/u, 'but a next hop is its prefix’s');
  t.equal(compare(check, 'a\n  x\n  y\n', 'a\nx\ny\n'), undefined, 'the same lines in the same order');
  t.equal(compare({ ...check, only: ['x|y'] }, 'a\n y\nb\n x\n', 'x\ny\n'), undefined, 'picked out');
  t.equal(compare({ ...check, only: ['^O'] }, 'O a\nC b\n', 'O a\nC c\n'), undefined);
  t.match(compare({ ...check, cmp: 'json-subset' }, 'no json', '{}'), /JSON/u);
  t.equal(compare({ ...check, cmp: 'json-subset' }, '{"a":1}', { a: 1 }), undefined, 'written in the case itself');
  t.throws(() => compare({ ...check, cmp: 'like' as 'text' }, '', ''), /like is no way to compare/u);
  t.end();
});

void t.test('a case becomes a topology, whatever its nodes and segments are called', async (t) => {
  const given: Case = {
    name: 'Some_Case',
    nodes: {
      PE1: { daemons: { zebra: '', bgpd: null } },
      pe1: { daemons: { zebra: 'frr.conf', ospfd: 'frr.conf' } },
      Host_1: {},
      h2: null,
    },
    nets: [
      {
        net: 'S1_a',
        members: [
          ['PE1', 'PE1-eth0'],
          ['pe1', 'pe1-eth0'],
          ['Host_1', 'eth-PE1'],
        ],
      },
      { net: 's1-a', members: [['pe1', 'pe1-eth1']] },
    ],
    steps: [],
  };
  const names = new CaseNames(given);
  t.equal(names.node('pe1'), 'pe1');
  t.equal(names.node('PE1'), 'pe1-2', 'two names that differ in their capitals are two');
  t.equal(names.netOf(['PE1', 'PE1-eth0']), names.net('S1_a'));
  t.not(names.net('S1_a'), names.net('s1-a'));
  t.throws(() => names.node('nobody'), /no node nobody/u);
  t.throws(() => names.netOf(['h2', 'eth0']), /in no segment/u);
  const value = topologyOf('some', given, `${projectDirectory}/test/fixtures/frr-case`);
  const included = await include(value, '/');
  t.same(included.problems, []);
  const { nodes } = loadValue(included.value, 'x', registry);
  t.same(
    nodes.slice(0, 4).map(({ name, hostname, kind }) => [name, hostname, kind]),
    [
      ['pe1-2', 'PE1', 'router'],
      ['pe1', undefined, 'router'],
      ['host-1', 'Host_1', 'router'],
      ['h2', undefined, 'router'],
    ],
  );
  t.same(nodes[0]?.features['frr'], {
    refused: 'note',
    zebra: [{ text: '', file: 'zebra' }],
    bgpd: [{ text: '', file: 'bgpd' }],
  });
  t.match(nodes[1]?.features['frr'], { daemons: { text: 'zebra=yes\nospfd=yes\n' }, config: { text: /router ospf/u } });
  t.throws(
    () => topologyOf('x', { ...given, nodes: { r: { daemons: { sharpd: 'x' } } } }, '/'),
    /sharpd is not a daemon/u,
  );
});
