/** The walk: which sightings are one packet's, by place and not by time; identical packets; copies that switches make. */
import t from 'tap';
import { noEvidence } from '../../../src/journey/evidence.ts';
import { groundOf } from '../../../src/journey/ground.ts';
import type { Journey } from '../../../src/journey/journey.ts';
import { pointOf } from '../../../src/journey/journey.ts';
import { sightingsOf } from '../../../src/journey/sighting.ts';
import { traceOf } from '../../../src/journey/trace.ts';
import { journeysOf } from '../../../src/journey/walk.ts';
import { ethernet, ipv4 } from '../../../src/packet/encode.ts';
import { udp } from '../../../src/packet/encode-transport.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import { crossing, crossingFrames, crossingInput, entryOf, macOf, seen } from '../../helpers/journey-frames.ts';
import { fixture } from '../../helpers/topology-fixture.ts';

const ground = groundOf(crossing, [], noEvidence);
const walk = (frames: readonly Frame[]): Journey[] => journeysOf(sightingsOf(frames), ground);
const points = ({ sightings }: Journey): string => sightings.map(pointOf).join(' ');

const way = 'a:eth0 > r:to-a < r:to-n > n:to-r < n:to-b > b:eth0 <';

void t.test('one packet is one journey, through MAC rewrite, TTL and translation', (t) => {
  const [journey, ...more] = walk(crossingFrames());
  t.equal(more.length, 0);
  t.equal(journey && points(journey), way);
  t.strictSame(
    journey?.joins.map(({ over }) => over),
    ['link', 'node', 'link', 'node', 'link'],
  );
  t.end();
});

void t.test('frames may come in any order, as several rings deliver them', (t) => {
  const frames = [...crossingFrames({ identification: 1 }), ...crossingFrames({ identification: 2, at: 2500 })];
  const journeys = walk([...frames].reverse());
  t.strictSame(journeys.map(points), [way, way]);
  t.end();
});

void t.test('a frame that arrives in the instant in which it left follows all the same', (t) => {
  const frames = crossingFrames().map((frame) => ({ ...frame, time: frame.time - (frame.time % 2000n) }));
  t.strictSame(walk([...frames].reverse()).map(points), [way]);
  t.end();
});

void t.test('identical packets one after the other are told apart by place alone', (t) => {
  const frames = [0, 1, 2].flatMap((index) => crossingFrames({ identification: 0, at: index * 100_000 }));
  const journeys = walk(frames);
  t.strictSame(journeys.map(points), [way, way, way]);
  t.notOk(journeys.some(({ ambiguous }) => ambiguous));
  t.strictSame(
    journeys.map(({ sightings }) => sightings[5]?.at),
    [5000, 105_000, 205_000],
  );
  t.end();
});

void t.test('identical packets in the same place are split in order, and say so', (t) => {
  const frames = [0, 1].flatMap((index) => crossingFrames({ identification: 0, at: index * 100 }));
  const journeys = walk(frames);
  t.strictSame(journeys.map(points), [way, way]);
  t.ok(journeys.every(({ ambiguous }) => ambiguous));
  t.ok(journeys[0]?.joins.some(({ candidates }) => candidates === 2));
  t.end();
});

void t.test('packets with one identity but different flows are told apart by their flow', (t) => {
  const frames = [40_000, 40_001].flatMap((sourcePort, index) =>
    crossingFrames({ identification: 0, sourcePort, at: index * 100 }),
  );
  const conntrack = [40_000, 40_001].map((sourcePort) => entryOf({ sourcePort }));
  const { journeys } = traceOf(crossingInput(frames.reverse(), { n: { conntrack } }));
  t.strictSame(journeys.map(points), [way, way]);
  t.notOk(journeys.some(({ ambiguous }) => ambiguous));
  t.ok(
    walk(frames).some(({ ambiguous }) => ambiguous),
    'without the entries of n, what it translated could be either',
  );
  t.strictSame(
    journeys.map(
      ({ sightings }) =>
        new Set(sightings.map(({ layers }) => layers.find((layer) => layer.protocol === 'udp')?.sourcePort)).size,
    ),
    [1, 1],
  );
  t.end();
});

