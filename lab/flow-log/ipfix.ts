/**
 * IPFIX messages (RFC 7011) as Open vSwitch sends them: templates, which say what fields the records after them have, and
 * records. Read is what a flow log needs; everything else is skipped by its length.
 */
import { formatAddress } from '../../src/address/ip.ts';

/** What was seen at one observation point of one flow, in one direction. Times in microseconds since the epoch. */
export interface FlowRecord {
  readonly point: number;
  /** IP protocol number. */
  readonly protocol: number;
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number | undefined;
  readonly destinationPort: number | undefined;
  readonly icmpType: number | undefined;
  readonly icmpCode: number | undefined;
  readonly packets: number;
  /** Of IP packets, headers included. */
  readonly octets: number;
  readonly from: number;
  readonly to: number;
}

/** Information elements (IANA, IPFIX Information Elements). */
const element = {
  octetDeltaCount: 1,
  packetDeltaCount: 2,
  protocolIdentifier: 4,
  sourceTransportPort: 7,
  sourceIPv4Address: 8,
  destinationTransportPort: 11,
  destinationIPv4Address: 12,
  sourceIPv6Address: 27,
  destinationIPv6Address: 28,
  observationPointId: 138,
  flowStartDeltaMicroseconds: 158,
  flowEndDeltaMicroseconds: 159,
  icmpTypeIPv4: 176,
  icmpCodeIPv4: 177,
  icmpTypeIPv6: 178,
  icmpCodeIPv6: 179,
} as const;

/** RFC 7011, 3.1, 3.3.2, 3.4.1 and 7. */
const HEADER = 16;
const VERSION = 10;
const TEMPLATES = 2;
const FIRST_DATA = 256;
const ENTERPRISE = 0x8000;
const VARIABLE = 0xffff;
const LONG = 255;

interface Field {
  /** Undefined: somebody's own element. */
  readonly id: number | undefined;
  readonly length: number;
}

const addressOf = (octets: Buffer | undefined): string | undefined => {
  if (octets === undefined || (octets.length !== 4 && octets.length !== 16)) return undefined;
  const value = BigInt(`0x${octets.toString('hex')}`);
  return formatAddress({ family: octets.length === 4 ? 4 : 6, value });
};

/** A counter of any length up to eight octets; beyond 2^53 nothing is counted here. */
const numberOf = (octets: Buffer | undefined): number | undefined =>
  octets === undefined || octets.length === 0 || octets.length > 8
    ? undefined
    : Number(BigInt(`0x${octets.toString('hex')}`));

/** Where the value of a field begins, and how long it is; undefined where the record ends before. */
const extent = (octets: Buffer, at: number, { length }: Field): { at: number; length: number } | undefined => {
  let [from, size] = [at, length];
  if (length === VARIABLE) {
    size = octets[at] ?? 0;
    from += 1;
    if (size === LONG) {
      if (at + 3 > octets.length) return undefined;
      size = octets.readUInt16BE(at + 1);
      from += 2;
    }
  }
  return from + size > octets.length ? undefined : { at: from, length: size };
};

/** Reads messages of one exporter, and keeps its templates. */
export class IpfixReader {
  /** Observation domain and template -> fields. */
  readonly #templates = new Map<string, readonly Field[]>();
  /** Sets of records whose template has not been seen. */
  unknown = 0;

  /** The flow records of a message; none of what is no IPFIX. */
  read(message: Buffer): FlowRecord[] {
    if (message.length < HEADER || message.readUInt16BE(0) !== VERSION) return [];
    const exported = message.readUInt32BE(4) * 1e6;
    const domain = message.readUInt32BE(12);
    const records: FlowRecord[] = [];
    for (let at = HEADER; at + 4 <= message.length;) {
      const id = message.readUInt16BE(at);
      const length = message.readUInt16BE(at + 2);
      if (length < 4 || at + length > message.length) break;
      const set = message.subarray(at + 4, at + length);
      if (id === TEMPLATES) this.#learn(domain, set);
      else if (id >= FIRST_DATA) records.push(...this.#records(domain, id, set, exported));
      at += length;
    }
    return records;
  }

  #learn(domain: number, set: Buffer): void {
    let at = 0;
    while (at + 4 <= set.length) {
      const id = set.readUInt16BE(at);
      const count = set.readUInt16BE(at + 2);
      at += 4;
      const fields: Field[] = [];
      for (let index = 0; index < count && at + 4 <= set.length; index += 1) {
        const own = set.readUInt16BE(at);
        const enterprise = (own & ENTERPRISE) !== 0;
        fields.push({ id: enterprise ? undefined : own, length: set.readUInt16BE(at + 2) });
        at += enterprise ? 8 : 4;
      }
      // What is left of a set is padding (3.3.1); a template without fields withdraws one (8.1).
      if (id < FIRST_DATA) return;
      if (fields.length > 0) this.#templates.set(`${domain} ${id}`, fields);
      else this.#templates.delete(`${domain} ${id}`);
    }
  }

  #records(domain: number, id: number, set: Buffer, exported: number): FlowRecord[] {
    const fields = this.#templates.get(`${domain} ${id}`);
    if (fields === undefined) {
      this.unknown += 1;
      return [];
    }
    const records: FlowRecord[] = [];
    const least = fields.reduce((sum, { length }) => sum + (length === VARIABLE ? 1 : length), 0);
    for (let at = 0; at + least <= set.length;) {
      const values = new Map<number, Buffer>();
      for (const field of fields) {
        const found = extent(set, at, field);
        if (found === undefined) return records;
        if (field.id !== undefined) values.set(field.id, set.subarray(found.at, found.at + found.length));
        at = found.at + found.length;
      }
      const record = flowOf(values, exported);
      if (record !== undefined) records.push(record);
    }
    return records;
  }
}

/** The record of an IP flow; undefined for what is none (ARP), and for options. */
const flowOf = (values: ReadonlyMap<number, Buffer>, exported: number): FlowRecord | undefined => {
  const number = (id: number): number | undefined => numberOf(values.get(id));
  const source = addressOf(values.get(element.sourceIPv4Address) ?? values.get(element.sourceIPv6Address));
  const destination = addressOf(
    values.get(element.destinationIPv4Address) ?? values.get(element.destinationIPv6Address),
  );
  const point = number(element.observationPointId);
  const protocol = number(element.protocolIdentifier);
  if (source === undefined || destination === undefined || point === undefined || protocol === undefined)
    return undefined;
  return {
    point,
    protocol,
    source,
    destination,
    sourcePort: number(element.sourceTransportPort),
    destinationPort: number(element.destinationTransportPort),
    icmpType: number(element.icmpTypeIPv4) ?? number(element.icmpTypeIPv6),
    icmpCode: number(element.icmpCodeIPv4) ?? number(element.icmpCodeIPv6),
    packets: number(element.packetDeltaCount) ?? 0,
    octets: number(element.octetDeltaCount) ?? 0,
    from: exported - (number(element.flowStartDeltaMicroseconds) ?? 0),
    to: exported - (number(element.flowEndDeltaMicroseconds) ?? 0),
  };
};
