/** Numbers that a node gives to things and gets back: TEIDs, identifiers of connections. */

export class Numbers {
  readonly #first: number;
  readonly #last: number;
  readonly #used = new Set<number>();
  #next: number;

  /** Numbers from `first` to `last`; each is given again only after all others have been. */
  constructor(first: number, last: number) {
    this.#first = first;
    this.#last = last;
    this.#next = first;
  }

  /** A number that nobody has. @throws {RangeError} when all are given */
  take(): number {
    if (this.#used.size > this.#last - this.#first) throw new RangeError('every number is in use');
    while (this.#used.has(this.#next)) this.#advance();
    const number = this.#next;
    this.#used.add(number);
    this.#advance();
    return number;
  }

  /** Takes this number; false when somebody has it. */
  claim(number: number): boolean {
    if (this.#used.has(number)) return false;
    this.#used.add(number);
    return true;
  }

  /** How many numbers are given and not back. */
  get given(): number {
    return this.#used.size;
  }

  /** Gives a number back. */
  release(number: number): void {
    this.#used.delete(number);
  }

  #advance(): void {
    this.#next = this.#next === this.#last ? this.#first : this.#next + 1;
  }
}

/**
 * TEIDs of one kind of a node: 16 bits that differ between starts, so that a packet for a tunnel of the time before a
 * restart meets no new one, then 4 bits of kind, then numbers.
 *
 * @param kind 1 to 15, one for each interface of the node
 */
export const teids = (restarts: number, kind: number): Numbers => {
  const first = (restarts % 0x1_0000) * 0x1_0000 + kind * 0x1000;
  return new Numbers(first + 1, first + 0xfff);
};
