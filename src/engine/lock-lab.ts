/** The lock of one lab, with a word for whoever waits. Apart from `up`, so that `down` need not load what plans are made of. */
import { type Lock, acquireLock } from '../kernel/lock.ts';
import type { Listener } from './events.ts';
import type { LabPaths } from './paths.ts';

/** How the lab's keeper calls itself as holder of the lock. */
export const keeperHolder = (paths: LabPaths): string => `keeper ${paths.lab}`;

/** Milliseconds that somebody who does not wait for other commands waits for the keeper, which is none. */
const keeperWait = 30_000;

/** Takes the lab's lock; says who holds it while it waits. */
export const lockLab = async (
  paths: LabPaths,
  who: string,
  { listener, wait }: { listener: Listener; wait: number },
): Promise<Lock> => {
  const first = await acquireLock({ path: paths.lock, who, wait: 0 }).catch((error: unknown) => {
    if (!(error instanceof Error)) throw error;
    const holder = error.message.replace(/ is changing this lab$/u, '');
    if (wait === 0 && !holder.startsWith(`${keeperHolder(paths)} `)) throw error;
    listener({ event: 'waiting', lab: paths.lab, holder });
    return undefined;
  });
  return first ?? acquireLock({ path: paths.lock, who, wait: wait === 0 ? keeperWait : wait });
};