void t.test('a packet that is delivered does not wait to be sent on', (t) => {
  const echo = crossingFrames({ identification: 0 });
  // b sends the very same octets once more, from an address that is not its own: another packet.
  const again = { ...(echo[5] as Frame), direction: 'out', time: (echo[5] as Frame).time + 1000n } as const;
  t.equal(walk([...echo, again]).length, 2);
  t.end();
});

void t.test('packets inside one machine cross lo', (t) => {
  const packet = ipv4({ source: '127.0.0.1', destination: '127.0.0.1' }, udp({ sourcePort: 1, destinationPort: 2 }));
  const frame = ethernet({ source: '00:00:00:00:00:00', destination: '00:00:00:00:00:00' }, packet);
  const [journey] = walk([seen('a:lo >', frame, 0), seen('a:lo <', frame, 500)]);
  t.equal(journey && points(journey), 'a:lo > a:lo <');
  t.end();
});

void t.test('a switch floods: one journey, and a copy for every other port', (t) => {
  const lan = fixture({ s: { kind: 'switch' }, x: { kind: 'host' }, y: { kind: 'host' }, z: { kind: 'host' } }, [
    ['x:eth0 10.0.0.1/24', 's:to-x'],
    ['y:eth0 10.0.0.2/24', 's:to-y'],
    ['z:eth0 10.0.0.3/24', 's:to-z'],
  ]);
  const flood = (destination: string, mac: string): Frame[] => {
    const frame = ethernet(
      { source: macOf(lan, 'x:eth0'), destination: mac },
      ipv4({ source: '10.0.0.1', destination, identification: 7 }, udp({ sourcePort: 9, destinationPort: 9 })),
    );
    return ['x:eth0 >', 's:to-x <', 's:br0 <', 's:to-y >', 'y:eth0 <', 's:to-z >', 'z:eth0 <'].map((point, index) =>
      seen(point, frame, index * 1000),
    );
  };
  const broadcast = traceOf({
    frames: flood('10.0.0.255', 'ff:ff:ff:ff:ff:ff'),
    topology: lan,
    rewrites: [],
    evidence: noEvidence,
  });
  t.strictSame(broadcast.journeys.map(points), [
    'x:eth0 > s:to-x < s:br0 < s:to-y > y:eth0 <',
    's:to-x < s:to-z > z:eth0 <',
  ]);
  t.match(broadcast.journeys[0], { copies: [2] });
  t.match(broadcast.journeys[1], { copyOf: { journey: 1, sighting: 1 } });
  t.match(broadcast.ledger('all'), {
    verdict: 'complete',
    sent: 1,
    delivered: 1,
    ip: 7,
    held: 7,
    unexplained: { length: 0 },
  });
  // Unknown unicast: z's card is not meant and ignores it. Nothing is lost.
  const unicast = traceOf({
    frames: flood('10.0.0.2', macOf(lan, 'y:eth0')).filter(({ interface: name }) => name !== 'br0'),
    topology: lan,
    rewrites: [],
    evidence: noEvidence,
  });
  t.strictSame(
    unicast.journeys.map((journey) => unicast.outcome(journey).ended),
    ['delivered', 'stray'],
  );
  t.match(unicast.ledger('all'), { verdict: 'complete', sent: 1, delivered: 1, lost: 0 });
  t.end();
});

void t.test('twelve thousand sightings take a fraction of a second', (t) => {
  const frames = Array.from({ length: 2000 }, (_, index) =>
    crossingFrames({ identification: index, at: index * 700 }),
  ).flat();
  const sightings = sightingsOf(frames);
  const before = performance.now();
  const journeys = journeysOf(sightings, ground);
  const took = performance.now() - before;
  t.equal(journeys.length, 2000);
  // Measured 20 ms on a busy 2-core machine; a walk that looks through all journeys would take minutes.
  t.ok(took < 500, `${took.toFixed(0)} ms`);
  t.match(traceOf(crossingInput(frames)).ledger('all'), { sent: 2000, delivered: 2000 });
  t.end();
});
