/**
 * A NAS message octet by octet. Two elements of half an octet share one: the first to be listed in a message's table is
 * in the low half (3GPP TS 24.007, 11.2.1.1), and a half that nothing follows is spare.
 */
import { concatenate } from '../../packet/octets.ts';
import { NasError } from './error.ts';

export class NasReader {
  readonly #octets: Uint8Array;
  #at: number;
  /** The high half that the next `half` gives. */
  #high: number | undefined;

  constructor(octets: Uint8Array, start = 0) {
    this.#octets = octets;
    this.#at = start;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return this.#octets.length - this.#at;
  }

  /** The octets from an earlier place up to this one. */
  since(start: number): Uint8Array {
    return this.#octets.subarray(start, this.#at);
  }

  /** The next octet without passing it; undefined at the end. */
  peek(): number | undefined {
    return this.#octets[this.#at];
  }

  take(length: number): Uint8Array {
    if (length > this.left) throw new NasError('mandatory', `${length - this.left} octets are missing`);
    this.#high = undefined;
    this.#at += length;
    return this.#octets.subarray(this.#at - length, this.#at);
  }

  octet(): number {
    return this.take(1)[0] ?? 0;
  }

  half(): number {
    const high = this.#high;
    if (high !== undefined) {
      this.#high = undefined;
      return high;
    }
    const octet = this.octet();
    this.#high = octet >> 4;
    return octet & 15;
  }
}

export class NasWriter {
  readonly #parts: Uint8Array[] = [];
  /** The octet whose high half is still free. */
  #open: Uint8Array | undefined;

  put(...parts: readonly Uint8Array[]): void {
    this.#open = undefined;
    this.#parts.push(...parts);
  }

  octet(value: number): void {
    this.put(Uint8Array.of(value));
  }

  half(value: number): void {
    if (this.#open === undefined) {
      const octet = Uint8Array.of(value);
      this.put(octet);
      this.#open = octet;
    } else {
      this.#open[0] = (this.#open[0] ?? 0) | (value << 4);
      this.#open = undefined;
    }
  }

  octets(): Uint8Array {
    return concatenate(...this.#parts);
  }
}
