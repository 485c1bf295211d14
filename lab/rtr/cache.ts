/**
 * What an RPKI cache holds: validated ROA payloads, and how they came to be so. Every change gets the next serial number
 * (RFC 8210, 5.1; arithmetic of RFC 1982, so it goes round). Former states are kept, so that a router that has one of them is
 * told the difference.
 */
import { formatPrefix } from '../../src/address/ip.ts';
import type { Payload } from '../../src/signalling/rtr/index.ts';

/** Former states that are kept; a router that is further behind takes everything anew. */
const KEPT = 32;

export interface Difference {
  readonly announced: readonly Payload[];
  readonly withdrawn: readonly Payload[];
}

const keyOf = ({ prefix, maxLength, asn }: Payload): string => `${formatPrefix(prefix)} ${maxLength} ${asn}`;

type State = ReadonlyMap<string, Payload>;

export class Cache {
  /** Tells this run of the cache from others (RFC 8210, 5.1): serial numbers mean nothing across two of them. */
  readonly session: number;
  #serial: number;
  #now: State;
  readonly #former = new Map<number, State>();

  /**
   * @param session 16 bits, another one for each start
   * @param serial where serial numbers begin, 32 bits
   */
  constructor(session: number, payloads: readonly Payload[], serial = 1) {
    this.session = session;
    this.#serial = serial;
    this.#now = new Map(payloads.map((payload) => [keyOf(payload), payload]));
  }

  get serial(): number {
    return this.#serial;
  }

  /** Every payload, each once: a second announcement would be an error (RFC 8210, 12, code 7). */
  get payloads(): readonly Payload[] {
    return [...this.#now.values()];
  }

  /** Takes new payloads instead of the old ones; whether that changes anything. */
  replace(payloads: readonly Payload[]): boolean {
    const next: State = new Map(payloads.map((payload) => [keyOf(payload), payload]));
    if (next.size === this.#now.size && [...next.keys()].every((key) => this.#now.has(key))) return false;
    this.#former.set(this.#serial, this.#now);
    for (const oldest of this.#former.keys()) {
      if (this.#former.size <= KEPT) break;
      this.#former.delete(oldest);
    }
    this.#serial = (this.#serial + 1) % 2 ** 32;
    this.#now = next;
    return true;
  }

  /** What has changed since a serial number, put together to one step; undefined when that is not known any more. */
  since(serial: number): Difference | undefined {
    const then = serial === this.#serial ? this.#now : this.#former.get(serial);
    if (then === undefined) return undefined;
    return {
      announced: [...this.#now].flatMap(([key, payload]) => (then.has(key) ? [] : [payload])),
      withdrawn: [...then].flatMap(([key, payload]) => (this.#now.has(key) ? [] : [payload])),
    };
  }
}
