/**
 * The number that an MME gave a phone (GUTI) and the tracking area that a phone is in (TAI), as 3GPP TS 23.003 names
 * them, and the octets that NAS, S1AP and GTPv2-C share for them. As with the other identities, writing throws a
 * RangeError for what is no such name and reading gives undefined for octets that spell none.
 */
import { concatenate, u16, u32 } from '../packet/octets.ts';
import { type Plmn, decodePlmn, encodePlmn } from './identity.ts';
import { bigEndian } from './octets.ts';

/** Octets of a PLMN identity. */
const PLMN_LENGTH = 3;

/** Tracking area identity (TS 23.003, 19.4.2.3). */
export interface Tai {
  readonly plmn: Plmn;
  /** Tracking area code, 16 bits. */
  readonly tac: number;
}

/** Octets of a TAI: the network and its code. */
export const TAI_LENGTH = PLMN_LENGTH + 2;

export const encodeTai = ({ plmn, tac }: Tai): Uint8Array => concatenate(encodePlmn(plmn), bigEndian(tac, 2));

/** The tracking area in the first five octets. */
export const decodeTai = (octets: Uint8Array): Tai | undefined => {
  const plmn = decodePlmn(octets);
  return plmn === undefined || octets.length < TAI_LENGTH ? undefined : { plmn, tac: u16(octets, PLMN_LENGTH) };
};

/** Globally unique temporary identity (TS 23.003, 2.8.1). */
export interface Guti {
  readonly plmn: Plmn;
  /** MME group, 16 bits. */
  readonly mmeGroup: number;
  /** MME in the group, 8 bits. */
  readonly mmeCode: number;
  /** The phone at that MME, 32 bits; with the MME code it is the S-TMSI that pages the phone. */
  readonly mTmsi: number;
}

/** Octets of a GUTI: network, group, code, M-TMSI. */
export const GUTI_LENGTH = PLMN_LENGTH + 2 + 1 + 4;

export const encodeGuti = ({ plmn, mmeGroup, mmeCode, mTmsi }: Guti): Uint8Array =>
  concatenate(encodePlmn(plmn), bigEndian(mmeGroup, 2), bigEndian(mmeCode, 1), bigEndian(mTmsi, 4));

/** The identity in the first ten octets. */
export const decodeGuti = (octets: Uint8Array): Guti | undefined => {
  const plmn = decodePlmn(octets);
  if (plmn === undefined || octets.length < GUTI_LENGTH) return undefined;
  return {
    plmn,
    mmeGroup: u16(octets, PLMN_LENGTH),
    mmeCode: octets[PLMN_LENGTH + 2] ?? 0,
    mTmsi: u32(octets, PLMN_LENGTH + 3),
  };
};
