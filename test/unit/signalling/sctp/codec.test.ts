/** Packets as values and as octets: chunk.ts, encode.ts, decode.ts, tlv.ts. */
import t from 'tap';
import type { Chunk } from '../../../../src/signalling/sctp/chunk.ts';
import { unknownAction } from '../../../../src/signalling/sctp/chunk.ts';
import { packetChecksum } from '../../../../src/signalling/sctp/crc32c.ts';
import { decodePacket } from '../../../../src/signalling/sctp/decode.ts';
import { encodePacket } from '../../../../src/signalling/sctp/encode.ts';
import { data, decoded, packed, usrsctpInit } from '../../../helpers/sctp-packets.ts';

const bytes = (...octets: number[]): Uint8Array => Uint8Array.from(octets);
/** Plain arrays instead of views, for comparison. */
const plain = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (_, part: unknown) => (ArrayBuffer.isView(part) ? Array.from(part as Uint8Array) : part)),
  );

const chunks: readonly Chunk[] = [
  data(0xffff_ffff, { payload: bytes(9), stream: 65_535, sequence: 65_534, ppid: 0xffff_fffe }),
  data(1, { unordered: true, first: false, last: false, immediate: true }),
  {
    type: 'sack',
    cumulative: 7,
    window: 262_144,
    gaps: [
      [2, 3],
      [5, 65_535],
    ],
    duplicates: [1, 0xffff_ffff],
  },
  { type: 'heartbeat', information: bytes(0, 1, 0, 5, 1) },
  { type: 'heartbeatAck', information: bytes(0, 1, 0, 5, 1) },
  {
    type: 'abort',
    reflected: true,
    causes: [
      { type: 13, value: bytes(1, 2, 3) },
      { type: 12, value: bytes(65) },
    ],
  },
  { type: 'abort', reflected: false, causes: [] },
  { type: 'error', causes: [{ type: 1, value: bytes(0, 9, 0, 0) }] },
  { type: 'shutdown', cumulative: 0x8000_0001 },
  { type: 'shutdownAck' },
  { type: 'cookieEcho', cookie: bytes(5, 6, 7, 8, 9) },
  { type: 'cookieAck' },
  { type: 'shutdownComplete', reflected: true },
  { type: 'unknown', code: 0xc1, octets: bytes(0xc1, 7, 0, 6, 1, 2) },
];

void t.test('every chunk is read as it was written, alone and bundled', (t) => {
  for (const chunk of chunks) {
    const packet = decoded(packed(0xdead_beef, chunk));
    t.same(
      plain(packet),
      plain({ sourcePort: 4000, destinationPort: 5000, tag: 0xdead_beef, chunks: [chunk], malformed: false }),
    );
  }
  t.same(plain(decoded(packed(1, ...chunks)).chunks), plain(chunks));
  t.end();
});

void t.test('a DATA chunk has the layout of RFC 9260, 3.3.1', (t) => {
  const octets = encodePacket(0x1234, 36_412, 0x0102_0304, [
    data(0x1122_3344, { stream: 2, sequence: 3, unordered: true, last: false, payload: bytes(0xaa) }),
  ]);
  const expected = '12348e3c01020304cccccccc00060011112233440002000300000012aa000000';
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32LE(packetChecksum(octets));
  t.equal(Buffer.from(octets).toString('hex'), expected.replace('cccccccc', checksum.toString('hex')));
  t.end();
});

void t.test('the INIT of another stack is read and written again octet by octet', (t) => {
  const packet = decoded(usrsctpInit);
  const [init] = packet.chunks;
  t.same([packet.sourcePort, packet.destinationPort, packet.tag, packet.malformed], [53_336, 5000, 0, false]);
  if (init?.type !== 'init') throw new Error('no INIT');
  t.same(
    [init.tag, init.window, init.outboundStreams, init.inboundStreams, init.initialTsn],
    [0x12f7_c4cd, 1_048_576, 8, 8, 3_295_590_763],
  );
  t.same(
    init.parameters.map(({ type, value }) => [type, value.length]),
    [
      [0x8000, 0],
      [0xc000, 0],
      [0x8008, 5],
      [0x8002, 32],
      [0x8004, 2],
      [0x8003, 2],
      [12, 2],
    ],
  );
  t.same(
    Buffer.from(encodePacket(packet.sourcePort, packet.destinationPort, packet.tag, packet.chunks)),
    Buffer.from(usrsctpInit),
  );
  t.end();
});

void t.test('any changed bit makes the checksum wrong', (t) => {
  for (let bit = 0; bit < usrsctpInit.length * 8; bit += 1) {
    const changed = Uint8Array.from(usrsctpInit);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    if (decodePacket(changed) !== 'checksum') t.fail(`bit ${bit}`);
  }
  t.equal(decodePacket(usrsctpInit.subarray(0, 15)), 'short');
  t.end();
});

/** A packet from chunk octets as they are, with a good checksum. */
const raw = (...octets: readonly number[]): Uint8Array => {
  const packet = Uint8Array.from([0, 1, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, ...octets]);
  new DataView(packet.buffer).setUint32(8, packetChecksum(packet), true);
  return packet;
};

void t.test('what breaks the format is left out and marked; the chunks before it stand', (t) => {
  const good = [11, 0, 0, 4];
  const bad: Readonly<Record<string, readonly number[]>> = {
    'a length of 3': [0, 3, 0, 3],
    'a chunk past the end': [6, 0, 0, 8, 0, 0],
    'a DATA chunk without a header': [0, 3, 0, 12, 1, 1, 1, 1, 1, 1, 1, 1],
    'a SACK that counts more blocks than it has': [3, 0, 0, 16, 0, 0, 0, 1, 0, 0, 0, 9, 0, 1, 0, 0],
    'an INIT of 8 octets': [1, 0, 0, 8, 0, 0, 0, 1],
    'an ERROR whose cause is too long': [9, 0, 0, 8, 0, 1, 0, 99],
    'a SHUTDOWN without a TSN': [7, 0, 0, 4],
  };
  for (const [name, octets] of Object.entries(bad))
    t.same(
      plain(decoded(raw(...good, ...octets))),
      { sourcePort: 1, destinationPort: 2, tag: 3, chunks: [{ type: 'cookieAck' }], malformed: true },
      name,
    );
  // A chunk whose content is bad has a good length: what follows it is read.
  t.same(decoded(raw(7, 0, 0, 4, ...good)).chunks, [{ type: 'cookieAck' }]);
  // The last chunk's padding may be missing.
  t.same(plain(decoded(raw(10, 0, 0, 5, 7)).chunks), [{ type: 'cookieEcho', cookie: [7] }]);
  // An ABORT counts even if nobody can read why.
  t.same(decoded(raw(6, 0, 0, 8, 0, 1, 0, 99)).chunks, [{ type: 'abort', reflected: false, causes: [] }]);
  t.end();
});

void t.test('the two high bits of an unknown type say what to do', (t) => {
  t.same([0, 1, 2, 3].map(unknownAction), [
    { skip: false, report: false },
    { skip: false, report: true },
    { skip: true, report: false },
    { skip: true, report: true },
  ]);
  t.end();
});
