/** Tables for people: columns as wide as their widest cell, Chinese characters counted as the two cells they take. */
import { stripVTControlCharacters } from 'node:util';

/** Code points that terminals draw in two cells: the East Asian wide and fullwidth ranges (Unicode TR 11). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Cells that a text takes in a terminal. */
export const cells = (text: string): number =>
  Array.from(stripVTControlCharacters(text)).reduce((sum, one) => sum + (wide.test(one) ? 2 : 1), 0);

/** The text with spaces behind it, up to `width` cells. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cells(text)));

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
