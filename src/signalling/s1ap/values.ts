/**
 * From what people say to what stands in S1AP, and back. Networks, tracking areas and numbers in octets are written by
 * `encodePlmn` (identity.ts) and `bigEndian` (octets.ts), as in every protocol of the packet core.
 */
import { addressFromOctets, addressOctets, formatAddress, parseAddress } from '../../address/ip.ts';
import { type BitString, bitStringOf } from '../asn1/per.ts';

/** A TransportLayerAddress. Throws a RangeError when the text is no IP address. */
export const transportLayerAddress = (text: string): BitString => {
  const address = parseAddress(text);
  if (address === undefined) throw new RangeError(`not an IP address: ${text}`);
  return bitStringOf(addressOctets(address));
};

/** The IP addresses in a TransportLayerAddress (TS 36.414, 5.3): IPv4, IPv6, or one of each; none when it is neither. */
export const transportLayerAddresses = ({ length, octets }: BitString): string[] => {
  const text = (part: Uint8Array): string => formatAddress(addressFromOctets(part));
  if (length === 32 || length === 128) return [text(octets)];
  return length === 160 ? [text(octets.subarray(0, 4)), text(octets.subarray(4))] : [];
};

/** The identity of a cell (TS 36.413, 9.2.1.38): 20 bits of its macro eNodeB (9.2.1.37), 8 bits of its own. */
export const cellIdentity = (enbId: number, cell: number): number => enbId * 256 + cell;
/** The macro eNodeB of a cell. */
export const enbOfCell = (identity: number): number => identity >> 8;

/**
 * One mask of UESecurityCapabilities (9.2.1.40) from an octet of the UE network capability in NAS (TS 24.301,
 * 9.9.3.34). The first bit of the octet is the null algorithm, which the mask does not have.
 */
export const algorithmMask = (octet: number): number => (octet << 9) & 0xffff;
