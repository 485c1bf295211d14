/** VXLAN (RFC 7348, section 5): eight octets before an Ethernet frame, among them the 24 bits of the network's VNI. */
import { linkTypes } from './numbers.ts';
import { u24, u8 } from './octets.ts';
import { follow, missing, type Decode } from './reading.ts';

const HEADER = 8;
/** The I flag: the VNI is valid. Without it there is no telling which network the frame belongs to. */
const VNI_VALID = 0x08;

export const vxlan: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  if ((u8(bytes, at) & VNI_VALID) === 0) return 'unknown';
  reading.layers.push({ protocol: 'vxlan', offset: at, length: HEADER, vni: u24(bytes, at + 4) });
  reading.at = at + HEADER;
  return follow(reading, 'link', linkTypes.ethernet);
};
