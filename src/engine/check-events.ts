/** What checks do to the lab before they ask, and how it is undone. */
import type { CheckEvent } from '../topology/check.ts';
import type { Lab } from './lab.ts';
import { lockLab } from './lock-lab.ts';
import { findLink, linkRows, setLinkState } from './link.ts';

/** Makes the lab as it was before. */
type Undo = () => Promise<void> | void;

/** Milliseconds to wait for another command that changes the lab. */
const lockWait = 120_000;

/** One entry for each event; each begins and gives back how to undo it, and nobody else changes the lab in between. */
const events: {
  readonly [Name in CheckEvent['event']]: (
    lab: Lab,
    event: Extract<CheckEvent, { event: Name }>,
  ) => Promise<Undo> | Undo;
} = {
  link: async (lab, { link: [left, right] }) => {
    const { index } = findLink(lab, left, right);
    const { lab: name } = lab.paths;
    const lock = await lockLab(lab.paths, `check ${name}`, { listener: () => undefined, wait: lockWait });
    let before: 'up' | 'down' | undefined;
    try {
      // A link that somebody has cut already stays so.
      before = linkRows(lab)[index]?.state;
      if (before === 'up') setLinkState(lab, left, right, false);
    } catch (error) {
      lock.release();
      throw error;
    }
    return () => {
      try {
        if (before === 'up') setLinkState(lab, left, right, true);
      } finally {
        lock.release();
      }
    };
  },
};

/** Lets it happen; what it gives back undoes it. */
export const begin = async (lab: Lab, event: CheckEvent): Promise<Undo> => events[event.event](lab, event);
