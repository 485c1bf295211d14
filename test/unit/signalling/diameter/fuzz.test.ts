/** Diameter messages that were damaged: read or refused, and nothing else. */
import t from 'tap';
import {
  checkRequired,
  decodeMessage,
  DiameterError,
  describeMessage,
  encodeMessage,
  readServiceCredits,
  readSubscription,
  readVectors,
} from '../../../../src/signalling/diameter/index.ts';
import { frameReader } from '../../../../src/signalling/diameter/framing.ts';
import { diameterMessages } from '../../../helpers/diameter-messages.ts';
import { mobileCorpus } from '../../../helpers/mobile-corpus.ts';
import { fuzz } from '../../../helpers/mutation.ts';
import { put24, u24 } from '../../../../src/packet/octets.ts';

const samples = [
  ...[...diameterMessages.values()].map((message) => encodeMessage(message)),
  ...mobileCorpus('diameter.json').map(({ octets }) => octets),
];

/** Padding and reserved flags of the header are the sender's affair and are not kept. */
const withoutPadding = (octets: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(octets);
  copy[4] = (copy[4] ?? 0) & 0xf0;
  for (let at = 20; at < copy.length;) {
    const end = at + u24(copy, at + 5);
    at = (end + 3) & ~3;
    copy.fill(0, end, at);
  }
  return copy;
};

/** Half of the messages get the length that they have, so that what is inside gets its turn. */
let count = 0;
const fitted = (octets: Uint8Array): Uint8Array => {
  count += 1;
  if (count % 2 === 0 || octets.length < 20) return octets;
  const copy = octets.slice(0, octets.length & ~3);
  copy[0] = 1;
  put24(copy, 1, copy.length);
  return copy;
};

void t.test('damaged messages are read or refused', (t) => {
  const report = fuzz(
    samples,
    (damaged) => {
      const octets = fitted(damaged);
      const message = decodeMessage(octets);
      if (!Buffer.from(encodeMessage(message)).equals(withoutPadding(octets)))
        throw new Error('written otherwise than read');
      describeMessage(message);
      readSubscription(message.avps);
      readVectors(message.avps);
      readServiceCredits(message.avps);
      checkRequired(message);
    },
    (error) => error instanceof DiameterError,
  );
  t.comment(JSON.stringify(report));
  t.same(report.wrong, [], `every error is a DiameterError (XIYOU_SEED=${report.seed})`);
  t.ok(report.read > report.rounds / 20 && report.refused > report.rounds / 5, 'some are read, many refused');
  t.ok(report.slowest < 100, `the slowest took ${report.slowest} ms of processor time`);
  t.ok(report.growth < 3_000_000, `${report.growth} octets stayed behind`);
  t.end();
});

void t.test('groups in groups without end are refused', (t) => {
  // Failed-AVP in Failed-AVP, 8000 times.
  const depth = 8000;
  const octets = new Uint8Array(20 + 8 * depth);
  octets.set([1, 0, 0, 0, 0x80, 0, 1, 0x18]);
  put24(octets, 1, octets.length);
  for (let level = 0; level < depth; level += 1) {
    octets.set([0, 0, 1, 0x17, 0x40], 20 + 8 * level);
    put24(octets, 20 + 8 * level + 5, 8 * (depth - level));
  }
  const message = decodeMessage(octets);
  t.throws(() => describeMessage(message), { name: 'DiameterError' });
  t.same(encodeMessage(message), octets);
  t.end();
});

void t.test('a message of many AVPs is no burden', (t) => {
  // 100,000 AVPs without data, more than TCP is allowed to bring.
  const octets = new Uint8Array(20 + 8 * 100_000);
  octets.set([1, 0, 0, 0, 0x80, 0, 1, 0x18]);
  put24(octets, 1, octets.length);
  for (let at = 20; at < octets.length; at += 8) octets.set([0, 0, 0xff, 0xff, 0, 0, 0, 8], at);
  const message = decodeMessage(octets);
  t.equal(message.avps.length, 100_000);
  t.ok(Buffer.from(encodeMessage(message)).equals(octets));
  t.end();
});

void t.test('a stream is cut into messages wherever it breaks', (t) => {
  const stream = Uint8Array.from(samples.slice(0, 20).flatMap((octets) => [...octets]));
  for (const size of [1, 3, 4, 19, 20, 21, 1000, stream.length]) {
    const messages: Uint8Array[] = [];
    const read = frameReader((octets) => void messages.push(octets));
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    t.same(messages, samples.slice(0, 20), `in pieces of ${size}`);
  }
  t.end();
});

void t.test('a stream that is no Diameter ends at once', (t) => {
  for (const [what, begin, code] of [
    ['HTTP', 'GET / HTTP/1.1\r\n', 5011],
    ['a length of nothing', '\u0001\0\0\0', 5015],
    ['a length that is no multiple of four', '\u0001\0\0\u0015', 5015],
    ['16 MB', '\u0001\u00ff\u00ff\u00fc', 5015],
    ['one octet more than allowed', '\u0001\u0001\0\u0004', 5015],
  ] as const) {
    const read = frameReader(() => t.fail('no message'));
    t.throws(() => read(Buffer.from(begin, 'latin1')), { name: 'DiameterError', code }, what);
  }
  const largest = new Uint8Array(65_536);
  largest.set([1, 1, 0, 0]);
  let length = 0;
  frameReader((octets) => (length = octets.length))(largest);
  t.equal(length, 65_536);
  t.end();
});
