/**
 * What is wrong with an encoding or a value. Every malformed input ends in a PerError and in nothing else, so that a
 * network function can tell "the peer sent nonsense" from a mistake of its own.
 */

/** Bits as people find them in a hex dump: `octet 12`, `octet 12 bit 3`. */
const place = (offset: number): string => `octet ${offset >> 3}${(offset & 7) === 0 ? '' : ` bit ${offset & 7}`}`;

/** A PER encoding that cannot be read, or a value that cannot be written (ITU-T X.691). */
export class PerError extends Error {
  /** Where it happened: bits from the beginning of the message that was read, or bits written so far. */
  readonly offset: number;
  /** What had to be there, as in `a number 0..15`. */
  readonly expected: string;
  readonly found: string;
  /** The fields around the place, outermost first, as in `value`, `protocolIEs`, `[2]`, `Cause`. */
  readonly path: string[] = [];

  constructor(offset: number, expected: string, found: string) {
    super();
    this.name = 'PerError';
    this.offset = offset;
    this.expected = expected;
    this.found = found;
    this.message = this.#text();
  }

  /** Names a field around the place. Called while the error passes that field on its way out. */
  within(field: string): this {
    this.path.unshift(field);
    this.message = this.#text();
    return this;
  }

  #text(): string {
    const path = this.path.join('.').replaceAll('.[', '[');
    return `${path}${path === '' ? '' : ': '}${place(this.offset)}: expected ${this.expected}, found ${this.found}`;
  }
}

/** Runs `step`; a PerError inside it learns the name of the field. */
export const within = <T>(field: string, step: () => T): T => {
  try {
    return step();
  } catch (error) {
    throw error instanceof PerError ? error.within(field) : error;
  }
};
