/**
 * Reading pcapng files of any program: both byte orders, several sections, any time resolution, and a file whose end
 * is missing because its writer was killed.
 */
import type { Frame } from './layer.ts';
import { linkTypes } from './numbers.ts';
import { block, BYTE_ORDER_MAGIC, direction, MICROSECONDS, option, padded } from './pcapng-format.ts';

const SECOND = 1_000_000_000n;
const textDecoder = new TextDecoder();
/** The comment in which pcapng.ts keeps a frame's offload state. */
const offloadPattern = /^gso=(\d+) size=(\d+) csum_partial=([01])$/u;

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
  /** Frames of link types other than Ethernet and bare IP, and damaged ones. */
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

/** An interface whose frames can be read. */
type Linked = Described & { readonly link: Frame['link'] };
const isLinked = (of: Described | undefined): of is Linked => of?.link !== undefined;

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
    const found: (readonly [code: number, value: Uint8Array])[] = [];
    for (let at = from; at + 4 <= to;) {
      const [code, length] = [this.u16(at), this.u16(at + 2)];
      if (code === option.end || at + 4 + length > to) break;
      found.push([code, this.#bytes.subarray(at + 4, at + 4 + length)]);
      at += 4 + padded(length);
    }
    return { all: (code) => found.filter(([own]) => own === code).map(([, value]) => value) };
  }
  /** The interface that the block from `at` to `end` describes (section 4.2). */
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
  /** The frame in the block from `at` to `end`; 'skipped' when it cannot be read, undefined when there is none in it. */
  frame(described: readonly Described[], at: number, end: number): Frame | 'skipped' | undefined {
    const type = this.u32(at);
    if (type === block.simplePacket) {
      const of = described[0];
      return isLinked(of) && end - at >= 12 ? this.simple(of, at + 8, end) : 'skipped';
    }
    if (type !== block.packet && type !== block.oldPacket) return undefined;
    if (end - at < 28) return 'skipped';
    // The old packet block (appendix A) has a shorter interface number and is otherwise the same.
    const of = described[type === block.packet ? this.u32(at + 8) : this.u16(at + 8)];
    return (isLinked(of) ? this.packet(of, at + 12, end) : undefined) ?? 'skipped';
  }
  /** The frame in a packet block (section 4.3; `at` is where its time stands) of the interface `of`. */
  packet(of: Linked, at: number, end: number): Frame | undefined {
    const [captured, wireLength] = [this.u32(at + 8), this.u32(at + 12)];
    if (at + 16 + captured > end) return undefined;
    const options = this.options(at + 16 + padded(captured), end);
    const comments = options.all(option.comment).map((value) => textDecoder.decode(value));
    const offload = comments.map((comment) => offloadPattern.exec(comment)).find((match) => match !== null);
    const comment = comments.filter((own) => !offloadPattern.test(own)).join('\n');
    const flags = options.all(option.flags)[0];
    const bits = flags?.length === 4 ? this.u32(flags.byteOffset - this.#bytes.byteOffset) & 3 : 0;
    return {
      node: of.node,
      interface: of.interface,
      time: of.nanoseconds((BigInt(this.u32(at)) << 32n) | BigInt(this.u32(at + 4))),
      // A file that does not tell is taken as what tcpdump sees of others' frames.
      direction: bits === direction.out ? 'out' : 'in',
      link: of.link,
      bytes: this.#bytes.subarray(at + 16, at + 16 + captured),
      wireLength,
      ...(offload === undefined
        ? {}
        : {
            offload: {
              gsoType: Number(offload[1]),
              gsoSize: Number(offload[2]),
              partialChecksum: offload[3] === '1',
            },
          }),
      ...(comment === '' ? {} : { comment }),
    };
  }
  /** The frame in a simple packet block (section 4.4): the first interface, and no time. */
  simple(of: Linked, at: number, end: number): Frame {
    const wireLength = this.u32(at);
    const limit = of.snapLength === 0 ? wireLength : Math.min(wireLength, of.snapLength);
    const bytes = this.#bytes.subarray(at + 4, Math.min(at + 4 + limit, end));
    return { node: of.node, interface: of.interface, time: 0n, direction: 'in', link: of.link, bytes, wireLength };
  }
}

/** First octets of other capture files: classic pcap with its two time resolutions, in both byte orders. */
const classic: ReadonlySet<number> = new Set([0xa1b2_c3d4, 0xd4c3_b2a1, 0xa1b2_3c4d, 0x4d3c_b2a1]);

const refuse = (bytes: Uint8Array): never => {
  const magic = bytes.length < 4 ? 0 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  throw new RangeError(
    classic.has(magic)
      ? 'not a pcapng file but an older pcap file; convert it with: editcap -F pcapng OLD NEW'
      : 'not a pcapng file: it does not begin with a section header',
  );
};

/**
 * The interfaces and frames of a pcapng file.
 *
 * @throws RangeError, with a text for people, when it is not pcapng or a section header is damaged
 */
export const readPcapng = (bytes: Uint8Array): PcapngFile => {
  const interfaces: PcapngInterface[] = [];
  const frames: Frame[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // The type of a section header reads the same in both byte orders.
  if (bytes.length < 12 || view.getUint32(0) !== block.section) refuse(bytes);
  let section = new Section(bytes, 0);
  let described: Described[] = [];
  let [skipped, at] = [0, 0];
  while (at + 12 <= bytes.length) {
    if (view.getUint32(at) === block.section) {
      section = new Section(bytes, at);
      described = [];
    }
    const length = section.u32(at + 4);
    if (length < 12 || at + length > bytes.length) break;
    const end = at + length - 4;
    if (section.u32(at) === block.interface && length >= 20) {
      const found = section.describe(at, end);
      described.push(found);
      interfaces.push({ node: found.node, interface: found.interface, linkType: found.linkType });
    }
    const frame = section.frame(described, at, end);
    if (frame === 'skipped') skipped += 1;
    else if (frame !== undefined) frames.push(frame);
    at += padded(length);
  }
  return { interfaces, frames, skipped, truncated: at < bytes.length };
};
