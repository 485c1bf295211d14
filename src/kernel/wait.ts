/** Waiting for something that nothing announces: look, pause, look again, until it is so or the deadline has passed. */

/** Milliseconds from one look to the next: short at first, then easy on a busy machine. */
const pauses = { first: 1, factor: 1.5, longest: 100 } as const;

/**
 * Asks until the answer is not undefined or the deadline (milliseconds from now) has passed; then undefined.
 * Stops at once when `signal` aborts.
 */
export const eventually = async <T>(
  ask: () => T | undefined | Promise<T | undefined>,
  deadline: number,
  signal?: AbortSignal,
): Promise<T | undefined> => {
  const end = performance.now() + deadline;
  for (let pause: number = pauses.first; ; pause = Math.min(pauses.longest, pause * pauses.factor)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= end || signal?.aborted === true) return undefined;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
};

/** Waits until the condition holds, or the deadline (milliseconds from now) has passed: true or false. */
export const until = async (condition: () => boolean, deadline: number): Promise<boolean> =>
  (await eventually(() => condition() || undefined, deadline)) === true;
