/** Thousands of messages over bad networks: each arrives exactly once, unbroken, in the order of its stream. */
import t from 'tap';
import type { SctpAssociation } from '../../../../../lab/epc/sctp/types.ts';
import { seed } from '../../../../helpers/random.ts';
import { makePair, type Weather } from '../../../../helpers/sctp-network.ts';

const STREAMS = 5;
t.comment(`XIYOU_SEED=${seed}`);

/** Message number n: its number, then octets made of it; mostly short, as signalling is, now and then many fragments. */
const messageOf = (n: number): Buffer => {
  const message = Buffer.alloc(4 + (n % 50 === 0 ? 20_000 + n : (n * 37) % 1800), n & 255);
  message.writeUInt32BE(n);
  return message;
};
const isUnordered = (n: number): boolean => n % 10 === 9;

/** Counts what is wrong with what an association hears. */
const judge = (association: SctpAssociation): { received: number; faults: string[] } => {
  const state = { received: 0, faults: [] as string[] };
  const seen = new Set<number>();
  const last: number[] = [];
  association.onMessage(({ stream, ppid, bytes, unordered }) => {
    const n = Buffer.from(bytes).readUInt32BE(0);
    state.received += 1;
    if (seen.has(n)) state.faults.push(`${n} twice`);
    seen.add(n);
    if (!messageOf(n).equals(bytes)) state.faults.push(`${n} broken`);
    if (stream !== n % STREAMS || ppid !== n || unordered !== isUnordered(n)) state.faults.push(`${n} mislabelled`);
    if (unordered) return;
    if (n < (last[stream] ?? -1)) state.faults.push(`${n} after ${last[stream]}`);
    last[stream] = n;
  });
  return state;
};

const cases: readonly (readonly [string, Weather, number])[] = [
  ['a clean network', {}, 5000],
  ['3 % loss', { loss: 0.03 }, 5000],
  ['20 % loss', { loss: 0.2 }, 3000],
  ['3 % loss, 5 % doubled, 30 ms of disorder', { loss: 0.03, duplicate: 0.05, jitter: 30 }, 4000],
  ['20 % loss, 20 % doubled, 100 ms of disorder', { loss: 0.2, duplicate: 0.2, jitter: 100 }, 2000],
  ['half of all packets lost', { loss: 0.5 }, 200],
];

for (const [name, weather, count] of cases)
  void t.test(`${count} messages in each direction over ${name}`, async (t) => {
    // With half of the packets lost, eleven in a row are lost now and then; the connection shall outlive that here.
    const { net, a, b, connect } = makePair(seed, weather, { associationMaxRetrans: 60, maxInitRetransmits: 60 });
    const [ours, theirs] = await connect();
    net.record = false;
    const [left, right] = [judge(ours), judge(theirs)];
    for (const association of [ours, theirs]) {
      let n = 0;
      const pour = (): void => {
        for (let more = true; more && n < count; n += 1)
          more = association.send(n % STREAMS, n, messageOf(n), { unordered: isUnordered(n) });
      };
      association.onDrain(() => association.state === 'established' && pour());
      pour();
    }
    net.clock.run(1e8, () => left.received >= count && right.received >= count);
    // T5-shutdown-guard gives a shutdown five minutes, which half a network may need.
    if ((weather.loss ?? 0) >= 0.2) net.weather = {};
    void ours.close();
    net.clock.run(1e6);
    t.same([left.faults, right.faults], [[], []]);
    t.same([left.received, right.received], [count, count]);
    t.same([(await ours.closed).kind, (await theirs.closed).kind], ['shutdown', 'shutdown']);
    t.ok(a.idle && b.associations.length === 0, 'no timer and no association is left');
    const { retransmissions, fastRetransmissions, timeouts, duplicatesReceived } = ours.statistics();
    t.comment(
      JSON.stringify({
        virtual: Math.round(net.clock.now()),
        retransmissions,
        fastRetransmissions,
        timeouts,
        duplicatesReceived,
      }),
    );
    if (name === 'a clean network') t.same([retransmissions, timeouts, duplicatesReceived], [0, 0, 0]);
    else t.ok(retransmissions > 0);
  });

void t.test('packets with wrong checksums are as good as lost', async (t) => {
  const { net, b, connect } = makePair(seed);
  const [ours, theirs] = await connect();
  const right = judge(theirs);
  let broken = 0;
  net.tamper = (octets) => {
    if (net.random() >= 0.1) return octets;
    broken += 1;
    const changed = Uint8Array.from(octets);
    const at = Math.floor(net.random() * changed.length);
    changed[at] = (changed[at] ?? 0) ^ (1 << Math.floor(net.random() * 8));
    return changed;
  };
  for (let n = 0; n < 500; n += 1) ours.send(n % STREAMS, n, messageOf(n), { unordered: isUnordered(n) });
  net.clock.run(1e7, () => ours.buffered === 0);
  t.same([right.received, right.faults], [500, []]);
  t.ok(b.dropped.checksum > 20 && b.dropped.checksum < broken);
});

void t.test('a network that fails for a minute is survived', async (t) => {
  const { net, connect } = makePair(seed, { loss: 0.01 });
  const [ours, theirs] = await connect();
  const right = judge(theirs);
  for (let n = 0; n < 500; n += 1) ours.send(n % STREAMS, n, messageOf(n), { unordered: isUnordered(n) });
  net.clock.run(50);
  net.weather = { loss: 1 };
  net.clock.run(60_000);
  t.ok(right.received < 500);
  net.weather = { loss: 0.01 };
  net.clock.run(1e7, () => ours.buffered === 0);
  t.same([right.received, right.faults], [500, []]);
});
