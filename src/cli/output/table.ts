/** Tables for people: columns as wide as their widest cell. */
import { cells, pad } from '../../cells.ts';

export { cells, pad } from '../../cells.ts';

/** Rows as lines; the first row is the heading. */
export const tableLines = (rows: readonly (readonly string[])[]): string[] => {
  const widths = rows.reduce<number[]>(
    (most, row) => row.map((cell, column) => Math.max(most[column] ?? 0, cells(cell))),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

/** Prints a table, or says what there is none of. */
export const printTable = (heading: readonly string[], rows: readonly (readonly string[])[], none: string): void => {
  if (rows.length === 0) process.stdout.write(`${none}\n`);
  else process.stdout.write(`${tableLines([heading, ...rows]).join('\n')}\n`);
};
