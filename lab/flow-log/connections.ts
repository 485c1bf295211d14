/**
 * From what the switch reports of single flows in one direction to one record for each connection at each machine's guard. A
 * record is written when the connection is over, and each minute of one that goes on.
 */
import type { FlowLogRecord } from '../../src/packet/flow-log.ts';
import type { Point } from './config.ts';
import type { FlowRecord } from './ipfix.ts';

/** Milliseconds after the last packet: of a connection that was closed (its last acknowledgement is on its way), of one refused, … */
const CLOSED = 2000;
const REJECTED = 5000;
/** … of one without an end of its own, such as UDP's, or that nobody answered, … */
const QUIET = 10_000;
/** … and of a TCP connection of which nothing was heard: it may go on, but it is not waited for. */
const FORGOTTEN = 3_600_000;
/** Milliseconds of a connection that goes on between two records. */
const INTERVAL = 60_000;
/** Connections at a time; of more, the one that was silent for longest is written. */
const MOST = 100_000;

const TCP = 6;
const names: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmpv6', 132: 'sctp' };

interface Connection {
  readonly point: Point;
  readonly direction: 'in' | 'out';
  readonly action: 'accept' | 'reject';
  readonly first: FlowRecord;
  readonly counts: { packets: number; octets: number; answerPackets: number; answerOctets: number };
  from: number;
  to: number;
  closing: boolean;
  /** Whether anything ever came back. */
  answered: boolean;
  /** Milliseconds of the clock: when it was last heard of, and when its record began. */
  heard: number;
  since: number;
}

const endOf = (address: string, port: number | undefined): string => `${address} ${port ?? ''}`;

/** The same for both directions of a connection at one port. ICMP has no ports, and its types differ. */
const keyOf = (point: Point, record: FlowRecord, action: 'accept' | 'reject'): string => {
  const ends = [endOf(record.source, record.sourcePort), endOf(record.destination, record.destinationPort)];
  // What is refused has no answers, and both directions may be.
  return [point.port, record.protocol, ...(action === 'accept' ? ends.sort() : [point.packets, ...ends])].join(' ');
};

const begun = (point: Point, record: FlowRecord, action: Connection['action'], now: number): Connection => ({
  point,
  direction: point.packets === 'sent' ? 'out' : 'in',
  action,
  first: record,
  counts: { packets: 0, octets: 0, answerPackets: 0, answerOctets: 0 },
  from: record.from,
  to: record.to,
  closing: false,
  answered: false,
  heard: now,
  since: now,
});

const iso = (microseconds: number): string => new Date(microseconds / 1000).toISOString();

/** Milliseconds of silence after which a connection is over. Where no guard knows of its end, TCP's has none of its own either. */
const patience = ({ action, answered, closing, first, point }: Connection): number => {
  if (closing) return CLOSED;
  if (action === 'reject') return REJECTED;
  return first.protocol === TCP && answered && point.sighting === 'begins' ? FORGOTTEN : QUIET;
};

export class Connections {
  #points: ReadonlyMap<number, Point>;
  readonly #hypervisor: string;
  readonly #write: (record: FlowLogRecord) => void;
  /** The one that was heard of longest ago first. */
  readonly #open = new Map<string, Connection>();
  constructor(hypervisor: string, points: readonly Point[], write: (record: FlowLogRecord) => void) {
    this.#hypervisor = hypervisor;
    this.#points = new Map(points.map((point) => [point.point, point]));
    this.#write = write;
  }

  /**
   * Takes what the switch reported in one go.
   *
   * @param now milliseconds of a clock that only goes forward
   */
  add(records: readonly FlowRecord[], now: number): void {
    // Who began a connection is known by its first packet, which may have been reported after an answer.
    const order = { begins: 0, rejected: 0, stands: 1, closes: 2 } as const;
    const told = records
      .flatMap((record) => {
        const point = this.#points.get(record.point);
        return point === undefined ? [] : [{ record, point }];
      })
      .sort((a, b) => order[a.point.sighting] - order[b.point.sighting] || a.record.from - b.record.from);
    for (const { record, point } of told) this.#count(record, point, now);
    while (this.#open.size > MOST) {
      const [oldest] = this.#open.keys();
      if (oldest !== undefined) this.#end(oldest, 'quiet');
    }
  }

  /** Writes what is over, and what has gone on for long. */
  settle(now: number): void {
    for (const [key, connection] of this.#open) {
      const { closing, heard, since } = connection;
      if (now - heard >= patience(connection)) this.#end(key, closing ? 'closed' : 'quiet');
      else if (now - since >= INTERVAL && this.#moved(connection)) {
        this.#say(connection, 'open');
        Object.assign(connection.counts, { packets: 0, octets: 0, answerPackets: 0, answerOctets: 0 });
        connection.from = connection.to;
        connection.since = now;
      }
    }
  }

  /** Other points: numbers may mean other ports now, so what was counted is written. */
  replace(points: readonly Point[]): void {
    this.flush();
    this.#points = new Map(points.map((point) => [point.point, point]));
  }

  /** Writes all that there is: nothing comes any more. */
  flush(): void {
    for (const [key, { closing }] of this.#open) this.#end(key, closing ? 'closed' : 'open');
  }

  get size(): number {
    return this.#open.size;
  }

  #moved({ counts }: Connection): boolean {
    return counts.packets + counts.answerPackets > 0;
  }

  #end(key: string, state: FlowLogRecord['state']): void {
    const connection = this.#open.get(key);
    this.#open.delete(key);
    if (connection !== undefined && this.#moved(connection)) this.#say(connection, state);
  }

  #count(record: FlowRecord, point: Point, now: number): void {
    const action = point.sighting === 'rejected' ? 'reject' : 'accept';
    const key = keyOf(point, record, action);
    const known = this.#open.get(key);
    // A new connection between the same ends, while the last word of the one before may not have been written.
    const again = known?.closing === true && point.sighting === 'begins';
    if (again) this.#end(key, 'closed');
    const connection = again || known === undefined ? begun(point, record, action, now) : known;
    const forward = point.packets === connection.point.packets;
    const { counts } = connection;
    counts[forward ? 'packets' : 'answerPackets'] += record.packets;
    counts[forward ? 'octets' : 'answerOctets'] += record.octets;
    connection.from = Math.min(connection.from, record.from);
    connection.to = Math.max(connection.to, record.to);
    connection.answered ||= !forward;
    connection.closing ||= point.sighting === 'closes';
    connection.heard = now;
    this.#open.delete(key);
    this.#open.set(key, connection);
  }

  #say({ point, direction, action, first, counts, from, to }: Connection, state: FlowLogRecord['state']): void {
    this.#write({
      start: iso(from),
      end: iso(to),
      hypervisor: this.#hypervisor,
      ...(point.tenant === undefined ? {} : { tenant: point.tenant }),
      network: point.network,
      machine: point.machine,
      port: point.port,
      direction,
      action,
      protocol: names[first.protocol] ?? String(first.protocol),
      source: first.source,
      ...(first.sourcePort === undefined ? {} : { sourcePort: first.sourcePort }),
      destination: first.destination,
      ...(first.destinationPort === undefined ? {} : { destinationPort: first.destinationPort }),
      ...(first.icmpType === undefined ? {} : { icmpType: first.icmpType, icmpCode: first.icmpCode }),
      ...counts,
      state,
    });
  }
}
