/**
 * Phones that have nothing to say (3GPP TS 36.413, 8.3.2; TS 23.401, 5.3.5): when no packet has passed in either
 * direction for a while, the eNodeB asks the MME to release the connection, and the phone saves its battery.
 */
import { type Cause, s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Context } from './context.ts';
import { ids, type Station } from './station.ts';

/** How often packets are looked at during the time: a phone is idle at most a quarter of it later than it could be. */
const LOOKS = 4;

const cause: Cause = { radioNetwork: 'user-inactivity' };

/** Asks the MME to make a phone idle. */
export const requestRelease = (station: Station, context: Context, Cause: Cause = cause): void =>
  station.toMme(s1ap('UEContextReleaseRequest', { ...ids(context), Cause }));

const packetsOf = (station: Station, { bearers, messages }: Context): number =>
  [...bearers.values()]
    .map((bearer) => station.carried(bearer))
    .reduce((sum, { up, down }) => sum + up + down, messages);

/** Watches a phone whose bearers are set up, until its connection ends. Without a time in the configuration nobody is watched. */
export const watch = (station: Station, context: Context): void => {
  const { inactivity } = station.options.config;
  context.watching?.();
  if (inactivity === undefined) return;
  let before = packetsOf(station, context);
  let quiet = 0;
  const look = (): void => {
    const now = packetsOf(station, context);
    quiet = now === before && context.handover === undefined && context.setup === undefined ? quiet + 1 : 0;
    before = now;
    if (quiet === LOOKS) {
      quiet = 0;
      requestRelease(station, context);
    }
    context.watching = station.options.clock.after(inactivity / LOOKS, look);
  };
  context.watching = station.options.clock.after(inactivity / LOOKS, look);
};
