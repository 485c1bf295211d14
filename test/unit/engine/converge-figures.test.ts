import t from 'tap';
import { type Answered, figuresOf, flows, readProbes } from '../../../src/engine/converge-figures.ts';

const ms = (value: number): bigint => BigInt(value) * 1_000_000n;
/** Probes every 10 ms from 0 on, answered after 1 ms but for those in `lost`. */
const row = (count: number, lost: readonly number[] = []): Answered[] =>
  Array.from({ length: count }, (_, sequence) => ({
    sequence,
    sent: ms(sequence * 10),
    answered: lost.includes(sequence) ? undefined : ms(sequence * 10 + 1),
  }));

void t.test('lines are read in any order; half a line and a second answer do not count', (t) => {
  t.same(
    readProbes('ready\nsent 0 10\nanswered 1 31\nsent 1 20\nanswered 0 15\nanswered 0 99\nsent 2 30\nanswered 2 3'),
    [
      { sequence: 0, sent: 10n, answered: 15n },
      { sequence: 1, sent: 20n, answered: 31n },
      { sequence: 2, sent: 30n, answered: undefined },
    ],
  );
  t.same(readProbes(''), []);
  t.end();
});

void t.test('traffic that never stopped', (t) => {
  t.match(figuresOf(row(100), ms(505), ms(900)), {
    sent: 40,
    lost: 0,
    flowsAgain: 0,
    interruptedAfter: undefined,
    longestGap: 10,
  });
  t.end();
});

void t.test('an interruption begins later than the event and ends at the first answer of the rest', (t) => {
  const figures = figuresOf(row(100, [53, 54, 55]), ms(505), ms(900));
  t.match(figures, { lost: 3, interruptedAfter: 25, firstAnswer: 56, flowsAgain: 56, longestGap: 40 });
  t.end();
});

void t.test('traffic that comes back and stops again flows when it stays', (t) => {
  const figures = figuresOf(row(100, [51, 52, 60, 61, 62]), ms(505), ms(900));
  t.match(figures, { lost: 5, firstAnswer: 26, flowsAgain: 126, longestGap: 40 });
  t.end();
});

void t.test('what was under way at the event is lost by it, what was lost long before is not', (t) => {
  const figures = figuresOf(row(100, [20, 50, 51]), ms(505), ms(900));
  t.match(figures, { lost: 2, interruptedAfter: 0, flowsAgain: 16, longestGap: 30 });
  t.end();
});

void t.test('traffic that does not come back', (t) => {
  const lost = Array.from({ length: 50 }, (_, index) => 50 + index);
  const figures = figuresOf(row(100, lost), ms(495), ms(990));
  t.match(figures, { lost: 50, firstAnswer: undefined, flowsAgain: undefined, longestGap: 499 });
  t.end();
});

void t.test('probes whose answer may still come do not count', (t) => {
  const probes = row(100, [99, 98]);
  t.equal(figuresOf(probes, ms(505), ms(975)).lost, 0);
  t.ok(flows(probes, ms(200), ms(975)));
  t.notOk(flows(probes, ms(200), ms(985)));
  t.notOk(flows(row(10), ms(200), ms(90)), 'too short to say');
  t.notOk(flows(row(10), ms(20), ms(900)), 'nothing was sent of late');
  t.end();
});
