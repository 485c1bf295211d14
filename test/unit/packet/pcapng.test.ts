/** pcapng: what is written is read again, and files of other writers are understood. */
import t from 'tap';
import { concatenate } from '../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../src/packet/pcapng.ts';
import { readPcapng } from '../../../src/packet/pcapng-read.ts';
import { captured, counting } from '../../helpers/frames.ts';

const frames = [
  captured(counting(61), { time: 1_700_000_000_123_456_789n }),
  captured(counting(40), { node: 'pgw', interface: 'gtp0', link: 'ip', direction: 'out', wireLength: 1500 }),
  captured(counting(4), { offload: { gsoType: 1, gsoSize: 1448, partialChecksum: true } }),
  captured(counting(0), { comment: 'journey=42 hop=7 SNAT 10.45.0.2 → 203.0.113.1', time: 2n ** 63n }),
];

void t.test('frames come back as they were', (t) => {
  const writer = pcapngWriter();
  const file = concatenate(writer.header(), writer.frames(frames));
  const read = readPcapng(file);
  t.same(
    read.frames.map((frame) => ({ ...frame, bytes: [...frame.bytes] })),
    frames.map((frame) => ({ ...frame, bytes: [...frame.bytes] })),
  );
  t.same(read.interfaces, [
    { node: 'r1', interface: 'eth0', linkType: 1 },
    { node: 'pgw', interface: 'gtp0', linkType: 101 },
  ]);
  t.same([read.skipped, read.truncated], [0, false]);
  t.end();
});

void t.test('a live capture: interfaces appear on the way, each described once', (t) => {
  const writer = pcapngWriter();
  t.equal(writer.declare({ node: 'h1', interface: 'eth0', link: 'ethernet' }).length, 44);
  t.equal(writer.declare({ node: 'h1', interface: 'eth0', link: 'ethernet' }).length, 0);
  t.equal(writer.frames([]).length, 0);
  const [first] = frames;
  if (first === undefined) throw new Error('no frame');
  const sizes = [first, first, { ...first, interface: 'eth1' }, first].map((frame) => writer.frames([frame]).length);
  const full = captured(counting(61).fill(255));
  t.same(
    writer.frames([full, first]).slice(-108),
    writer.frames([first]),
    'no octets of an older frame in the padding',
  );
  t.same([...writer.frames([first]).slice(89, 92)], [0, 0, 0]);
  t.same(sizes, [152, 108, 152, 108], 'the first frame of an interface comes with its description');
  t.end();
});

void t.test('a file whose writer was killed is read up to its last whole block', (t) => {
  const writer = pcapngWriter();
  const file = concatenate(writer.header(), writer.frames(frames));
  const found = new Set<number>();
  for (let length = 32; length < file.length; length += 1) {
    const read = readPcapng(file.subarray(0, length));
    found.add(read.frames.length);
  }
  t.same([...found], [0, 1, 2, 3]);
  t.equal(readPcapng(file.subarray(0, -1)).truncated, true);
  t.end();
});

/** Blocks by hand, in either byte order; a number is 32 bits, a pair of numbers two times 16. */
const block = (
  little: boolean,
  type: number,
  ...body: readonly (number | readonly [number, number] | Uint8Array)[]
): Uint8Array => {
  const view = new DataView(new ArrayBuffer(4));
  const word = (value: number): Uint8Array => {
    view.setUint32(0, value, little);
    return new Uint8Array(view.buffer.slice(0));
  };
  const pair = ([first, second]: readonly [number, number]): Uint8Array => {
    view.setUint16(0, first, little);
    view.setUint16(2, second, little);
    return new Uint8Array(view.buffer.slice(0));
  };
  const content = concatenate(
    ...body.map((part) => (typeof part === 'number' ? word(part) : part instanceof Uint8Array ? part : pair(part))),
  );
  const length = word(content.length + 12);
  return concatenate(word(type), length, content, length);
};
const section = (little: boolean): Uint8Array =>
  block(little, 0x0a0d_0d0a, 0x1a2b_3c4d, [1, 0], 0xffff_ffff, 0xffff_ffff);
const name = Uint8Array.of(0x65, 0x6e, 0x30, 0);

void t.test('both byte orders, several sections, other time resolutions and offsets', (t) => {
  const packet = (little: boolean, number: number, high: number, low: number): Uint8Array =>
    block(little, 6, number, high, low, 2, 60, Uint8Array.of(1, 2, 0, 0), [2, 4], 0x0000_0102, [0, 0]);
  const file = concatenate(
    section(false),
    block(false, 1, [1, 0], 0, [2, 3], name, [0, 0]),
    // 2^-10 seconds; time stamps begin an hour after the epoch.
    block(false, 1, [101, 0], 0, [9, 1], Uint8Array.of(0x8a, 0, 0, 0), [14, 8], 0, 3600, [0, 0]),
    packet(false, 0, 1, 5),
    packet(false, 1, 0, 1024),
    block(false, 5, 0, 0, 0),
    section(true),
    block(true, 1, [1, 0], 0, [9, 1], Uint8Array.of(3, 0, 0, 0), [2, 3], name),
    packet(true, 0, 0, 7),
  );
  const read = readPcapng(file);
  t.same(
    read.frames.map(({ interface: own, link, time, direction, wireLength, bytes }) => [
      own,
      link,
      time,
      direction,
      wireLength,
      bytes.length,
    ]),
    [
      ['en0', 'ethernet', (2n ** 32n + 5n) * 1000n, 'out', 60, 2],
      ['', 'ip', 3601_000_000_000n, 'out', 60, 2],
      ['en0', 'ethernet', 7_000_000n, 'out', 60, 2],
    ],
  );
  t.equal(read.truncated, false);
  t.end();
});

void t.test('simple and old packet blocks; what cannot be read is counted', (t) => {
  const file = concatenate(
    section(true),
    block(true, 1, [1, 0], 6),
    block(true, 1, [113, 0], 0),
    block(true, 3, 60, counting(8)),
    block(true, 2, [0, 9], 0, 8, 4, 4, counting(4)),
    block(true, 6, 1, 0, 8, 4, 4, counting(4)),
    block(true, 6, 7, 0, 8, 4, 4, counting(4)),
    block(true, 6, 0, 0, 8, 400, 4, counting(4)),
  );
  const { frames: read, skipped } = readPcapng(file);
  t.same(
    read.map(({ time, wireLength, bytes }) => [time, wireLength, bytes.length]),
    [
      [0n, 60, 6],
      [8000n, 4, 4],
    ],
  );
  t.equal(skipped, 3, 'link type 113, an unknown interface, more octets than the block has');
  t.end();
});

void t.test('other files are refused with a reason', (t) => {
  t.throws(() => readPcapng(counting(40)), /not a pcapng file: it does not begin/u);
  t.throws(() => readPcapng(new Uint8Array()), RangeError);
  t.throws(() => readPcapng(Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1, ...counting(40))), /editcap -F pcapng/u);
  t.throws(() => readPcapng(section(true).with(9, 0)), /byte-order magic/u);
  t.end();
});

void t.test('damaged files are read without an exception other than these', (t) => {
  const writer = pcapngWriter();
  const file = concatenate(writer.header(), writer.frames(frames));
  for (let at = 12; at < file.length; at += 1) for (const value of [0, 1, 255]) readPcapng(file.with(at, value));
  t.pass();
  t.end();
});
