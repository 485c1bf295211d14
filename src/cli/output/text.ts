/** Words for people. */

/** `1 link`, `2 links`. */
export const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? '' : 's'}`;
