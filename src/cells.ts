/** How much room text takes on a terminal: Chinese characters count as the two cells that they take. Every room may use it. */
import { stripVTControlCharacters } from 'node:util';

/** Code points that terminals draw in two cells: the East Asian wide and fullwidth ranges (Unicode TR 11). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u;

/** Cells that a text takes in a terminal. */
export const cells = (text: string): number =>
  Array.from(stripVTControlCharacters(text)).reduce((sum, one) => sum + (wide.test(one) ? 2 : 1), 0);

/** The text with spaces behind it, up to `width` cells. */
export const pad = (text: string, width: number): string => text + ' '.repeat(Math.max(0, width - cells(text)));

/** The beginning of a text that has no more than `width` cells, with `…` where it was cut. */
export const shorten = (text: string, width: number): string => {
  if (cells(text) <= width) return text;
  let short = '';
  for (const one of text) {
    if (cells(short + one) >= width) break;
    short += one;
  }
  return `${short}…`;
};

/** The text in lines of at most `width` cells, broken between words; a word that is longer is broken inside. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    let rest = word;
    if (line !== '' && cells(line) + 1 + cells(rest) <= width) {
      line += ` ${rest}`;
      continue;
    }
    if (line !== '') lines.push(line);
    while (cells(rest) > width) {
      let head = '';
      for (const one of rest) {
        if (cells(head + one) > width) break;
        head += one;
      }
      if (head === '') break;
      lines.push(head);
      rest = rest.slice(head.length);
    }
    line = rest;
  }
  lines.push(line);
  return lines;
};
