/** The requests that a node has seen of late, with the answers it gave: what a repetition gets (3GPP TS 29.274, 7.6). */
import type { Clock } from '../clock.ts';

interface Entry {
  /** Undefined while the procedure runs. */
  octets: Uint8Array | undefined;
  forget: () => void;
}

/** Requests kept at most; the oldest goes first. Each holds one answer of some hundred octets. */
const LIMIT = 10_000;

/** How long a procedure may run before its request counts as new again, in milliseconds. */
const PROCEDURE_LIMIT = 60_000;

export class Answers {
  readonly #clock: Clock;
  readonly #keep: number;
  readonly #entries = new Map<string, Entry>();

  /** @param keep milliseconds that an answer is kept after it was given */
  constructor(clock: Clock, keep: number) {
    this.#clock = clock;
    this.#keep = keep;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** The request with this key, if it has been seen. */
  get(key: string): { readonly octets: Uint8Array | undefined } | undefined {
    return this.#entries.get(key);
  }

  /** A request that is new. */
  begin(key: string): void {
    const [oldest] = this.#entries.size >= LIMIT ? this.#entries.keys() : [];
    if (oldest !== undefined) this.#remove(oldest);
    this.#entries.set(key, { octets: undefined, forget: this.#clock.after(PROCEDURE_LIMIT, () => this.#remove(key)) });
  }

  /** Its answer. False when it has one already, or was forgotten. */
  finish(key: string, octets: Uint8Array): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.octets !== undefined) return false;
    entry.forget();
    entry.octets = octets;
    entry.forget = this.#clock.after(this.#keep, () => this.#remove(key));
    return true;
  }

  /** Forgets the requests whose keys begin so. */
  forget(beginning: string): void {
    for (const key of [...this.#entries.keys()]) if (key.startsWith(beginning)) this.#remove(key);
  }

  clear(): void {
    for (const key of [...this.#entries.keys()]) this.#remove(key);
  }

  #remove(key: string): void {
    this.#entries.get(key)?.forget();
    this.#entries.delete(key);
  }
}
