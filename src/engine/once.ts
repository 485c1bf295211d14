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
