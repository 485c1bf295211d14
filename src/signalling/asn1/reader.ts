/** A cursor that reads bits from octets, the most significant bit first (X.691, 11.2). */
import { PerError } from './error.ts';

/**
 * The two variants of PER that 3GPP uses: `aligned` puts longer fields at the next octet boundary (S1AP, X2AP),
 * `unaligned` never leaves a bit unused (RRC).
 */
export type Variant = 'aligned' | 'unaligned';

/** The widest field read as one number: what a number holds exactly. */
export const WIDEST = 53;

export class Reader {
  readonly variant: Variant;
  readonly #octets: Uint8Array;
  readonly #base: number;
  #position = 0;

  /** `base` is where `octets` begin in the whole message, in bits; only errors speak of it. */
  constructor(octets: Uint8Array, variant: Variant, base = 0) {
    this.#octets = octets;
    this.variant = variant;
    this.#base = base;
  }

  /** Bits from the beginning of the whole message. */
  get offset(): number {
    return this.#base + this.#position;
  }

  /** Bits read by this reader. */
  get position(): number {
    return this.#position;
  }

  /** Bits that are left. */
  get remaining(): number {
    return this.#octets.length * 8 - this.#position;
  }

  /** An unsigned number of 0 to 53 bits. */
  bits(width: number): number {
    this.#require(width);
    let value = 0;
    let left = width;
    while (left > 0) {
      const octet = this.#octets[this.#position >> 3] ?? 0;
      const free = 8 - (this.#position & 7);
      const take = Math.min(free, left);
      value = value * 2 ** take + ((octet >> (free - take)) & ((1 << take) - 1));
      this.#position += take;
      left -= take;
    }
    return value;
  }

  bit(): boolean {
    return this.bits(1) === 1;
  }

  /** A copy of the next octets, from any bit on: decoded values never hold on to a receive buffer. */
  octets(count: number): Uint8Array {
    this.#require(count * 8);
    if ((this.#position & 7) === 0) {
      const start = this.#position >> 3;
      this.#position += count * 8;
      // A plain Uint8Array also where the message is a Buffer, whose slice would share its memory.
      return Uint8Array.prototype.slice.call(this.#octets, start, start + count);
    }
    const copy = new Uint8Array(count);
    for (let index = 0; index < count; index += 1) copy[index] = this.bits(8);
    return copy;
  }

  /** A reader of the next octets, which are passed over. In the aligned variant they are not copied. */
  inner(count: number): Reader {
    const base = this.offset;
    if ((this.#position & 7) !== 0) return new Reader(this.octets(count), this.variant, base);
    this.#require(count * 8);
    const start = this.#position >> 3;
    this.#position += count * 8;
    return new Reader(this.#octets.subarray(start, start + count), this.variant, base);
  }

  /** To the next octet boundary; in the unaligned variant nothing happens. */
  align(): void {
    if (this.variant === 'aligned') this.#position = (this.#position + 7) & ~7;
  }

  /** A PerError at this place. */
  wrong(expected: string, found: string): PerError {
    return new PerError(this.offset, expected, found);
  }

  #require(bits: number): void {
    if (bits > this.remaining) throw this.wrong(`${bits} more bits`, `${Math.max(0, this.remaining)}: the end`);
  }
}
