/**
 * Sequence numbers of authentication (3GPP TS 33.102, annex C): 48 bits, of which the lowest 5 are an index IND into the
 * SIM card's array of what it accepted last, and the others the number proper, SEQ. Vectors that arrive out of order,
 * because two networks asked for some each, are then no replay: they meet different entries of the array.
 *
 * 48 bits fit into a JavaScript number, so a sequence number is one; bit operators must not touch it.
 */
import { bigEndian, readBigEndian } from '../octets.ts';

/** Entries of the array: IND has 5 bits (C.3.1 to C.3.3 agree on it). */
export const IND_VALUES = 32;

/** How far SEQ may leap ahead of the highest one accepted (C.3.1: delta is 2^28), so that no one can use the numbers up. */
const DELTA = 2 ** 28;

/** Octets of a sequence number. */
export const SQN_LENGTH = 6;

export const encodeSqn = (sqn: number): Uint8Array => bigEndian(sqn, SQN_LENGTH);

export const decodeSqn = (octets: Uint8Array): number => readBigEndian(octets.subarray(0, SQN_LENGTH));

export const seqOf = (sqn: number): number => Math.floor(sqn / IND_VALUES);
export const indOf = (sqn: number): number => sqn % IND_VALUES;

/**
 * The number of the next vector (C.1.2): SEQ and IND both one further, IND in a circle. After a resynchronisation it
 * follows on the number that the SIM card told.
 */
export const nextSqn = (sqn: number): number => (seqOf(sqn) + 1) * IND_VALUES + ((indOf(sqn) + 1) % IND_VALUES);

/** What a SIM card remembers: the highest SEQ it accepted for each IND. */
export class SequenceWindow {
  readonly #accepted: number[];

  /** @param accepted SEQ for each of the 32 IND, as `accepted` gave it before; a new card has zeros. */
  constructor(accepted: readonly number[] = []) {
    this.#accepted = Array.from({ length: IND_VALUES }, (_, index) => accepted[index] ?? 0);
  }

  /** SEQ for each IND, to be kept while the phone is off. */
  get accepted(): readonly number[] {
    return [...this.#accepted];
  }

  /** The highest number ever accepted, SQN_MS (C.2.2). */
  get highest(): number {
    const seq = Math.max(...this.#accepted);
    return seq * IND_VALUES + this.#accepted.indexOf(seq);
  }

  /** Whether a number is fresh, in which case it is not so again (C.2.2). */
  accept(sqn: number): boolean {
    const [seq, ind] = [seqOf(sqn), indOf(sqn)];
    if (seq <= (this.#accepted[ind] ?? 0) || seq - seqOf(this.highest) > DELTA) return false;
    this.#accepted[ind] = seq;
    return true;
  }
}
