/** A recorded request of a whole lab: 630 frames at 30 interfaces are 36 packets, and every change of each is explained. */
import t from 'tap';
import { expectJourney } from '../../../src/journey/expect.ts';
import { normalise } from '../../../src/journey/normalise.ts';
import { passportOf } from '../../../src/journey/passport.ts';
import { ledgerText, passportText } from '../../../src/journey/render-text.ts';
import { traceOf } from '../../../src/journey/trace.ts';
import { exactly } from '../../helpers/exactly.ts';
import { golden, text } from '../../helpers/golden.ts';
import { proxyLog, recordedFrames, recordedInput } from '../../helpers/journey-testbed.ts';

const frames = recordedFrames();
const skip = frames === undefined ? 'the recording is not at hand' : false;

void t.test('36 journeys, all cables equal, nothing unexplained', { skip }, (t) => {
  const trace = traceOf(recordedInput(frames ?? []));
  t.equal(trace.journeys.length, 36);
  t.match(trace.ledger('all'), {
    verdict: 'complete',
    sightings: 630,
    ip: 630,
    held: 630,
    sent: 36,
    delivered: 36,
    lost: 0,
    hops: { link: 296, node: 298 },
    grades: { unexplained: 0 },
    unexplained: { length: 0 },
    ambiguous: { length: 0 },
  });
  const cables = trace.journeys.flatMap((journey) => trace.hops(journey)).filter(({ join }) => join.over === 'link');
  t.equal(cables.filter(({ grade }) => grade === 'exact').length, 296);
  t.end();
});

void t.test('the two connections are joined by their octets, and by the log', { skip }, (t) => {
  exactly(t, traceOf(recordedInput(frames ?? [])).joins, [
    { node: 'lb', front: 1, back: 2, by: 'payload', grade: 'inferred' },
  ]);
  exactly(t, traceOf(recordedInput(frames ?? [], { lb: proxyLog })).joins, [
    { node: 'lb', front: 1, back: 2, by: 'log', grade: 'exact' },
  ]);
  t.end();
});

void t.test('the passport of the request and its answer', { skip }, (t) => {
  const trace = traceOf(recordedInput(frames ?? [], { lb: proxyLog }));
  const passport = passportOf(trace);
  if (passport === undefined) throw new Error('no passport');
  const actual = normalise(`${passportText(passport)}\n\n${ledgerText(trace.ledger())}`, trace);
  t.equal(text(actual), golden('passports/one-request.txt', actual));
  const [journey] = trace.journeys.filter(({ number }) => number === passport.legs[0]?.journey);
  if (journey === undefined) throw new Error('no journey');
  expectJourney(trace, journey)
    .passes('ph', 'enb', 'sgw', 'pgw', 'nat', 'a2', 'c1', 'br', 'gw', 'hg', 'fab', 'ha', 'lb')
    .avoids('hb', 'ct')
    .gtpu(101)
    .gtpu(102)
    .snat('nat')
    .dnat('gw')
    .vxlan(5001)
    .delivered('lb')
    .once()
    .explained();
  t.end();
});

void t.test('a state that is taken away leaves its change unexplained', { skip }, (t) => {
  const without = (node: string) =>
    traceOf(recordedInput(frames ?? [], { [node]: { routes: [] } })).ledger('all').unexplained.length;
  for (const node of ['a2', 'c1', 'br', 'gw', 'nat', 'pgw', 'sgw', 'hg']) t.ok(without(node) > 0, node);
  t.end();
});
