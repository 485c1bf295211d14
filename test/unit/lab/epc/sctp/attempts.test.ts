/** How often a peer that may still be starting is tried. */
import t from 'tap';
import { attemptParameters, defaults } from '../../../../../lab/epc/sctp/parameters.ts';

void t.test('first attempts are short, later ones have time for a long path', (t) => {
  const times = Array.from({ length: 60 }, (_, attempt) => attemptParameters(attempt).rtoInitial);
  t.ok((times[0] ?? 0) <= 100, 'a peer that comes up is met soon');
  t.ok(times.every((time, attempt) => attempt === 0 || time >= (times[attempt - 1] ?? 0)));
  t.equal(times.at(-1), defaults.rtoInitial, 'the RFC’s value in the end');
  // Twice the repetition's time passes before an attempt is given up; then the next one begins.
  t.ok(times.slice(0, 10).reduce((sum, time) => sum + 3 * time, 0) < 10_000, 'ten attempts in ten seconds');
  t.end();
});
