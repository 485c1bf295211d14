/** Ethernet II (IEEE 802.3, 3.2): destination, source, EtherType. The capture has no preamble and no FCS. */
import { macAt } from './address-text.ts';
import { u16 } from './octets.ts';
import { follow, missing, type Decode } from './reading.ts';

const HEADER = 14;

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
  // Below 0x600 it is the length of a frame with an LLC header (IEEE 802.3, 3.2.6), for which there is no decoder.
  return follow(reading, 'etherType', etherType);
};
