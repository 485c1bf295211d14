/**
 * Writing pcapng (draft-ietf-opsawg-pcapng): one capture file for all interfaces of a lab, each named
 * `node:interface`, with times in nanoseconds and the direction of every frame. The writer makes chunks that may go to
 * a file or a pipe (`capture -w - | wireshark -k -i -`) as they come; an interface is described just before its first
 * frame, so interfaces may appear at any time.
 */
import type { Frame } from './layer.ts';
import { linkTypes } from './numbers.ts';
import { concatenateAll } from './octets.ts';
import { block, BYTE_ORDER_MAGIC, direction, NANOSECONDS, option, padded } from './pcapng-format.ts';

const textEncoder = new TextEncoder();

type Option = readonly [code: number, value: Uint8Array];
const text = (code: number, value: string): Option => [code, textEncoder.encode(value).subarray(0, 0xffff)];
const octet = (code: number, value: number): Option => [code, Uint8Array.of(value)];
const word = (code: number, value: number): Option => [
  code,
  Uint8Array.of(value, value >> 8, value >> 16, value >> 24),
];

/** A little-endian block: type, fixed fields, data, options, and the length on both sides. */
const makeBlock = (
  type: number,
  fields: readonly number[],
  data: Uint8Array,
  options: readonly Option[],
): Uint8Array => {
  const optionsLength = options.reduce((sum, [, value]) => sum + 4 + padded(value.length), 4);
  const length = 12 + fields.length * 4 + padded(data.length) + optionsLength;
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  const put32 = (value: number): void => {
    view.setUint32(at, value, true);
    at += 4;
  };
  const putOctets = (octets: Uint8Array): void => {
    bytes.set(octets, at);
    at += padded(octets.length);
  };
  for (const value of [type, length, ...fields]) put32(value);
  putOctets(data);
  for (const [code, value] of options) {
    put32((value.length << 16) | code);
    putOctets(value);
  }
  put32(option.end);
  put32(length);
  return bytes;
};

const none = new Uint8Array();
/** Made once, not per frame. */
const directionFlags = { in: word(option.flags, direction.in), out: word(option.flags, direction.out) } as const;
/** How a frame's offload state is kept: a comment, which Wireshark shows. pcapng-read.ts knows it again. */
const offloadText = (offload: NonNullable<Frame['offload']>): string =>
  `gso=${offload.gsoType} size=${offload.gsoSize} csum_partial=${offload.partialChecksum ? 1 : 0}`;

/** An interface by the names and the link type of its frames. */
export type InterfaceOf = Pick<Frame, 'node' | 'interface' | 'link'>;

export interface PcapngWriter {
  /** The section header: the first chunk of a file. */
  readonly header: () => Uint8Array;
  /** Describes an interface that may stay without frames; undefined when it has been described already. */
  readonly declare: (of: InterfaceOf) => Uint8Array | undefined;
  /** The chunk for frames in the given order, each interface described before its first frame. */
  readonly frames: (frames: Iterable<Frame>) => Uint8Array;
}

/** A writer of one section. Chunks have to be written in the order in which they were made. */
export const pcapngWriter = (application = 'xiyou'): PcapngWriter => {
  const numbers = new Map<string, number>();
  const keyOf = (of: InterfaceOf): string => `${of.node}:${of.interface} ${of.link}`;
  const declare = (of: InterfaceOf): Uint8Array | undefined => {
    if (numbers.has(keyOf(of))) return undefined;
    numbers.set(keyOf(of), numbers.size);
    // Snap length 0: no limit. Frames may be shorter than on the wire all the same.
    return makeBlock(block.interface, [linkTypes[of.link], 0], none, [
      text(option.interfaceName, `${of.node}:${of.interface}`),
      octet(option.resolution, NANOSECONDS),
    ]);
  };
  const packet = (frame: Frame): Uint8Array => {
    const time = [Number(frame.time >> 32n), Number(frame.time & 0xffff_ffffn)] as const;
    const number = numbers.get(keyOf(frame)) ?? 0;
    return makeBlock(block.packet, [number, ...time, frame.bytes.length, frame.wireLength], frame.bytes, [
      ...(frame.comment === undefined ? [] : [text(option.comment, frame.comment)]),
      ...(frame.offload === undefined ? [] : [text(option.comment, offloadText(frame.offload))]),
      directionFlags[frame.direction],
    ]);
  };
  return {
    // Version 1.0, and a section length of -1: not known beforehand.
    header: () =>
      makeBlock(block.section, [BYTE_ORDER_MAGIC, 1, 0xffff_ffff, 0xffff_ffff], none, [
        text(option.userApplication, application),
      ]),
    declare,
    frames: (frames) => {
      const blocks: Uint8Array[] = [];
      for (const frame of frames) {
        const described = declare(frame);
        if (described !== undefined) blocks.push(described);
        blocks.push(packet(frame));
      }
      return concatenateAll(blocks);
    },
  };
};
