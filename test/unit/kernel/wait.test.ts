/** Waiting with a deadline: the first good answer, nothing after the deadline, an end at once when it is called off. */
import t from 'tap';
import { eventually, until } from '../../../src/kernel/wait.ts';

void t.test('the answer that is there at once is not waited for', async (t) => {
  let asked = 0;
  t.equal(await eventually(() => (asked += 1), 0), 1);
  t.equal(asked, 1);
});

void t.test('it asks again until there is an answer, and takes a promise for one', async (t) => {
  let asked = 0;
  const answer = await eventually(async () => ((asked += 1) < 4 ? undefined : asked), 5000);
  t.equal(answer, 4);
});

void t.test('after the deadline there is no answer', async (t) => {
  const began = performance.now();
  t.equal(await eventually(() => undefined, 30), undefined);
  t.ok(performance.now() - began >= 30);
  t.equal(await until(() => false, 10), false);
  t.equal(await until(() => true, 10), true);
});

void t.test('who is called off asks no more', async (t) => {
  const stop = new AbortController();
  let asked = 0;
  const answer = eventually(
    () => {
      asked += 1;
      stop.abort();
    },
    60_000,
    stop.signal,
  );
  t.equal(await answer, undefined);
  t.equal(asked, 1);
});
