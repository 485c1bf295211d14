/**
 * GTP-U messages, 3GPP TS 29.281. Every message begins with eight octets (5.1):
 *
 *     version 1 (3 bits) | PT 1 | 0 | E | S | PN    message type    length of what follows (16 bits)    TEID (32 bits)
 *
 * When one of E (extension headers), S (sequence number) or PN (N-PDU number) is set, four more octets follow: sequence
 * number (16), N-PDU number (8), type of the next extension header (8).
 */

/** The registered UDP port of GTP-U (4.4.2). */
export const GTPU_PORT = 2152;

/** Message types (6.1). */
export const messageType = {
  echoRequest: 1,
  echoResponse: 2,
  errorIndication: 26,
  supportedExtensionHeaders: 31,
  endMarker: 254,
  /** A G-PDU: it carries a user's packet, the T-PDU. */
  gpdu: 255,
} as const;

/** Information element types (8.1): below 128 type and value, from 128 type, length and value. */
const element = { recovery: 14, teidData: 16, peerAddress: 133 } as const;

/** Octets of a header without options: all that is ever sent in front of a user's packet. */
export const HEADER_LENGTH = 8;
const OPTIONS_LENGTH = 4;
/** Version 1, protocol type GTP. */
const VERSION_1 = 0x30;
const VERSION_MASK = 0xf0;
const FLAG_EXTENSION = 4;
const FLAG_SEQUENCE = 2;
const ANY_FLAG = 7;

export interface Header {
  readonly type: number;
  readonly teid: number;
  /** Undefined when the S flag is clear; the field has no meaning then. */
  readonly sequence: number | undefined;
  /** Where the payload begins and ends in the octets that were decoded. */
  readonly payload: number;
  readonly end: number;
}

/** Reads the message that lies in `octets` from `start` to `end`; undefined when it is not a whole GTP-U message. */
export const decodeHeader = (octets: Buffer, start: number, end: number): Header | undefined => {
  if (end - start < HEADER_LENGTH) return undefined;
  const flags = octets[start] ?? 0;
  const last = start + HEADER_LENGTH + octets.readUInt16BE(start + 2);
  if ((flags & VERSION_MASK) !== VERSION_1 || last > end) return undefined;
  let payload = start + HEADER_LENGTH;
  let sequence: number | undefined;
  if ((flags & ANY_FLAG) !== 0) {
    if (payload + OPTIONS_LENGTH > last) return undefined;
    if ((flags & FLAG_SEQUENCE) !== 0) sequence = octets.readUInt16BE(payload);
    // The octet has a meaning only with the E flag (5.1), otherwise the sender leaves it at any value.
    let next = (flags & FLAG_EXTENSION) === 0 ? 0 : octets[payload + OPTIONS_LENGTH - 1];
    payload += OPTIONS_LENGTH;
    while (next !== 0) {
      // An extension header begins with its length in units of four octets and ends with the next one's type (5.2.1).
      const length = payload < last ? (octets[payload] ?? 0) * 4 : 0;
      if (length === 0 || payload + length > last) return undefined;
      next = octets[payload + length - 1];
      payload += length;
    }
  }
  return { type: octets[start + 1] ?? 0, teid: octets.readUInt32BE(start + 4), sequence, payload, end: last };
};

/** Writes the header of a G-PDU whose packet of `length` octets begins HEADER_LENGTH octets after `at`. */
export const writeGpduHeader = (octets: Buffer, at: number, teid: number, length: number): void => {
  octets[at] = VERSION_1;
  octets[at + 1] = messageType.gpdu;
  octets.writeUInt16BE(length, at + 2);
  octets.writeUInt32BE(teid, at + 4);
};

/** Replaces the TEID of the message that begins at `at`. */
export const writeTeid = (octets: Buffer, at: number, teid: number): void => {
  octets.writeUInt32BE(teid, at + 4);
};

/** A signalling message: TEID 0, and with a sequence number (5.1: the S flag shall be set in these). */
const signalling = (type: number, sequence: number, elements: Buffer): Buffer => {
  const message = Buffer.alloc(HEADER_LENGTH + OPTIONS_LENGTH);
  message[0] = VERSION_1 | FLAG_SEQUENCE;
  message[1] = type;
  message.writeUInt16BE(OPTIONS_LENGTH + elements.length, 2);
  message.writeUInt16BE(sequence, HEADER_LENGTH);
  return Buffer.concat([message, elements]);
};

/** Asks a peer whether it lives (7.2.1); it has no elements that must be there. */
export const echoRequest = (sequence: number): Buffer => signalling(messageType.echoRequest, sequence, Buffer.alloc(0));

/** Answers an Echo Request with its own sequence number (7.2.2); the restart counter is not used and shall be 0 (8.2). */
export const echoResponse = (sequence: number): Buffer =>
  signalling(messageType.echoResponse, sequence, Buffer.from([element.recovery, 0]));

/** Says that nothing more comes through a tunnel: its packets go another way (7.3.2). It is about a tunnel, so it has its TEID. */
export const endMarker = (teid: number): Buffer => {
  const message = Buffer.alloc(HEADER_LENGTH);
  message[0] = VERSION_1;
  message[1] = messageType.endMarker;
  writeTeid(message, 0, teid);
  return message;
};

/**
 * Tells a sender that nobody here knows the TEID it used (7.3.1).
 *
 * @param teid the TEID of the packet that could not be delivered
 * @param address the 4 octets of the address that packet was sent to
 */
export const errorIndication = (teid: number, address: Uint8Array): Buffer => {
  const elements = Buffer.alloc(5 + 3);
  elements[0] = element.teidData;
  elements.writeUInt32BE(teid, 1);
  elements[5] = element.peerAddress;
  elements.writeUInt16BE(address.length, 6);
  return signalling(messageType.errorIndication, 0, Buffer.concat([elements, address]));
};

/** A tunnel that its other end does not know: the TEID of our packets in it, and the IPv4 address they went to. */
export interface RejectedTunnel {
  readonly teid: number;
  readonly peer: string;
}

/**
 * The tunnel that an Error Indication complains about (7.3.1): TEID Data I, then GTP-U Peer Address. Undefined when one
 * of them is not where it has to be, or the address is none of IPv4.
 */
export const rejectedTunnel = (octets: Buffer, { type, payload, end }: Header): RejectedTunnel | undefined => {
  const address = payload + 5;
  if (type !== messageType.errorIndication || address + 7 > end) return undefined;
  if (octets[payload] !== element.teidData || octets[address] !== element.peerAddress) return undefined;
  if (octets.readUInt16BE(address + 1) !== 4) return undefined;
  return { teid: octets.readUInt32BE(payload + 1), peer: octets.subarray(address + 3, address + 7).join('.') };
};
