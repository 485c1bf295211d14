/** Messages out of packets: each once, however often it was captured, cut, bundled or repeated. */
import t from 'tap';
import { signallingPackets } from '../../../src/ladder/packet.ts';
import { sctpUnits } from '../../../src/ladder/sctp.ts';
import { diameterUnits } from '../../../src/ladder/tcp.ts';
import type { Unit } from '../../../src/ladder/unit.ts';
import { frame } from '../../../src/packet/encode.ts';
import { udp } from '../../../src/packet/encode-transport.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import { encodeMessage as encodeDiameter } from '../../../src/signalling/diameter/message.ts';
import { encodeMessage } from '../../../src/signalling/gtpv2/message.ts';
import { encodeS1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import { diameterMessages } from '../../helpers/diameter-messages.ts';
import {
  addresses,
  at,
  dataChunk,
  everywhere,
  gtpc,
  packet,
  sctpPacket,
  segment,
  tunnelled,
} from '../../helpers/ladder-frames.ts';
import { s1apMessages } from '../../helpers/s1ap-messages.ts';

const { enb1, mme, pgw, ocs, sgw } = addresses;
const echo = encodeMessage({ type: 1, sequence: 7, ies: [] });

void t.test('a packet that was captured at four points was sent once', (t) => {
  const part = gtpc(mme, sgw, echo);
  const found = signallingPackets(everywhere('mme', 'sgw', 0, part));
  t.equal(found.length, 1);
  t.same(
    found[0]?.places.map(({ node, direction }) => `${node} ${direction}`),
    ['mme out', 'switch in', 'switch out', 'sgw in'],
  );
  t.end();
});

void t.test('a packet that a point saw twice was sent twice, also when all its octets are the same', (t) => {
  // The kernel numbers no datagrams that may not be fragmented (RFC 6864, 4.1).
  const part = gtpc(mme, sgw, echo, { identification: 0 });
  const first = everywhere('mme', 'sgw', 0, part);
  const again = everywhere('mme', 'sgw', 3_000_000, part);
  const found = signallingPackets([...again, ...first]);
  t.equal(found.length, 2);
  t.ok((found[0]?.time ?? 0n) < (found[1]?.time ?? 0n));
  // The first one was lost on the first cable, and still both were sent.
  t.equal(signallingPackets([...first.slice(0, 1), ...again]).length, 2);
  t.end();
});

void t.test('what a subscriber sends is nobody else’s signalling', (t) => {
  const inner = packet('10.45.0.2', '192.0.2.1', udp({ sourcePort: 2123, destinationPort: 2123 }, echo));
  const bare = frame(inner).subarray(14);
  t.same(signallingPackets([at('sgw:s1u <', 0, tunnelled(enb1, sgw, 1, bare))]), []);
  t.end();
});

void t.test('what cannot be read is told, not dropped', (t) => {
  const part = gtpc(mme, sgw, echo);
  const whole = at('mme:eth0 >', 0, part);
  const cut: Frame = { ...whole, bytes: whole.bytes.subarray(0, whole.bytes.length - 4) };
  t.match(signallingPackets([cut]), [{ problem: /cut off/u }]);
  const piece = packet(mme, sgw, udp({ sourcePort: 2123, destinationPort: 2123 }, echo), { moreFragments: true });
  t.match(signallingPackets([at('mme:eth0 >', 0, piece)]), [{ problem: 'an IP fragment' }]);
  t.end();
});

const sctp = (frames: readonly Frame[]): readonly Unit[] => sctpUnits(signallingPackets(frames));
const [one, two] = s1apMessages.map(encodeS1ap);
if (one === undefined || two === undefined) throw new Error('no messages');
const texts = (units: readonly Unit[]): string[] => units.map(({ octets }) => Buffer.from(octets).toString('hex'));
const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');

void t.test('several messages in one SCTP packet', (t) => {
  const part = sctpPacket(enb1, mme, 1, dataChunk(1, one), dataChunk(2, two));
  const units = sctp(everywhere('enb1', 'mme', 0, part));
  t.same(texts(units), [hex(one), hex(two)]);
  t.end();
});

void t.test('one message in several SCTP packets, out of order, and one of them twice', (t) => {
  const third = Math.ceil(one.length / 3);
  const pieces = [0, 1, 2].map((index) =>
    sctpPacket(
      ...([enb1, mme, 1] as const),
      dataChunk(10 + index, one.subarray(index * third, (index + 1) * third), {
        first: index === 0,
        last: index === 2,
      }),
    ),
  );
  const [a, b, c] = pieces;
  if (a === undefined || b === undefined || c === undefined) throw new Error('no pieces');
  const frames = [at('enb1:s1 >', 0, a), at('enb1:s1 >', 20, c), at('enb1:s1 >', 40, b)];
  const [unit, ...more] = sctp(frames);
  t.equal(more.length, 0);
  t.match(unit, { protocol: 'S1AP', packets: 3, problem: undefined });
  t.equal(hex(unit?.octets ?? Uint8Array.of()), hex(one));
  t.equal(unit?.packet.time, frames[0]?.time, 'it was said when its first piece was');
  // The middle is missing: that there was a message is told.
  t.match(sctp([at('enb1:s1 >', 0, a), at('enb1:s1 >', 20, c)]), [
    { problem: /not captured/u },
    { problem: /not captured/u },
  ]);
  t.end();
});

void t.test('a chunk with a known TSN is the same message again', (t) => {
  const first = sctpPacket(enb1, mme, 1, dataChunk(5, one));
  const again = sctpPacket(enb1, mme, 1, dataChunk(5, one), dataChunk(6, two));
  const units = sctp([...everywhere('enb1', 'mme', 0, first), ...everywhere('enb1', 'mme', 1_000_000, again)]);
  t.same(texts(units), [hex(one), hex(one), hex(two)]);
  t.same(
    units.map(({ repeats }) => repeats !== undefined),
    [false, true, false],
  );
  // Another association counts from anywhere.
  const other = sctpPacket(enb1, mme, 2, dataChunk(5, two));
  t.equal(
    sctp([...everywhere('enb1', 'mme', 0, first), ...everywhere('enb1', 'mme', 9, other)])[1]?.repeats,
    undefined,
  );
  t.end();
});

void t.test('a packet with a wrong checksum, an unknown payload, and chunks that keep the association', (t) => {
  const broken = at('enb1:s1 >', 0, sctpPacket(enb1, mme, 1, dataChunk(5, one)));
  broken.bytes[broken.bytes.length - 1] = (broken.bytes.at(-1) ?? 0) ^ 1;
  t.match(sctp([broken]), [{ protocol: 'SCTP', problem: /checksum/u }]);
  t.match(sctp([at('enb1:s1 >', 0, sctpPacket(enb1, mme, 1, dataChunk(5, one, { ppid: 27 })))]), [
    { protocol: 'other', ppid: 27 },
  ]);
  const sack = { type: 'sack', cumulative: 1, window: 1, gaps: [], duplicates: [] } as const;
  const units = sctp([at('enb1:s1 >', 0, sctpPacket(enb1, mme, 1, sack, dataChunk(5, one)))]);
  t.match(units, [{ protocol: 'S1AP' }, { protocol: 'SCTP', name: 'SACK' }]);
  t.end();
});

const diameter = (frames: readonly Frame[]): readonly Unit[] => diameterUnits(signallingPackets(frames));
const [ask, more] = [...diameterMessages.values()].map(encodeDiameter);
if (ask === undefined || more === undefined) throw new Error('no messages');
const stream = Buffer.concat([ask, more]);
const piece = (from: number, to: number, micros: number): Frame =>
  at('pgw:gy >', micros, segment(pgw, ocs, (0xffff_fff0 + from) >>> 0, stream.subarray(from, to)));

void t.test('Diameter messages are cut out of TCP, however they were cut into segments', (t) => {
  const end = stream.length;
  const cuts: readonly (readonly [string, readonly Frame[]])[] = [
    ['two in one segment', [piece(0, end, 0)]],
    ['a segment for each', [piece(0, ask.length, 0), piece(ask.length, end, 5)]],
    ['cut anywhere, also in a header', [piece(0, 2, 0), piece(2, ask.length + 3, 5), piece(ask.length + 3, end, 9)]],
    ['out of order', [piece(0, 50, 0), piece(90, end, 5), piece(50, 90, 9)]],
    ['overlapping', [piece(0, 50, 0), piece(30, 90, 5), piece(60, end, 9)]],
  ];
  for (const [name, frames] of cuts) {
    const units = diameter(frames);
    t.same(texts(units), [hex(ask), hex(more)], name);
    t.ok(
      units.every(({ problem, repeats }) => problem === undefined && repeats === undefined),
      name,
    );
  }
  t.end();
});

void t.test('a segment that comes again repeats its messages; a gap is told, and what is behind it is read', (t) => {
  const units = diameter([piece(0, stream.length, 0), piece(0, ask.length, 200_000)]);
  t.same(
    units.map(({ repeats }) => repeats !== undefined),
    [false, false, true],
  );
  const gap = diameter([piece(0, 30, 0), piece(ask.length, stream.length, 5)]);
  t.match(gap, [{ problem: /missing/u }, { problem: undefined }]);
  t.equal(hex(gap[1]?.octets ?? Uint8Array.of()), hex(more));
  t.match(diameter([piece(7, 60, 0), piece(ask.length, stream.length, 5)])[0], {
    problem: /no Diameter message begins/u,
  });
  t.end();
});
