/** What checks do to the lab before they ask, and how it is undone. */
import type { CheckEvent } from '../topology/check.ts';
import type { Lab } from './lab.ts';
import { findLink, linkRows, setLinkState } from './link.ts';

/** Makes the lab as it was before. */
type Undo = () => Promise<void> | void;

const nothing: Undo = () => undefined;

/** One entry for each event; each begins and gives back how to undo it. */
const events: {
  readonly [Name in CheckEvent['event']]: (
    lab: Lab,
    event: Extract<CheckEvent, { event: Name }>,
  ) => Promise<Undo> | Undo;
} = {
  link: async (lab, { link: [left, right] }) => {
    const { index } = findLink(lab, left, right);
    // A link that somebody has cut already stays so.
    if ((await linkRows(lab))[index]?.state === 'down') return nothing;
    setLinkState(lab, left, right, false);
    return () => setLinkState(lab, left, right, true);
  },
};

/** Lets it happen; what it gives back undoes it. */
export const begin = async (lab: Lab, event: CheckEvent): Promise<Undo> => events[event.event](lab, event);
