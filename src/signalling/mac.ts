/**
 * Random access in a cell that expects the phone (3GPP TS 36.321, 5.1), as far as a link without radio needs it: the
 * phone shows the C-RNTI that the cell has given it, the cell grants it the air. The octets are MAC PDUs behind the
 * context that Wireshark's packet-mac-lte.h defines for framed MAC, since a PDU alone does not say whose it is.
 */
import { put16, u16 } from '../packet/octets.ts';

/** What is said: the phone in the uplink is who it says, the cell in the downlink has let it in. */
export interface MacPdu {
  readonly uplink: boolean;
  /** 16 bits; 0x003d to 0xfff3 (table 7.1-1). */
  readonly crnti: number;
}

export const FIRST_CRNTI = 0x3d;
export const LAST_CRNTI = 0xfff3;

/** Of packet-mac-lte.h: FDD, C_RNTI, and the tags of what follows. */
const FDD = 1;
const C_RNTI = 3;
const tag = { payload: 1, rnti: 2 } as const;
const CONTEXT_LENGTH = 7;

/** Sub-headers of control elements that are alone in their PDU (6.1.3.2, 6.1.3.5; tables 6.2.1-1 and 6.2.1-2). */
const CRNTI_ELEMENT = 0b1_1011;
const TIMING_ADVANCE = 0b1_1101;
/** Timing Advance Command: the timing stays as it is (TS 36.213, 4.2.3). */
const UNCHANGED = 31;

export const encodeMac = ({ uplink, crnti }: MacPdu): Uint8Array => {
  const context = Uint8Array.of(FDD, uplink ? 0 : 1, C_RNTI, tag.rnti, 0, 0, tag.payload);
  put16(context, 4, crnti);
  const element = uplink ? [CRNTI_ELEMENT, crnti >> 8, crnti & 0xff] : [TIMING_ADVANCE, UNCHANGED];
  return Uint8Array.of(...context, ...element);
};

/** Undefined when the octets are another MAC PDU, or none. */
export const decodeMac = (octets: Uint8Array): MacPdu | undefined => {
  const [, direction, kind, first, , , last, header] = octets;
  if (octets.length <= CONTEXT_LENGTH || kind !== C_RNTI || first !== tag.rnti || last !== tag.payload)
    return undefined;
  const crnti = u16(octets, 4);
  if (direction === 0 && header === CRNTI_ELEMENT && octets.length === CONTEXT_LENGTH + 3)
    return u16(octets, CONTEXT_LENGTH + 1) === crnti ? { uplink: true, crnti } : undefined;
  const granted = direction === 1 && header === TIMING_ADVANCE && octets.length === CONTEXT_LENGTH + 2;
  return granted ? { uplink: false, crnti } : undefined;
};
