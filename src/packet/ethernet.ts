/** Ethernet II (IEEE 802.3, 3.2): destination, source, EtherType. The capture has no preamble and no FCS. */
import { macAt } from './address-text.ts';
import { u16 } from './octets.ts';
import { follow, missing, type Decode } from './reading.ts';

const HEADER = 14;
/** Smaller values are the length of an 802.3 frame with an LLC header (IEEE 802.3, 3.2.6). */
const FIRST_ETHER_TYPE = 0x600;

export const ethernet: Decode = (reading) => {
  const { bytes, at } = reading;
  const lack = missing(reading, HEADER);
  if (lack !== undefined) return lack;
  const etherType = u16(bytes, at + 12);
  reading.layers.push({
    protocol: 'ethernet',
    offset: at,
    length: HEADER,
    source: macAt(bytes, at + 6),
    destination: macAt(bytes, at),
    etherType,
  });
  reading.at = at + HEADER;
  return etherType < FIRST_ETHER_TYPE ? 'unknown' : follow(reading, 'etherType', etherType);
};
