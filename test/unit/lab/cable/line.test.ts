/** The line under a clock and a chance of the test's own. */
import t from 'tap';
import type { Impairment } from '../../../../lab/cable/config.ts';
import { Line } from '../../../../lab/cable/line.ts';

const none: Impairment = { rate: 0, delay: 0, jitter: 0, loss: 0, reorder: 0, queue: 100 };
/** A chance that gives these numbers in turn. */
const numbers = (...values: number[]) => {
  let at = 0;
  return () => values[at++ % values.length] ?? 0;
};
const never = () => {
  throw new Error('no chance is needed here');
};

void t.test('a line without impairment delivers at once', (t) => {
  t.equal(new Line(never).offer(5, 1500, none), 5);
  t.end();
});

void t.test('a rate sends one frame after the other, and the delay follows', (t) => {
  const line = new Line(never);
  const slow = { ...none, rate: 1e6, delay: 30 };
  // 1250 octets at 1 Mbit/s take 10 ms.
  t.same(
    [0, 0, 5, 100].map((now) => line.offer(now, 1250, slow)),
    [40, 50, 60, 140],
  );
  t.end();
});

void t.test('a frame that would wait longer than the queue is dropped and takes no time of the transmitter', (t) => {
  const line = new Line(never);
  const slow = { ...none, rate: 1e6, queue: 20 };
  t.same(
    [0, 0, 0, 0, 0, 11].map((now) => line.offer(now, 1250, slow)),
    [10, 20, 30, 'queue', 'queue', 40],
  );
  t.end();
});

void t.test('a lost frame has used its share of the rate', (t) => {
  const line = new Line(numbers(0.09, 0.1));
  const lossy = { ...none, rate: 1e6, loss: 0.1 };
  t.same(
    [0, 0].map((now) => line.offer(now, 1250, lossy)),
    ['loss', 20],
  );
  t.end();
});

void t.test('jitter lies around the delay, and does not let a frame overtake', (t) => {
  const shaky = { ...none, delay: 10, jitter: 4 };
  t.equal(new Line(numbers(0)).offer(0, 1, shaky), 6);
  t.equal(new Line(numbers(0.75)).offer(0, 1, shaky), 12);
  t.equal(new Line(numbers(0)).offer(0, 1, { ...shaky, jitter: 30 }), 0, 'never before it was sent');
  const line = new Line(numbers(0.75, 0));
  t.same([line.offer(0, 1, shaky), line.offer(1, 1, shaky)], [12, 12]);
  t.end();
});

void t.test('a reordered frame skips the delay and leaves the order of the others alone', (t) => {
  const line = new Line(numbers(0.9, 0.1, 0.9));
  const mixed = { ...none, delay: 10, reorder: 0.2 };
  t.same(
    [0, 1, 2].map((now) => line.offer(now, 1, mixed)),
    [10, 1, 12],
  );
  t.end();
});
