/**
 * Serial numbers (RFC 1982; RFC 9260, 1.6): TSNs of 32 bits and stream sequence numbers of 16 bits count in a circle, so
 * one is "before" another when it is less than half the circle behind.
 */

/** The TSN after `tsn`. */
export const nextTsn = (tsn: number): number => (tsn + 1) >>> 0;

/** The TSN `distance` after `tsn`; before it when the distance is negative. */
export const addTsn = (tsn: number, distance: number): number => (tsn + distance) >>> 0;

/** How far `to` is after `from`: from -2^31 to 2^31 - 1, negative when it is before. */
export const tsnDistance = (from: number, to: number): number => (to - from) | 0;

/** Whether a TSN comes before another. */
export const tsnBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/** The stream sequence number after `sequence`. */
export const nextSequence = (sequence: number): number => (sequence + 1) & 0xffff;

/** Whether a stream sequence number comes before another. */
export const sequenceBefore = (a: number, b: number): boolean => ((a - b) << 16) >> 16 < 0;
