/** A buffer that grows while bits are written to it, the most significant bit first (X.691, 11.2). */
import { PerError } from './error.ts';
import type { Variant } from './reader.ts';

/** Most messages fit into it at once. */
const FIRST_SIZE = 256;

export class Writer {
  readonly variant: Variant;
  #octets = new Uint8Array(FIRST_SIZE);
  #position = 0;

  constructor(variant: Variant) {
    this.variant = variant;
  }

  /** Bits written so far. */
  get position(): number {
    return this.#position;
  }

  /** The low `width` bits, 0 to 53, of an unsigned number. */
  bits(value: number, width: number): void {
    this.#reserve(width);
    let left = width;
    while (left > 0) {
      const free = 8 - (this.#position & 7);
      const take = Math.min(free, left);
      // Division and remainder: shifts would cut numbers to 32 bits.
      const part = Math.floor(value / 2 ** (left - take)) % 2 ** take;
      const index = this.#position >> 3;
      this.#octets[index] = (this.#octets[index] ?? 0) | (part << (free - take));
      this.#position += take;
      left -= take;
    }
  }

  bit(value: boolean): void {
    this.bits(value ? 1 : 0, 1);
  }

  octets(octets: Uint8Array): void {
    if ((this.#position & 7) === 0) {
      this.#reserve(octets.length * 8);
      this.#octets.set(octets, this.#position >> 3);
      this.#position += octets.length * 8;
      return;
    }
    for (const octet of octets) this.bits(octet, 8);
  }

  /** To the next octet boundary with zero bits; in the unaligned variant nothing happens. */
  align(): void {
    if (this.variant === 'aligned') this.#position = (this.#position + 7) & ~7;
  }

  /** What was written, the last octet filled with zero bits. */
  take(): Uint8Array {
    return this.#octets.slice(0, (this.#position + 7) >> 3);
  }

  /** A PerError at this place. */
  wrong(expected: string, found: string): PerError {
    return new PerError(this.#position, expected, found);
  }

  #reserve(bits: number): void {
    const needed = (this.#position + bits + 7) >> 3;
    if (needed <= this.#octets.length) return;
    const larger = new Uint8Array(Math.max(this.#octets.length * 2, needed));
    larger.set(this.#octets);
    this.#octets = larger;
  }
}
