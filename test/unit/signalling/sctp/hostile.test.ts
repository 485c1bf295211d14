/**
 * Mutated packets against endpoints in the middle of a conversation: no exception, no hang, no growth, and the endpoint
 * makes associations afterwards as before. 20,000 packets; XIYOU_FUZZ=full makes it 100,000.
 */
import v8 from 'node:v8';
import vm from 'node:vm';
import t from 'tap';
import { packetChecksum } from '../../../../src/signalling/sctp/crc32c.ts';
import { randomFrom, seed } from '../../../helpers/random.ts';
import { ADDRESSES, makePair, PORTS } from '../../../helpers/sctp-network.ts';

const PACKETS = process.env['XIYOU_FUZZ'] === 'full' ? 100_000 : 20_000;
const BATCH = 250;
/** Steps of the clock that a batch may take: a few per packet, and no storm of answers to answers. */
const MOST_STEPS = 40 * BATCH;

v8.setFlagsFromString('--expose-gc');
const collect = vm.runInNewContext('gc') as () => void;
const heap = (): number => {
  collect();
  return process.memoryUsage().heapUsed;
};

t.comment(`XIYOU_SEED=${seed}`);
const random = randomFrom(seed);
const below = (limit: number): number => Math.floor(random() * limit);

/** Values at the edges of fields. */
const edges = [0, 1, 2, 3, 4, 127, 128, 191, 192, 254, 255];

/** Octets with some changed, cut off, doubled or taken from another packet; the checksum is made good mostly. */
const mutated = (octets: Uint8Array, other: Uint8Array): Uint8Array => {
  let changed = Uint8Array.from(octets);
  const kind = below(10);
  if (kind === 0) changed = changed.slice(0, below(changed.length + 1));
  else if (kind === 1) changed = Uint8Array.from([...changed, ...other.subarray(12)]);
  else if (kind === 2)
    changed = Uint8Array.from([...changed.subarray(0, 12), ...other.subarray(12), ...changed.subarray(12)]);
  else
    for (let times = 1 + below(4); times > 0; times -= 1) {
      // Mostly behind the header, so that ports and tag stay right; often in the first chunk's own header.
      const at = kind < 6 ? 12 + below(Math.min(24, Math.max(1, changed.length - 12))) : below(changed.length);
      changed[at] = random() < 0.5 ? (edges[below(edges.length)] ?? 0) : below(256);
    }
  if (changed.length >= 12 && random() < 0.97) new DataView(changed.buffer).setUint32(8, packetChecksum(changed), true);
  return changed;
};

const batch = async (number: number): Promise<number> => {
  const { net, a, b, connect } = makePair(seed + number, { loss: 0.1, jitter: 20 });
  const [ours, theirs] = await connect();
  for (const association of [ours, theirs])
    association.onMessage(({ stream, ppid }) => {
      if (association.state === 'established' && association.buffered < 50_000)
        association.send(stream, ppid, new Uint8Array(1 + below(4000)));
    });
  for (let n = 0; n < 5; n += 1) ours.send(n, 18, new Uint8Array(3000));
  net.clock.run(300);
  // A closing association, at times, and one that is being made.
  if (number % 4 === 1) void ours.close();
  a.connect(ADDRESSES.b, PORTS.b).catch(() => undefined);
  const templates = net.seen.map(({ from, octets }) => ({ from, octets }));
  net.record = false;
  let steps = 0;
  let worst = 0;
  for (let n = 0; n < BATCH; n += 1) {
    const template = templates[below(templates.length)];
    const other = templates[below(templates.length)];
    if (template === undefined || other === undefined) throw new Error('no packets to start from');
    const [to, octets] = [template.from === ADDRESSES.a ? b : a, mutated(template.octets, other.octets)];
    const started = performance.now();
    to.receive(template.from, octets);
    worst = Math.max(worst, performance.now() - started);
    net.clock.run(5, () => (steps += 1) > MOST_STEPS);
  }
  if (steps > MOST_STEPS) throw new Error(`a storm in batch ${number}`);
  net.weather = {};
  // Whatever state that left, an association from another port is made, and works.
  const connecting = a.connect(ADDRESSES.b, PORTS.b);
  net.clock.run(2000);
  const fresh = await connecting;
  const closing = fresh.close();
  net.clock.run(2000);
  if ((await closing).kind !== 'shutdown') throw new Error(`no graceful close after batch ${number}`);
  a.close();
  b.close();
  return worst;
};

void t.test(`${PACKETS} mutated packets do no harm`, async (t) => {
  const worst: number[] = [];
  let warm = 0;
  const batches = PACKETS / BATCH;
  for (let number = 0; number < batches; number += 1) {
    worst.push(await batch(number));
    if (number === Math.floor(batches / 4)) warm = heap();
  }
  const growth = heap() - warm;
  const slowest = Math.max(...worst);
  t.comment(`heap grew by ${Math.round(growth / 1024)} KiB, the slowest packet took ${slowest.toFixed(1)} ms`);
  t.ok(growth < 4 << 20, `the heap grew by ${growth} octets`);
  t.ok(slowest < 1000, `a packet took ${slowest} ms`);
});

void t.test('a flood of INITs and of forged cookies leaves nothing behind', async (t) => {
  const { net, b, connect } = makePair(seed);
  await connect();
  const [init] = net.seen;
  const echo = net.seen.find(({ packet }) => packet.chunks[0]?.type === 'cookieEcho');
  if (init === undefined || echo === undefined) throw new Error('no handshake');
  const before = heap();
  for (let n = 0; n < 5000; n += 1) {
    const from = `10.1.${n >> 8}.${n & 255}`;
    b.receive(from, init.octets);
    b.receive(from, echo.octets);
  }
  net.seen.length = 0;
  net.clock.run(1000);
  t.equal(b.associations.length, 1);
  t.equal(b.dropped.badCookie, 5000);
  const growth = heap() - before;
  t.ok(growth < 2 << 20, `the heap grew by ${growth} octets`);
});
