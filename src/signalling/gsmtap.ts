/**
 * GSMTAP: how radio messages travel in UDP so that Wireshark reads them (port 4729). There is no radio in the lab, so
 * this header is all that remains of it: the kind of message, its channel, and whether it goes up or down. The format is
 * defined by libosmocore's gsmtap.h and Wireshark's packet-gsmtap.c; it has no other specification.
 */
import { put16, u16 } from '../packet/octets.ts';

/** The registered UDP port. */
export const GSMTAP_PORT = 4729;

/** GSMTAP_TYPE_*: the payloads of LTE. */
export const gsmtapType = { lteRrc: 0x0d, lteMacFramed: 0x0f, lteNas: 0x12 } as const;

/** GSMTAP_LTE_NAS_*: whether the NAS message begins with its security header. */
export const nasSubtype = { plain: 0, secured: 1 } as const;

const VERSION = 2;
/** The header has 16 octets, and says so in words of four. */
const HEADER_LENGTH = 16;
/** The highest bits of the channel number are flags (GSMTAP_ARFCN_F_*). */
const UPLINK = 0x4000;
const ARFCN_MASK = 0x3fff;

export interface Gsmtap {
  readonly type: number;
  /** Which channel or kind of message, depending on the type. */
  readonly subtype: number;
  /** From the phone to the network. */
  readonly uplink: boolean;
  /** The radio channel number, 0 to 16383; only for people. 0 when absent. */
  readonly arfcn?: number;
  readonly payload: Uint8Array;
}

/** One UDP datagram. */
export const encodeGsmtap = ({ type, subtype, uplink, arfcn = 0, payload }: Gsmtap): Uint8Array => {
  const octets = new Uint8Array(HEADER_LENGTH + payload.length);
  octets[0] = VERSION;
  octets[1] = HEADER_LENGTH / 4;
  octets[2] = type;
  put16(octets, 4, (arfcn & ARFCN_MASK) | (uplink ? UPLINK : 0));
  octets[12] = subtype;
  octets.set(payload, HEADER_LENGTH);
  return octets;
};

/** What a datagram carries; undefined when it is no GSMTAP of version 2. The payload is a part of `octets`. */
export const decodeGsmtap = (octets: Uint8Array): Required<Gsmtap> | undefined => {
  const length = (octets[1] ?? 0) * 4;
  if (octets[0] !== VERSION || length < HEADER_LENGTH || octets.length < length) return undefined;
  const channel = u16(octets, 4);
  return {
    type: octets[2] ?? 0,
    subtype: octets[12] ?? 0,
    uplink: (channel & UPLINK) !== 0,
    arfcn: channel & ARFCN_MASK,
    payload: octets.subarray(length),
  };
};
