/** The addresses of an access point: one for each phone, given again only after all others have been. */
import { formatAddress, nthAddress, type Prefix, sizeOf } from '../../../src/address/ip.ts';
import { Numbers } from '../numbers.ts';

/** An access point is not asked for more phones than this; a session table holds fewer. */
const LARGEST = 65_536n;

export class AddressPool {
  readonly #prefix: Prefix;
  readonly #numbers: Numbers;
  readonly #reserved: ReadonlySet<string>;
  readonly #given = new Map<string, number>();

  /** @param reserved addresses in the prefix that are others', such as the gateway's */
  constructor(prefix: Prefix, reserved: readonly string[]) {
    this.#prefix = prefix;
    this.#reserved = new Set(reserved);
    const size = sizeOf(prefix) < LARGEST ? Number(sizeOf(prefix)) : Number(LARGEST);
    // The first address names the network, the last one is its broadcast.
    this.#numbers = new Numbers(1, Math.max(1, size - 2));
  }

  /** An address that no phone has; undefined when there is none. */
  take(): string | undefined {
    for (;;) {
      const number = this.#next();
      if (number === undefined) return undefined;
      const address = formatAddress(nthAddress(this.#prefix, number));
      // A reserved number stays taken, so it is met once.
      if (this.#reserved.has(address)) continue;
      this.#given.set(address, number);
      return address;
    }
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

  #next(): number | undefined {
    try {
      return this.#numbers.take();
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }
}
