/** Elements that describe bearers: identity, quality, rates, flags, and the context that holds them (3GPP TS 29.274). */
import { bigEndian } from '../octets.ts';
import type { RetentionPriority } from '../quality.ts';
import { type Cursor, define, groupedIe, numberIe, octetsIe } from './element.ts';

/** EPS bearer identity: 5 to 15, 5 for the default bearer of the first connection (8.8). */
export const ebi = numberIe(73, 1, 4);

/** A pair of rates in kilobits per second, as the phone sees them. */
export interface Rates {
  readonly uplink: number;
  readonly downlink: number;
}

/** Aggregate maximum bit rate of an access point for one phone (8.7). */
export const ambr = define<Rates>(
  72,
  (cursor) => ({ uplink: cursor.number(4), downlink: cursor.number(4) }),
  ({ uplink, downlink }) => [bigEndian(uplink, 4), bigEndian(downlink, 4)],
);

// PCI (bit 7) and PVI (bit 1) say 0 for "enabled" (TS 29.212, 5.3.46 and 5.3.47).
const readPriority = (octet: number): RetentionPriority => ({
  level: (octet >> 2) & 15,
  mayPreempt: (octet & 0x40) === 0,
  preemptable: (octet & 1) === 0,
});
const writePriority = ({ level, mayPreempt, preemptable }: RetentionPriority): Uint8Array =>
  Uint8Array.of((mayPreempt ? 0 : 0x40) | ((level & 15) << 2) | (preemptable ? 0 : 1));

/** Allocation/Retention Priority on its own, as in a Downlink Data Notification (8.86). */
export const retentionPriority = define<RetentionPriority>(
  155,
  (cursor) => readPriority(cursor.number(1)),
  (value) => [writePriority(value)],
);

/** Rates in kilobits per second, 40 bits each; 0 where the class has none. */
export interface BearerQosValue {
  readonly priority: RetentionPriority;
  /** QoS class identifier: 9 is the usual default bearer (TS 23.203, table 6.1.7). */
  readonly qci: number;
  readonly maximum: Rates;
  readonly guaranteed: Rates;
}

const readRates = (cursor: Cursor): Rates => ({ uplink: cursor.number(5), downlink: cursor.number(5) });
const writeRates = ({ uplink, downlink }: Rates): Uint8Array[] => [bigEndian(uplink, 5), bigEndian(downlink, 5)];

/** Bearer Level Quality of Service (8.15). */
export const bearerQos = define<BearerQosValue>(
  80,
  (cursor) => ({
    priority: readPriority(cursor.number(1)),
    qci: cursor.number(1),
    maximum: readRates(cursor),
    guaranteed: readRates(cursor),
  }),
  ({ priority, qci, maximum, guaranteed }) => [
    writePriority(priority),
    bigEndian(qci, 1),
    ...writeRates(maximum),
    ...writeRates(guaranteed),
  ],
);

/** Traffic flow template, as TS 24.008, 10.5.6.12 writes it without its header; kept as octets (8.19). */
export const bearerTft = octetsIe(84);

/** Flags of a bearer: 1 prohibit payload compression, 2 voice bearer, 4 vSRVCC (8.32). */
export const bearerFlags = numberIe(97, 1);

/** The elements of one bearer (8.28). Which bearers are meant is told by the message and the instance. */
export const bearerContext = groupedIe(93);

/** One connection of a phone with its bearers, in messages between MMEs (8.39). */
export const pdnConnection = groupedIe(109);

/** How long to wait before notifying of more data, in units of 50 ms (8.27). */
export const delayValue = numberIe(92, 1);
