/**
 * What a phone can do, and what is chosen of it: capabilities are bit masks with algorithm 0 in the highest bit, so that
 * `0xe0` means algorithms 0, 1 and 2.
 */
import { concatenate } from '../../packet/octets.ts';
import type { Algorithm } from '../aka/eea.ts';
import type { Value } from './field.ts';

/** UE network capability (3GPP TS 24.301, 9.9.3.34): what the phone says of itself. */
export interface UeNetworkCapability {
  /** 128-EEA0 to EEA7 and 128-EIA0 to EIA7. */
  readonly eea: number;
  readonly eia: number;
  /** The octets behind: UMTS algorithms, then features. */
  readonly more: Uint8Array;
}

export const ueNetworkCapability: Value<UeNetworkCapability> = {
  decode: (content) => {
    const [eea, eia] = content;
    return eea === undefined || eia === undefined ? undefined : { eea, eia, more: content.subarray(2) };
  },
  encode: ({ eea, eia, more }) => concatenate(Uint8Array.of(eea, eia), more),
};

/** UE security capability (9.9.3.36): what the network repeats of it, so that nobody can have weakened it on the way. */
export type UeSecurityCapability = UeNetworkCapability;
export const ueSecurityCapability = ueNetworkCapability;

/** The capability of a phone that knows these algorithms and no other network than LTE. */
export const capabilityOf = (eea: readonly Algorithm[], eia: readonly Algorithm[]): UeNetworkCapability => {
  const mask = (algorithms: readonly Algorithm[]): number =>
    algorithms.reduce((mask: number, algorithm) => mask | (0x80 >> algorithm), 0);
  return { eea: mask(eea), eia: mask(eia), more: new Uint8Array() };
};

/** Whether a mask has an algorithm. */
export const supports = (mask: number, algorithm: Algorithm): boolean => (mask & (0x80 >> algorithm)) !== 0;

/**
 * The security capability that a network repeats: LTE algorithms, UMTS algorithms when the phone told any, and the GPRS
 * algorithms that its MS network capability (TS 24.008, 10.5.5.12) names.
 *
 * @param msNetworkCapability the octets of the element, when the phone sent it
 */
export const securityCapabilityOf = (
  { eea, eia, more }: UeNetworkCapability,
  msNetworkCapability?: Uint8Array,
): UeSecurityCapability => {
  const [uea, uia] = more;
  if (msNetworkCapability === undefined && uea === undefined) return { eea, eia, more: new Uint8Array() };
  // In the UE network capability the highest bit beside the UIA is UCS2; in the security capability it is spare.
  const umts = Uint8Array.of(uea ?? 0, (uia ?? 0) & 0x7f);
  const [first, second = 0] = msNetworkCapability ?? [];
  // GEA1 is the highest bit of the first octet; GEA2 to GEA7 are bits 7 to 2 of the second.
  const gprs = first === undefined ? [] : [((first & 0x80) >> 1) | ((second >> 1) & 0x3f)];
  return { eea, eia, more: concatenate(umts, Uint8Array.from(gprs)) };
};

/** The masks that S1AP carries for the eNodeB: 16 bits each, without algorithm 0 (TS 36.413, 9.2.1.40). */
export const s1apSecurityCapabilities = ({
  eea,
  eia,
}: UeNetworkCapability): { readonly encryption: number; readonly integrity: number } => ({
  encryption: (eea << 9) & 0xffff,
  integrity: (eia << 9) & 0xffff,
});

/** NAS security algorithms (9.9.3.23): what the network chose; numbers of 3 bits. */
export interface SelectedAlgorithms {
  readonly eea: number;
  readonly eia: number;
}

export const selectedAlgorithms: Value<SelectedAlgorithms> = {
  decode: ([octet]) => (octet === undefined ? undefined : { eea: (octet >> 4) & 7, eia: octet & 7 }),
  encode: ({ eea, eia }) => {
    if (eea !== (eea & 7) || eia !== (eia & 7)) throw new RangeError(`no algorithms: EEA ${eea}, EIA ${eia}`);
    return Uint8Array.of((eea << 4) | eia);
  },
};

/** Detach type (9.9.3.7): of a phone 1 EPS, 2 IMSI, 3 both; of a network 1 attach again, 2 do not, 3 IMSI. */
export interface DetachType {
  readonly type: number;
  /** The phone is being switched off: it waits for no answer. */
  readonly switchOff: boolean;
}

export const detachType: Value<DetachType> = {
  decode: ([value = 0]) => ({ type: value & 7, switchOff: (value & 8) !== 0 }),
  encode: ({ type, switchOff }) => {
    if (type !== (type & 7)) throw new RangeError(`no detach type: ${type}`);
    return Uint8Array.of(type | (switchOff ? 8 : 0));
  },
};
