/** The lock of one lab, with a word for whoever waits. Apart from `up`, so that `down` need not load what plans are made of. */
import { type Lock, acquireLock } from '../kernel/lock.ts';
import type { Listener } from './events.ts';
import type { LabPaths } from './paths.ts';

/** Takes the lab's lock; says who holds it while it waits. */
export const lockLab = async (
  paths: LabPaths,
  who: string,
  { listener, wait }: { listener: Listener; wait: number },
): Promise<Lock> => {
  const first = await acquireLock({ path: paths.lock, who, wait: 0 }).catch((error: unknown) => {
    if (!(error instanceof Error) || wait === 0) throw error;
    listener({ event: 'waiting', lab: paths.lab, holder: error.message.replace(/ is changing this lab$/u, '') });
    return undefined;
  });
  return first ?? acquireLock({ path: paths.lock, who, wait });
};
