import t from 'tap';
import { mismatch } from '../../../src/plan/match.ts';

void t.test('more than expected may be there', (t) => {
  t.equal(mismatch({ a: 1 }, { a: 1, b: 2 }), undefined);
  t.equal(mismatch([{ a: 1 }], [{ a: 2 }, { a: 1, c: 3 }]), undefined);
  t.end();
});

void t.test('what is missing or other is named with its path', (t) => {
  t.equal(mismatch({ a: { b: 1 } }, { a: {} }), 'a: there is no b');
  t.equal(mismatch({ a: { b: 1 } }, { a: { b: 2 } }), 'a.b: expected 1, found 2');
  t.equal(mismatch({ a: [] }, { a: {} }), 'a: expected a list, found {}');
  t.equal(mismatch([{ state: 'Full' }], [{ state: 'Init' }]), 'no element matches {"state":"Full"}');
  t.end();
});
