/**
 * GTPv2-C messages and their information elements as octets (3GPP TS 29.274, clauses 5 and 8.2). A message:
 *
 *     version 2 (3 bits) | P | T | MP | spare    type    length of what follows (16 bits)
 *     TEID (32 bits, only with T)    sequence number (24 bits)    priority (4 bits, only with MP) | spare
 *
 * and then elements, each a type, a length, an instance and that many octets. A decoded element keeps its octets:
 * whatever is not understood goes out again as it came in, and what it means is asked for one element at a time
 * (element.ts), because only the procedure knows which of them it cannot do without.
 */
import { concatenate, u16, u24, u32 } from '../../packet/octets.ts';
import { bigEndian, join } from '../octets.ts';
import { Gtpv2Error, type Header, type IeId } from './error.ts';

/** The registered UDP port of GTP-C (TS 29.274, 4.2.1). */
export const GTPV2_PORT = 2123;

/** An information element; the value is still octets. */
export interface Ie extends IeId {
  readonly octets: Uint8Array;
}

export interface Message extends Header {
  readonly ies: readonly Ie[];
}

const VERSION = 2;
const FLAG_PIGGYBACK = 0x10;
const FLAG_TEID = 0x08;
const FLAG_PRIORITY = 0x04;
/** Octets in front of what the length counts. */
const LENGTH_FROM = 4;
/** Type, length (16 bits), spare and instance. */
const IE_HEADER = 4;

/** Information elements one behind the other. Throws a RangeError when one is longer than a length can say. */
export const encodeIes = (ies: readonly Ie[]): Uint8Array =>
  join(
    ies.flatMap(({ type, instance, octets }) => [
      bigEndian(type, 1),
      bigEndian(octets.length, 2),
      Uint8Array.of(instance & 15),
      octets,
    ]),
  );

/** Reads elements to the end of `octets`. @throws {Gtpv2Error} `length` when the last one does not end there */
export const decodeIes = (octets: Uint8Array): Ie[] => {
  const ies: Ie[] = [];
  for (let at = 0; at < octets.length;) {
    if (at + IE_HEADER > octets.length) throw new Gtpv2Error('length', 'an element is cut off in its header');
    const type = octets[at] ?? 0;
    const instance = (octets[at + 3] ?? 0) & 15;
    const end = at + IE_HEADER + u16(octets, at + 1);
    if (end > octets.length)
      throw new Gtpv2Error('length', 'a length beyond the end', { offending: { type, instance } });
    ies.push({ type, instance, octets: octets.subarray(at + IE_HEADER, end) });
    at = end;
  }
  return ies;
};

const encodeOne = (message: Message, piggyback: boolean): Uint8Array => {
  const { type, teid, sequence, priority } = message;
  const flags =
    (piggyback ? FLAG_PIGGYBACK : 0) |
    (teid === undefined ? 0 : FLAG_TEID) |
    (priority === undefined ? 0 : FLAG_PRIORITY);
  const behind = concatenate(
    ...(teid === undefined ? [] : [bigEndian(teid, 4)]),
    bigEndian(sequence, 3),
    Uint8Array.of(((priority ?? 0) & 15) << 4),
    encodeIes(message.ies),
  );
  return concatenate(Uint8Array.of((VERSION << 5) | flags, type), bigEndian(behind.length, 2), behind);
};

/**
 * A datagram with one message, or with an answer and the request that rides on it (5.5.1, the P flag).
 *
 * @throws {RangeError} when a number or the whole does not fit its field
 */
export const encodeMessage = (message: Message, piggybacked?: Message): Uint8Array =>
  piggybacked === undefined
    ? encodeOne(message, false)
    : concatenate(encodeOne(message, true), encodeOne(piggybacked, false));

/** The message at the beginning, where it ends, and whether it announces another one. */
const decodeOne = (octets: Uint8Array): { message: Message; end: number; more: boolean } => {
  const flags = octets[0] ?? 0;
  const start = LENGTH_FROM + ((flags & FLAG_TEID) === 0 ? 0 : 4);
  if (octets.length > 0 && flags >> 5 !== VERSION) throw new Gtpv2Error('version', `version ${flags >> 5}`);
  if (octets.length < start + 4) throw new Gtpv2Error('too-short', `${octets.length} octets are no message`);
  const header: Header = {
    type: octets[1] ?? 0,
    teid: (flags & FLAG_TEID) === 0 ? undefined : u32(octets, LENGTH_FROM),
    sequence: u24(octets, start),
    priority: (flags & FLAG_PRIORITY) === 0 ? undefined : (octets[start + 3] ?? 0) >> 4,
  };
  const end = LENGTH_FROM + u16(octets, 2);
  const more = (flags & FLAG_PIGGYBACK) !== 0;
  // Without a piggybacked message the datagram ends with the message (7.7.3).
  if (end < start + 4 || end > octets.length || more !== end < octets.length)
    throw new Gtpv2Error('length', `length ${u16(octets, 2)} in a datagram of ${octets.length}`, { header });
  try {
    return { message: { ...header, ies: decodeIes(octets.subarray(start + 4, end)) }, end, more };
  } catch (error) {
    throw error instanceof Gtpv2Error ? error.at({ header }) : error;
  }
};

/**
 * The messages of a datagram: one, or an answer and the request that rides on it. The elements share its memory.
 *
 * @throws {Gtpv2Error} when it is not exactly that
 */
export const decodeDatagram = (octets: Uint8Array): readonly [Message, Message?] => {
  const first = decodeOne(octets);
  if (!first.more) return [first.message];
  const second = decodeOne(octets.subarray(first.end));
  if (second.more) throw new Gtpv2Error('length', 'a message rides on one that rides', { header: second.message });
  return [first.message, second.message];
};

/** The message of a datagram that has only one. @throws {Gtpv2Error} when it has none or two */
export const decodeMessage = (octets: Uint8Array): Message => {
  const [message, piggybacked] = decodeDatagram(octets);
  if (piggybacked !== undefined)
    throw new Gtpv2Error('length', 'two messages where one is expected', { header: message });
  return message;
};

/** What a node answers to a later version of GTP: it speaks version 2 (7.1.3; the sequence number means nothing). */
export const versionNotSupported: Uint8Array = encodeMessage({ type: 3, sequence: 0, ies: [] });
