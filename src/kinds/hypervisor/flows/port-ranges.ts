/** Ranges of ports as OpenFlow matches them: a value and a mask, as prefixes of 16 bits. */

const WIDTH = 16;
const hex = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

/**
 * The fewest prefixes that cover the ports from `first` to `last` (both included) and no other.
 *
 * @returns as `tp_dst` takes them: `443`, or `0x1f40/0xffe0`
 */
export const portMatches = (first: number, last: number): string[] => {
  const found: string[] = [];
  for (let at = first; at <= last;) {
    // The largest block that begins here: aligned to its size, and not beyond the end.
    let size = 1;
    while (size < 2 ** WIDTH && at % (size * 2) === 0 && at + size * 2 - 1 <= last) size *= 2;
    found.push(size === 1 ? String(at) : `${hex(at)}/${hex(2 ** WIDTH - size)}`);
    at += size;
  }
  return found;
};
