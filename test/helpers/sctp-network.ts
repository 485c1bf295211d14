/**
 * A network of SCTP endpoints in virtual time: packets take a while, and get lost, doubled, and overtaken as told. Days
 * pass in milliseconds, and the same seed gives the same run.
 */
import type { Clock } from '../../lab/epc/clock.ts';
import { decodePacket } from '../../src/signalling/sctp/decode.ts';
import type { Packet } from '../../src/signalling/sctp/chunk.ts';
import { Endpoint } from '../../lab/epc/sctp/endpoint.ts';
import type { Parameters } from '../../lab/epc/sctp/parameters.ts';
import type { SctpAssociation } from '../../lab/epc/sctp/types.ts';
import { randomFrom } from './random.ts';

interface Event {
  readonly at: number;
  readonly order: number;
  work: (() => void) | undefined;
}

/** A clock that stands still until it is told to go on. */
export class FakeClock implements Clock {
  #now = 0;
  #order = 0;
  /** A binary heap: the earliest event first, of equal ones the one that was entered first. */
  readonly #heap: Event[] = [];

  readonly now = (): number => this.#now;

  /** Whether nothing is left to happen. */
  get idle(): boolean {
    return this.#heap.every(({ work }) => work === undefined);
  }

  readonly after = (delay: number, work: () => void): (() => void) => {
    this.#order += 1;
    const event: Event = { at: this.#now + Math.max(0, delay), order: this.#order, work };
    this.#push(event);
    return () => {
      event.work = undefined;
    };
  };

  /** Lets time pass until nothing is left to happen, `until` answers true, or `limit` milliseconds have passed. */
  run(limit = Infinity, until: () => boolean = () => false): void {
    const end = this.#now + limit;
    for (let next = this.#heap[0]; next !== undefined && next.at <= end && !until(); next = this.#heap[0]) {
      this.#pop();
      if (next.work === undefined) continue;
      this.#now = next.at;
      const { work } = next;
      next.work = undefined;
      work();
    }
    if (Number.isFinite(end) && !until()) this.#now = end;
  }

  #before(a: number, b: number): boolean {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return false;
    return x.at < y.at || (x.at === y.at && x.order < y.order);
  }
  #swap(a: number, b: number): void {
    const [x, y] = [this.#heap[a], this.#heap[b]];
    if (x === undefined || y === undefined) return;
    [this.#heap[a], this.#heap[b]] = [y, x];
  }
  #push(event: Event): void {
    let at = this.#heap.push(event) - 1;
    for (let parent = (at - 1) >> 1; at > 0 && this.#before(at, parent); parent = (at - 1) >> 1) {
      this.#swap(at, parent);
      at = parent;
    }
  }
  #pop(): void {
    this.#swap(0, this.#heap.length - 1);
    this.#heap.pop();
    for (let at = 0; ;) {
      const child = this.#before(2 * at + 2, 2 * at + 1) ? 2 * at + 2 : 2 * at + 1;
      if (!this.#before(child, at)) return;
      this.#swap(at, child);
      at = child;
    }
  }
}

/** What the network does to packets; probabilities from 0 to 1, times in milliseconds. */
export interface Weather {
  readonly loss?: number;
  readonly duplicate?: number;
  readonly delay?: number;
  /** A packet takes up to so much longer, whatever came before it: this is what reorders. */
  readonly jitter?: number;
}

/** A packet that was sent: when, by whom, and what it holds. */
export interface Seen {
  readonly at: number;
  readonly from: string;
  readonly to: string;
  readonly packet: Packet;
  readonly octets: Uint8Array;
}

export class Network {
  readonly clock = new FakeClock();
  readonly random: () => number;
  weather: Weather;
  /** Every packet, whether or not it arrives; kept only when asked for. */
  readonly seen: Seen[] = [];
  record = false;
  lost = 0;
  /** A say in each packet: other octets instead, or undefined to lose it. */
  tamper: ((octets: Uint8Array, from: string, packet: Packet) => Uint8Array | undefined) | undefined;
  readonly #endpoints = new Map<string, Endpoint>();

