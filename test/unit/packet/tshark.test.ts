/** The dissector against tshark, field by field: on frames of our own making, and on real captures when they are there. */
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import type { Frame } from '../../../src/packet/layer.ts';
import { concatenate } from '../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../src/packet/pcapng.ts';
import { readPcapng } from '../../../src/packet/pcapng-read.ts';
import { captured, ethernetFrames, ipFrames } from '../../helpers/frames.ts';
import { compareWithTshark } from '../../helpers/dissection.ts';
import { tsharkFields, tsharkMissing } from '../../helpers/tshark.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-tshark-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const skip = tsharkMissing ?? false;

const write = (name: string, frames: readonly Frame[]): string => {
  const file = path.join(temporary, name);
  const writer = pcapngWriter();
  writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));
  return file;
};

const everything: readonly Frame[] = [
  ...Object.values(ethernetFrames).map((bytes) => captured(bytes)),
  ...Object.values(ipFrames).map((bytes) => captured(bytes, { link: 'ip', interface: 'tun0' })),
];

void t.test('tshark reads every field of generated frames as we do', { skip }, async (t) => {
  t.same(await compareWithTshark(write('everything.pcapng', everything), everything), []);
});

void t.test('tshark finds no wrong checksum and nothing malformed in generated frames', { skip }, async (t) => {
  const expert = [
    'ip.checksum.status',
    'udp.checksum.status',
    'tcp.checksum.status',
    'icmp.checksum.status',
    'icmpv6.checksum.status',
  ];
  const argv = ['ip', 'udp', 'tcp'].flatMap((protocol) => ['-o', `${protocol}.check_checksum:TRUE`]);
  const rows = await tsharkFields(write('checksums.pcapng', everything), [...expert, '_ws.malformed'], { argv });
  // Status 0 is bad, 1 good, 2 not checked, 3 not present.
  const good = rows.flatMap((row) => expert.flatMap((field) => row[field] ?? [])).filter((status) => status === '1');
  const bad = rows.flatMap((row, index) =>
    expert.some((field) => row[field]?.includes('0') ?? false) || (row['_ws.malformed'] ?? []).length > 0
      ? [index + 1]
      : [],
  );
  t.same(bad, [], 'numbers of bad frames');
  t.ok(good.length > 80, `${good.length} checksums verified`);
});

void t.test('tshark reads what the pcapng writer says about frames', { skip }, async (t) => {
  const frames = [
    captured(ethernetFrames['tcp4'] ?? new Uint8Array(), {
      time: 1_700_000_000_123_456_789n,
      comment: 'journey=42 hop=7',
      direction: 'out',
    }),
    captured((ethernetFrames['gtpu'] ?? new Uint8Array()).subarray(0, 71), {
      node: 'enb',
      interface: 's1u',
      wireLength: 300,
    }),
  ];
  const names = [
    'frame.time_epoch',
    'frame.interface_name',
    'frame.packet_flags_direction',
    'frame.comment',
    'frame.len',
    'frame.cap_len',
  ];
  const rows = await tsharkFields(write('meta.pcapng', frames), names);
  t.same(
    rows.map((row) => names.map((name) => row[name]?.join() ?? '')),
    [
      ['1700000000.123456789', 'r1:eth0', '0x00000002', 'journey=42 hop=7', '216', '216'],
      ['1700000000.000000000', 'enb:s1u', '0x00000001', '', '300', '71'],
    ],
  );
});

/** Frames of a classic pcap file in this machine's byte order (draft-ietf-opsawg-pcap): all that the captures need. */
const readPcap = (file: string): Frame[] => {
  const bytes = readFileSync(file);
  const frames: Frame[] = [];
  const link = bytes.readUInt32LE(20) === 1 ? 'ethernet' : 'ip';
  for (let at = 24; at + 16 <= bytes.length;) {
    const length = bytes.readUInt32LE(at + 8);
    frames.push(captured(bytes.subarray(at + 16, at + 16 + length), { link, wireLength: bytes.readUInt32LE(at + 12) }));
    at += 16 + length;
  }
  return frames;
};

const prototypes = path.join(import.meta.dirname, '../../../../shared/prototypes');
const journey = path.join(prototypes, 'journey/one-request.pcapng');
const noCaptures = 'no captures of real traffic beside the repository';

void t.test(
  'tshark reads a real request over 30 interfaces as we do',
  { skip: existsSync(journey) ? skip : noCaptures },
  async (t) => {
    const { frames, skipped, truncated, interfaces } = readPcapng(readFileSync(journey));
    t.same([skipped, truncated], [0, false]);
    t.ok(interfaces.length >= 30 && frames.length >= 600, `${frames.length} frames at ${interfaces.length} interfaces`);
    t.same(await compareWithTshark(journey, frames), []);
  },
);

const captures = globSync(path.join(prototypes, 'dataplane/captures/*.pcap'));
void t.test(
  'tshark reads real GTP-U and VXLAN captures as we do',
  { skip: captures.length > 0 ? skip : noCaptures },
  async (t) => {
    for (const file of captures) t.same(await compareWithTshark(file, readPcap(file)), [], path.basename(file));
  },
);
