/**
 * Netlink messages as octets (RFC 3549, <linux/netlink.h>): a batch that many messages are written into one after
 * the other, and a reader for what comes back. Nothing here talks to the kernel.
 *
 * A message is a 16-octet header (length, type, flags, sequence number, port), a fixed structure of its type, and
 * attributes: length, type, value, padded to four octets. Numbers are in the machine's own order (little-endian on
 * everything this runs on); addresses are in network order.
 */

/** Flags of a message header, <linux/netlink.h>. */
export const NLM_F = {
  REQUEST: 1,
  ACK: 4,
  DUMP_INTR: 0x10,
  REPLACE: 0x100,
  EXCL: 0x200,
  DUMP: 0x300,
  CREATE: 0x400,
} as const;

/** The types below 16 that every netlink family shares. */
export const NLMSG = { ERROR: 2, DONE: 3 } as const;

export const headerLength = 16;
const NLA_F_NESTED = 0x8000;
const NLA_TYPE_MASK = 0x3fff;

const align = (length: number): number => (length + 3) & ~3;

/**
 * Messages of one socket, written into one buffer. The n-th message (from 0) has sequence number n + 1 and belongs
 * to `contexts[n]`: what the caller wants to hear when the kernel refuses it.
 */
export class MessageBatch<Context> {
  readonly contexts: Context[] = [];
  /** Where each message begins; `length` is where the next one will. */
  readonly starts: number[] = [];
  length = 0;
  buffer: Buffer;
  constructor(room = 4096) {
    this.buffer = Buffer.allocUnsafe(room);
  }

  /** Forgets all messages and keeps the memory. */
  clear(): void {
    this.contexts.length = 0;
    this.starts.length = 0;
    this.length = 0;
  }

  /** Begins a message; NLM_F_REQUEST is implied. Every `begin` needs an `end`. */
  begin(type: number, flags: number, context: Context): this {
    this.#reserve(headerLength);
    this.contexts.push(context);
    this.starts.push(this.length);
    return this.u32(0)
      .u16(type)
      .u16(NLM_F.REQUEST | flags)
      .u32(this.contexts.length)
      .u32(0);
  }

  end(): void {
    const start = this.starts.at(-1) ?? 0;
    this.buffer.writeUInt32LE(this.length - start, start);
  }

  u8(value: number): this {
    this.#reserve(1);
    this.buffer[this.length] = value;
    this.length += 1;
    return this;
  }
  u16(value: number): this {
    this.#reserve(2);
    this.length = this.buffer.writeUInt16LE(value, this.length);
    return this;
  }
  u32(value: number): this {
    this.#reserve(4);
    this.length = this.buffer.writeUInt32LE(value >>> 0, this.length);
    return this;
  }

  attribute(type: number, value: Uint8Array): this {
    this.u16(4 + value.length).u16(type);
    this.#reserve(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
    return this.#pad();
  }
  attributeU32(type: number, value: number): this {
    return this.u16(8).u16(type).u32(value);
  }
  /** A zero-terminated string. */
  attributeText(type: number, text: string): this {
    this.u16(4 + text.length + 1).u16(type);
    this.#reserve(text.length + 1);
    this.length += this.buffer.write(text, this.length, 'latin1');
    return this.u8(0).#pad();
  }
  /** An attribute that holds attributes: what `inside` writes. */
  nested(type: number, inside: () => void): this {
    this.#reserve(4);
    const start = this.length;
    this.u16(0).u16(type | NLA_F_NESTED);
    inside();
    this.buffer.writeUInt16LE(this.length - start, start);
    return this;
  }

  #pad(): this {
    while (this.length !== align(this.length)) this.u8(0);
    return this;
  }
  #reserve(octets: number): void {
    if (this.length + octets <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.length + octets));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  /** What follows the header. It shares the receive buffer: copy what shall outlive the next read. */
  readonly payload: Buffer;
}

/** The messages in one datagram from the kernel. */
export const readMessages = function* readMessages(datagram: Buffer): Generator<Message> {
  for (let offset = 0; offset + headerLength <= datagram.length;) {
    const length = datagram.readUInt32LE(offset);
    if (length < headerLength || offset + length > datagram.length) return;
    yield {
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      payload: datagram.subarray(offset + headerLength, offset + length),
    };
    offset += align(length);
  }
};

/** Calls `found` with type and value of each attribute from `offset` on. The value shares the buffer. */
export const readAttributes = (octets: Buffer, offset: number, found: (type: number, value: Buffer) => void): void => {
  for (let at = offset; at + 4 <= octets.length;) {
    const length = octets.readUInt16LE(at);
    if (length < 4 || at + length > octets.length) return;
    found(octets.readUInt16LE(at + 2) & NLA_TYPE_MASK, octets.subarray(at + 4, at + length));
    at += align(length);
  }
};

/** A zero-terminated string of an attribute. */
export const textOf = (value: Buffer): string => {
  const end = value.indexOf(0);
  return value.toString('latin1', 0, end < 0 ? value.length : end);
};
