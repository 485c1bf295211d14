/**
 * pcapng (draft-ietf-opsawg-pcapng): one capture file for all interfaces of a lab, each named `node:interface`, with
 * times in nanoseconds and the direction of every frame. The writer makes chunks that may be written to a file or a
 * pipe (`capture -w - | wireshark -k -i -`) as they come, and describes an interface just before its first frame. The
 * reader takes files of any program: both byte orders, several sections, any time resolution, and a file whose end is
 * missing because its writer was killed.
 */
import type { Frame } from './layer.ts';
import { linkTypes } from './numbers.ts';

/** Block types (section 4 and appendix A), all with their length before and behind them, all multiples of 4 octets. */
const block = { section: 0x0a0d_0d0a, interface: 1, oldPacket: 2, simplePacket: 3, packet: 6 } as const;
/** Written in the writer's byte order, it tells which that is. */
const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
/** Option codes: common, of a section, an interface and a packet. */
const option = { end: 0, comment: 1, userApplication: 4, interfaceName: 2, resolution: 9, offset: 14, flags: 2 } as const;
/** The first two bits of a packet's flags (section 4.3.1). */
const direction = { in: 1, out: 2 } as const;
/** Times are powers of ten of a second, 10^-6 unless an interface says otherwise (section 4.2). */
const [MICROSECONDS, NANOSECONDS] = [6, 9];
const SECOND = 1_000_000_000n;

const padded = (length: number): number => (length + 3) & ~3;
const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

type Option = readonly [code: number, value: Uint8Array];
const text = (code: number, value: string): Option => [code, textEncoder.encode(value).subarray(0, 0xffff)];
const octet = (code: number, value: number): Option => [code, Uint8Array.of(value)];
const word = (code: number, value: number): Option => [code, Uint8Array.of(value, value >> 8, value >> 16, value >> 24)];

/** A little-endian block: type, fixed fields, data, options, and the length on both sides. */
const makeBlock = (type: number, fields: readonly number[], data: Uint8Array, options: readonly Option[]): Uint8Array => {
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
/** How a frame's offload state is kept: a comment that Wireshark shows. */
const offloadText = (offload: NonNullable<Frame['offload']>): string =>
  `gso=${offload.gsoType} size=${offload.gsoSize} csum_partial=${offload.partialChecksum ? 1 : 0}`;
const offloadPattern = /^gso=(\d+) size=(\d+) csum_partial=([01])$/u;

/** An interface by the names and the link type of its frames. */
export type InterfaceOf = Pick<Frame, 'node' | 'interface' | 'link'>;

export interface PcapngWriter {
  /** The section header: the first chunk of a file. */
  readonly header: () => Uint8Array;
  /** Describes an interface that may stay without frames; undefined when it has been described already. */
  readonly declare: (of: InterfaceOf) => Uint8Array | undefined;
  /** Chunks for frames in the given order, each interface described before its first frame. */
  readonly frames: (frames: Iterable<Frame>) => Uint8Array[];
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
      word(option.flags, direction[frame.direction]),
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
      const chunks: Uint8Array[] = [];
      for (const frame of frames) {
        const described = declare(frame);
        if (described !== undefined) chunks.push(described);
        chunks.push(packet(frame));
      }
      return chunks;
    },
  };
};

export interface PcapngInterface {
  /** What stands before the first colon of the interface's name; empty without a colon. */
  readonly node: string;
  readonly interface: string;
  /** As in the file: 1 is Ethernet, 101 bare IP. */
  readonly linkType: number;
}

export interface PcapngFile {
  /** In the order of the file, all sections together. */
  readonly interfaces: readonly PcapngInterface[];
  /** In the order of the file. Their octets are views of the input. */
  readonly frames: readonly Frame[];
  /** Frames of link types other than Ethernet and bare IP. */
  readonly skipped: number;
  /** Whether the file ends in the middle of a block. */
  readonly truncated: boolean;
}

interface Described extends PcapngInterface {
  readonly link: Frame['link'] | undefined;
  readonly snapLength: number;
  /** Nanoseconds since the epoch of a time stamp. */
  readonly nanoseconds: (stamp: bigint) => bigint;
}

/** Ethernet; bare IP of either version (12, 14 and 101), IPv4 (228), IPv6 (229): draft-ietf-opsawg-pcaplinktype. */
const linkOf = (linkType: number): Frame['link'] | undefined =>
  linkType === linkTypes.ethernet ? 'ethernet' : [12, 14, linkTypes.ip, 228, 229].includes(linkType) ? 'ip' : undefined;

/** One section's blocks, read in its byte order. */
class Section {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = this.#view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC;
    if (!this.#little && this.#view.getUint32(at + 8, false) !== BYTE_ORDER_MAGIC)
      throw new RangeError(`damaged pcapng file: no byte-order magic in the section header at octet ${at}`);
  }
  u16(at: number): number {
    return this.#view.getUint16(at, this.#little);
  }
  u32(at: number): number {
    return this.#view.getUint32(at, this.#little);
  }
  /** The values of the options between two offsets, by code; a code may come several times. */
  options(from: number, to: number): { readonly all: (code: number) => readonly Uint8Array[] } {
    const found: Option[] = [];
    for (let at = from; at + 4 <= to; ) {
      const [code, length] = [this.u16(at), this.u16(at + 2)];
      if (code === option.end || at + 4 + length > to) break;
      found.push([code, this.#bytes.subarray(at + 4, at + 4 + length)]);
      at += 4 + padded(length);
    }
    return { all: (code) => found.filter(([own]) => own === code).map(([, value]) => value) };
  }
  describe(at: number, end: number): Described {
    const options = this.options(at + 16, end);
    const name = textDecoder.decode(options.all(option.interfaceName)[0]);
    const colon = name.indexOf(':');
    const exponent = options.all(option.resolution)[0]?.[0] ?? MICROSECONDS;
    // The highest bit says that the others are a power of two.
    const perSecond = (exponent & 0x80) === 0 ? 10n ** BigInt(exponent) : 2n ** BigInt(exponent & 0x7f);
    const offset = options.all(option.offset)[0];
    const seconds =
      offset?.length === 8 ? this.#view.getBigInt64(offset.byteOffset - this.#bytes.byteOffset, this.#little) : 0n;
    const linkType = this.u16(at + 8);
    return {
      node: name.slice(0, Math.max(0, colon)),
      interface: name.slice(colon + 1),
      linkType,
      link: linkOf(linkType),
      snapLength: this.u32(at + 12),
      nanoseconds: (stamp) => (stamp * SECOND) / perSecond + seconds * SECOND,
    };
  }
}
