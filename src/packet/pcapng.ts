/**
 * Writing pcapng (draft-ietf-opsawg-pcapng): one capture file for all interfaces of a lab, each named
 * `node:interface`, with times in nanoseconds and the direction of every frame. The writer makes chunks that may go to
 * a file or a pipe (`capture -w - | wireshark -k -i -`) as they come; an interface is described just before its first
 * frame, so interfaces may appear at any time.
 */
import type { Frame } from './layer.ts';
import { linkTypes } from './numbers.ts';
import { block, BYTE_ORDER_MAGIC, direction, NANOSECONDS, option, padded } from './pcapng-format.ts';

const textEncoder = new TextEncoder();

type Option = readonly [code: number, value: Uint8Array];
const text = (code: number, value: string): Option => [code, textEncoder.encode(value).subarray(0, 0xffff)];
const octet = (code: number, value: number): Option => [code, Uint8Array.of(value)];
const word = (code: number, value: number): Option => [
  code,
  Uint8Array.of(value, value >> 8, value >> 16, value >> 24),
];

const none = new Uint8Array();
/** Made once, not per frame. */
const directionFlags = { in: word(option.flags, direction.in), out: word(option.flags, direction.out) } as const;

/** Little-endian blocks one behind the other. The buffer is kept from chunk to chunk: a live capture makes many. */
class Blocks {
  #bytes = new Uint8Array(0x1_0000);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /** Adds a block: type, fixed fields, data, options, and the length on both sides. */
  add(type: number, fields: readonly number[], data: Uint8Array, options: readonly Option[]): void {
    let length = 16 + fields.length * 4 + padded(data.length);
    for (const [, value] of options) length += 4 + padded(value.length);
    this.#reserve(length);
    this.#put32(type);
    this.#put32(length);
    for (const value of fields) this.#put32(value);
    this.#putOctets(data);
    for (const [code, value] of options) {
      this.#put32((value.length << 16) | code);
      this.#putOctets(value);
    }
    this.#put32(option.end);
    this.#put32(length);
  }

  /** The blocks since the last call. */
  take(): Uint8Array {
    const chunk = this.#bytes.slice(0, this.#at);
    this.#at = 0;
    return chunk;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#at + length));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }

  #put32(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  #putOctets(octets: Uint8Array): void {
    this.#bytes.set(octets, this.#at);
    const end = this.#at + padded(octets.length);
    // The buffer holds older blocks: padding has to be written.
    this.#bytes.fill(0, this.#at + octets.length, end);
    this.#at = end;
  }
}

/** How a frame's offload state is kept: a comment, which Wireshark shows. pcapng-read.ts knows it again. */
const offloadText = (offload: NonNullable<Frame['offload']>): string =>
  `gso=${offload.gsoType} size=${offload.gsoSize} csum_partial=${offload.partialChecksum ? 1 : 0}`;

/** An interface by the names and the link type of its frames. */
export type InterfaceOf = Pick<Frame, 'node' | 'interface' | 'link'>;

export interface PcapngWriter {
  /** The section header: the first chunk of a file. */
  readonly header: () => Uint8Array;
  /** Describes an interface that may stay without frames; empty when it has been described already. */
  readonly declare: (of: InterfaceOf) => Uint8Array;
  /** The chunk for frames in the given order, each interface described before its first frame. */
  readonly frames: (frames: Iterable<Frame>) => Uint8Array;
}

/** A writer of one section. Chunks have to be written in the order in which they were made. */
export const pcapngWriter = (application = 'xiyou'): PcapngWriter => {
  const blocks = new Blocks();
  const numbers = new Map<string, number>();
  const keyOf = (of: InterfaceOf): string => `${of.node}:${of.interface} ${of.link}`;
  /** The number of an interface, which is described when it is new. */
  const numberOf = (of: InterfaceOf): number => {
    const known = numbers.get(keyOf(of));
    if (known !== undefined) return known;
    const number = numbers.size;
    numbers.set(keyOf(of), number);
    // Snap length 0: no limit. Frames may be shorter than on the wire all the same.
    blocks.add(block.interface, [linkTypes[of.link], 0], none, [
      text(option.interfaceName, `${of.node}:${of.interface}`),
      octet(option.resolution, NANOSECONDS),
    ]);
    return number;
  };
  const packet = (frame: Frame): void => {
    const { bytes, time, wireLength } = frame;
    const options: Option[] = [directionFlags[frame.direction]];
    if (frame.comment !== undefined) options.push(text(option.comment, frame.comment));
    if (frame.offload !== undefined) options.push(text(option.comment, offloadText(frame.offload)));
    const [high, low] = [Number(time >> 32n), Number(time & 0xffff_ffffn)];
    blocks.add(block.packet, [numberOf(frame), high, low, bytes.length, wireLength], bytes, options);
  };
  return {
    header: () => {
      // Version 1.0, and a section length of -1: not known beforehand.
      const name = text(option.userApplication, application);
      blocks.add(block.section, [BYTE_ORDER_MAGIC, 1, 0xffff_ffff, 0xffff_ffff], none, [name]);
      return blocks.take();
    },
    declare: (of) => {
      numberOf(of);
      return blocks.take();
    },
    frames: (frames) => {
      for (const frame of frames) packet(frame);
      return blocks.take();
    },
  };
};
