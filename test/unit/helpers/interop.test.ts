import t from 'tap';
import { compare, jsonMismatch } from '../../helpers/interop.ts';
import type { Check } from '../../helpers/interop.ts';

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
  same({ a: [{ x: 1, y: 1 }, { x: 2 }] }, { a: [{ x: 2 }, { x: 1 }] });
  differs({ a: [{ x: 1 }] }, { a: [{ x: 1 }, { x: 1 }] }, /^a\[1\]: nothing like/u);
  same([1, 2, 3], ['__ordered__', 1, 2]);
  differs([2, 1], ['__ordered__', 1, 2], /^\[0\]: expected 1/u);
  differs('x', { a: 1 }, /expected a mapping/u);
  differs({ a: 1 }, { a: [1] }, /^a: expected a list/u);
  t.end();
});

void t.test('text is compared without white space and without what is masked', (t) => {
  const check: Check = { node: 'r', cmd: 'show', expect: 'x', cmp: 'text', timeout: 1, mask: ['\\d+:\\d{2}'] };
  t.equal(compare(check, 'a   b 1:00\n\nc\n', ' a b 2:22 \nc'), undefined);
  t.equal(compare(check, 'a\nb\n', 'a\nc\n'), '- c\n+ b');
  t.equal(compare(check, 'a\na\n', 'a\n'), 'lines come more often or less often');
  t.equal(compare({ ...check, only: ['^O'] }, 'O a\nC b\n', 'O a\nC c\n'), undefined);
  t.match(compare({ ...check, cmp: 'json-subset' }, 'no json', '{}'), /JSON/u);
  t.end();
});
