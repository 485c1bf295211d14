/** tap's `match` lets a list be longer than its pattern. Here it may not be. */
import type t from 'tap';

type Test = Pick<typeof t, 'equal' | 'match'>;

/** The list matches the patterns one by one, and has no more. */
export const exactly = (
  t: Test,
  actual: readonly unknown[] | undefined,
  wanted: readonly unknown[],
  message = 'matches one by one',
): void => {
  t.equal(actual?.length, wanted.length, `${message}: ${wanted.length} of them`);
  t.match(actual, wanted, message);
};
