/** "Did you mean": the known word nearest to a mistyped one. */

/** Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, changes and swaps of neighbours. */
export const distance = (left: string, right: string): number => {
  const rows: number[][] = Array.from({ length: left.length + 1 }, (_, row) => [row]);
  const cell = (row: number, column: number): number => rows[row]?.[column] ?? column;
  for (let row = 0; row <= left.length; row += 1) {
    for (let column = 1; column <= right.length; column += 1) {
      if (row === 0) {
        rows[0]?.push(column);
        continue;
      }
      const same = left[row - 1] === right[column - 1];
      const swapped =
        row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1];
      rows[row]?.push(
        Math.min(
          cell(row - 1, column) + 1,
          cell(row, column - 1) + 1,
          cell(row - 1, column - 1) + (same ? 0 : 1),
          swapped ? cell(row - 2, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return cell(left.length, right.length);
};

/** The nearest candidate, when it is near enough to be what was meant. */
export const nearest = (word: string, candidates: Iterable<string>): string | undefined => {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    const found = distance(word.toLowerCase(), candidate.toLowerCase());
    if (found < bestDistance) [best, bestDistance] = [candidate, found];
  }
  return best;
};

/** `did you mean "x"?` or a list of what is there. */
export const suggestion = (word: string, candidates: readonly string[]): string | undefined => {
  const found = nearest(word, candidates);
  if (found !== undefined) return `did you mean "${found}"?`;
  return candidates.length === 0
    ? undefined
    : `known: ${candidates.slice(0, 12).join(', ')}${candidates.length > 12 ? ', …' : ''}`;
};
