/** Small tools for work that runs side by side. */

const running = new Map<string, Promise<unknown>>();

/** Runs `work` unless the same key's work is under way; then waits for that and runs after it. */
export const onceAtATime = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
  const before = running.get(key) ?? Promise.resolve();
  const mine = before.catch(() => undefined).then(work);
  running.set(key, mine);
  try {
    return await mine;
  } finally {
    if (running.get(key) === mine) running.delete(key);
  }
};

/** Maps with at most `limit` under way at once; rejects with the first error, after what is under way has ended. */
export const mapLimit = async <T, R>(
  items: Iterable<T>,
  limit: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> => {
  const queue = [...items].entries();
  const results: R[] = [];
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) {
      if (failed) return;
      try {
        results[index] = await work(item);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: limit }, worker));
  const bad = outcomes.find((outcome) => outcome.status === 'rejected');
  if (bad?.status === 'rejected') throw bad.reason;
  return results;
};

/** Milliseconds between two looks of `eventually`: short at first, then easy on a busy machine. */
const firstPause = 5;
const longestPause = 100;

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
  for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 1.5)) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() >= end || signal?.aborted === true) return undefined;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
};
