/** Deadlines that follow the progress of a lab. */
import t from 'tap';
import { Standstill } from '../../../src/engine/standstill.ts';

void t.test('who waits is late when nobody else gets further either', (t) => {
  let now = 1000;
  const standstill = new Standstill(() => now);
  now = 40_000;
  t.equal(standstill.since(), 39_000, 'from the beginning');
  standstill.moved();
  now = 41_500;
  t.equal(standstill.since(), 1500, 'from the last step');
  t.equal(standstill.since(500), 1500, 'who began before that waits in a queue that moves');
  t.equal(standstill.since(41_000), 500, 'who began after it has had no longer than that');
  t.end();
});