  constructor(seed: number, weather: Weather = {}) {
    this.random = randomFrom(seed);
    this.weather = weather;
  }

  /** Makes the endpoint of an address; one that was there before has vanished without a word. */
  endpoint(address: string): Endpoint {
    const endpoint: Endpoint = new Endpoint({
      address,
      clock: this.clock,
      random: () => Math.floor(this.random() * 2 ** 32),
      secret: Uint8Array.from({ length: 32 }, () => this.random() * 256),
      transmit: (to, octets) => {
        if (this.#endpoints.get(address) === endpoint) this.transmit(address, to, octets);
      },
    });
    this.#endpoints.set(address, endpoint);
    return endpoint;
  }

  /** Nobody is at an address any more, and nobody says so. */
  vanish(address: string): void {
    this.#endpoints.delete(address);
  }

  /** Puts a packet on the way. */
  transmit(from: string, to: string, sent: Uint8Array): void {
    let octets: Uint8Array | undefined = sent;
    if (this.record || this.tamper !== undefined) {
      const packet = decodePacket(sent);
      if (typeof packet === 'string') throw new Error(`an endpoint sent a packet with a bad ${packet}`);
      if (this.record) this.seen.push({ at: this.clock.now(), from, to, packet, octets });
      if (this.tamper !== undefined) octets = this.tamper(sent, from, packet);
    }
    const { loss = 0, duplicate = 0, delay = 10, jitter = 0 } = this.weather;
    if (octets === undefined || this.random() < loss) {
      this.lost += 1;
      return;
    }
    const arriving = octets;
    for (let copies = this.random() < duplicate ? 2 : 1; copies > 0; copies -= 1)
      this.clock.after(delay + jitter * this.random(), () => {
        this.#endpoints.get(to)?.receive(from, Uint8Array.from(arriving));
      });
  }
}

/** Two endpoints in a network; `b` listens on port 5000, `a` connects from port 4000 when told to. */
export interface Pair {
  readonly net: Network;
  readonly a: Endpoint;
  readonly b: Endpoint;
  /** Sends the INIT; lets time pass until both sides are established, or `a` has given up. */
  readonly connect: () => Promise<readonly [SctpAssociation, SctpAssociation]>;
  /** What `b` accepted, in order. */
  readonly accepted: SctpAssociation[];
  /** The chunks sent so far, as `a: init`; the record is emptied. */
  readonly ladder: () => string[];
}

export const PORTS = { a: 4000, b: 5000 } as const;
export const ADDRESSES = { a: '10.0.0.1', b: '10.0.0.2' } as const;

export const makePair = (seed: number, weather: Weather = {}, parameters: Partial<Parameters> = {}): Pair => {
  const net = new Network(seed, weather);
  net.record = true;
  const [a, b] = [net.endpoint(ADDRESSES.a), net.endpoint(ADDRESSES.b)];
  const accepted: SctpAssociation[] = [];
  b.listen(PORTS.b, (association) => accepted.push(association), parameters);
  const connect = async (): Promise<readonly [SctpAssociation, SctpAssociation]> => {
    const connecting = a.connect(ADDRESSES.b, PORTS.b, { ...parameters, localPort: PORTS.a });
    let isOver = false;
    const over = (): void => void (isOver = true);
    connecting.then(over, over);
    const [made] = a.associations;
    made?.onClose(over);
    net.clock.run(1e7, () => isOver || (made?.state === 'established' && accepted.length > 0));
    const ours = await connecting;
    const theirs = accepted.at(-1);
    if (theirs === undefined) throw new Error('b has accepted nothing');
    return [ours, theirs];
  };
  const ladder = (): string[] =>
    net.seen
      .splice(0)
      .map(
        ({ from, packet }) => `${from === ADDRESSES.a ? 'a' : 'b'}: ${packet.chunks.map(({ type }) => type).join(' ')}`,
      );
  return { net, a, b, connect, accepted, ladder };
};
