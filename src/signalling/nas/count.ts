/**
 * NAS COUNT (3GPP TS 24.301, 4.4.3): 24 bits that number the messages of one direction. A message carries only the
 * lowest 8 bits of its number (a SERVICE REQUEST 5), and the receiver supplies the others: it takes the smallest number
 * with these bits that it has not accepted yet. A message that is replayed is so taken for a later one, whose code it
 * does not have.
 */

/** Numbers there are. After the last one new keys are needed (4.4.3.5). */
export const COUNTS = 2 ** 24;

/** How close to the end a network should begin to make new keys; the specification leaves "close" open. */
const CLOSE = 256;

/** The number that a sequence number of `bits` bits stands for, when `next` is the smallest that is not used. */
export const estimateCount = (next: number, sequence: number, bits: 5 | 8): number => {
  const wrap = 2 ** bits;
  const count = next - (next % wrap) + sequence;
  return count < next ? count + wrap : count;
};

/** Whether the numbers will soon be used up. */
export const isNearlyUsedUp = (next: number): boolean => next >= COUNTS - CLOSE;
