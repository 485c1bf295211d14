/**
 * The addresses of an access point: one for each phone. A phone that comes back has the address that it had, unless it
 * was given away meanwhile, and that happens only after all others have been given. A phone that comes for the first
 * time has its place in the pool by its number, so that a lab has the same addresses whoever is the first to attach.
 */
import { formatAddress, nthAddress, type Prefix, sizeOf } from '../../../src/address/ip.ts';
import { Numbers } from '../numbers.ts';

/** An access point is not asked for more phones than this; a session table holds fewer. */
const LARGEST = 65_536n;
/** Digits at the end of an IMSI that count phones in a lab; those before them are the network's (TS 23.003, 2.2). */
const COUNTED = 9;

export class AddressPool {
  readonly #prefix: Prefix;
  readonly #numbers: Numbers;
  readonly #largest: number;
  readonly #reserved: ReadonlySet<string>;
  readonly #given = new Map<string, number>();
  /** Who had an address last, and which one each had: never more entries than addresses. */
  readonly #holders = new Map<number, string>();
  readonly #last = new Map<string, number>();

  /** @param reserved addresses in the prefix that are others', such as the gateway's */
  constructor(prefix: Prefix, reserved: readonly string[]) {
    this.#prefix = prefix;
    this.#reserved = new Set(reserved);
    const size = sizeOf(prefix) < LARGEST ? Number(sizeOf(prefix)) : Number(LARGEST);
    // The first address names the network, the last one is its broadcast.
    this.#largest = Math.max(1, size - 2);
    this.#numbers = new Numbers(1, this.#largest);
  }

  /** An address that no other phone has, for the phone of this IMSI; undefined when there is none. */
  take(imsi: string): string | undefined {
    const number = this.#again(imsi) ?? this.#own(imsi) ?? this.#unreserved();
    if (number === undefined) return undefined;
    const before = this.#holders.get(number);
    if (before !== undefined) this.#last.delete(before);
    this.#forget(imsi);
    this.#holders.set(number, imsi);
    this.#last.set(imsi, number);
    const address = this.#address(number);
    this.#given.set(address, number);
    return address;
  }

  /** A phone gives its address back. */
  release(address: string): void {
    const number = this.#given.get(address);
    if (number !== undefined) this.#numbers.release(number);
    this.#given.delete(address);
  }

  get given(): number {
    return this.#given.size;
  }

  #address(number: number): string {
    return formatAddress(nthAddress(this.#prefix, number));
  }

  /** The number that a phone had last, if it is free. */
  #again(imsi: string): number | undefined {
    const number = this.#last.get(imsi);
    return number !== undefined && this.#numbers.claim(number) ? number : undefined;
  }

  /** The place of a phone by its number: phone 1 has the address behind the gateway's, which is the first. */
  #own(imsi: string): number | undefined {
    const number = Number(imsi.slice(-COUNTED)) + 1;
    const reserved = number > this.#largest || this.#reserved.has(this.#address(number));
    return !reserved && this.#numbers.claim(number) ? number : undefined;
  }

  /** Another number than before was given: the earlier one is nobody's. */
  #forget(imsi: string): void {
    const number = this.#last.get(imsi);
    if (number !== undefined) this.#holders.delete(number);
  }

  /** A reserved number stays taken, so it is met once. */
  #unreserved(): number | undefined {
    for (;;) {
      const number = this.#next();
      if (number === undefined || !this.#reserved.has(this.#address(number))) return number;
    }
  }

  #next(): number | undefined {
    try {
      return this.#numbers.take();
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}
