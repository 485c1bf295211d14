/** VLAN tag (IEEE 802.1Q, 9.6), customer or service: priority and VLAN identifier, then the EtherType of what is tagged. */
import { u16 } from './octets.ts';
import { follow, missing, type Decode } from './reading.ts';

/** Tag control information and EtherType; the tag's own EtherType is the last field of the layer before. */
const HEADER = 4;

export const vlan: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  const control = u16(bytes, at);
  const etherType = u16(bytes, at + 2);
  reading.layers.push({
    protocol: 'vlan',
    offset: at,
    length: HEADER,
    id: control & 0xfff,
    priority: control >> 13,
    etherType,
  });
  reading.at = at + HEADER;
  return follow(reading, 'etherType', etherType);
};
