/** Text measured, padded, cut and broken by the cells that it takes on a terminal. */
import t from 'tap';
import { cells, pad, shorten, wrap } from '../../src/cells.ts';

void t.test('Chinese characters take two cells, colours none', (t) => {
  t.equal(cells('手机 ue'), 7);
  t.equal(cells('\u001B[1mue\u001B[0m'), 2);
  t.equal(pad('手机', 6), '手机  ');
  t.equal(pad('long enough', 3), 'long enough');
  t.end();
});

void t.test('a text that is too long ends with a mark, inside its width', (t) => {
  t.equal(shorten('phone1', 6), 'phone1');
  t.equal(shorten('phone10', 6), 'phone…');
  t.equal(shorten('手机手机', 6), '手机…');
  t.ok(cells(shorten('手机手机', 6)) <= 6);
  t.end();
});

void t.test('lines break between words, and inside a word that is longer than a line', (t) => {
  t.same(wrap('Attach request + PDN connectivity request', 16), ['Attach request +', 'PDN connectivity', 'request']);
  t.same(wrap('abcdefghij kl', 4), ['abcd', 'efgh', 'ij', 'kl']);
  t.same(wrap('', 4), ['']);
  for (const width of [5, 8, 13])
    t.ok(wrap('一 段 很长很长很长的 文字 and words', width).every((line) => cells(line) <= width));
  t.end();
});
