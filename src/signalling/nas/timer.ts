/**
 * Timers that a network tells a phone, as one octet: three bits of unit and five of a count (3GPP TS 24.008, 10.5.7.3:
 * GPRS timer and GPRS timer 2; GPRS timer 3 of 10.5.7.4a has other units).
 */
import type { Value } from './field.ts';

/** Seconds, or undefined for a timer that is off. */
export interface Timer {
  readonly seconds: number | undefined;
}

/** The unit bits and their seconds; 7 means off, and units that are not defined count in minutes. */
const units = [
  { bits: 0, seconds: 2 },
  { bits: 1, seconds: 60 },
  { bits: 2, seconds: 360 },
] as const;
const OFF = 7;
const MOST = 31;

/** The octet of a timer: in the finest unit that can say it exactly, else the next longer time that can be said. */
const octetOf = (seconds: number): number => {
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 360 * MOST)
    throw new RangeError(`a timer has 0 to ${360 * MOST} seconds, not ${seconds}`);
  const fitting = units.filter((unit) => seconds <= unit.seconds * MOST);
  const unit = fitting.find((unit) => seconds % unit.seconds === 0) ?? fitting[0] ?? units[2];
  return (unit.bits << 5) | Math.ceil(seconds / unit.seconds);
};

export const gprsTimer: Value<Timer> = {
  decode: ([octet]) => {
    if (octet === undefined) return undefined;
    const bits = octet >> 5;
    if (bits === OFF) return { seconds: undefined };
    return { seconds: (octet & MOST) * (units.find((unit) => unit.bits === bits)?.seconds ?? 60) };
  },
  encode: ({ seconds }) => Uint8Array.of(seconds === undefined ? OFF << 5 : octetOf(seconds)),
};
