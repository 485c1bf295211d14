/** JSON as programs write it is read without YAML, and nobody can tell the difference but by the clock. */
import t from 'tap';
import { parseText } from '../../../src/topology/document.ts';

const value = { name: 'lab', nodes: { h1: { kind: 'host' } }, links: [['h1', 'h2']] };

void t.test('JSON as JSON.stringify writes it reads as the same value, and its parts know their places', (t) => {
  const text = `${JSON.stringify(value, undefined, 2)}\n`;
  const parsed = parseText(text);
  t.same(parsed.value, value);
  t.same(parsed.problems, []);
  t.match(parsed.locate(['nodes', 'h1', 'kind'], true), { line: 5, column: 7 });
  t.same(parseText(JSON.stringify(value)).value, value);
  t.end();
});

void t.test('a key that is there twice is a problem in JSON too', (t) => {
  const [problem] = parseText('{"name":"lab","nodes":{"h1":{},"h1":{}}}').problems;
  t.match(problem, { code: 'syntax', message: /unique/u });
  t.equal(problem?.position.line, 1);
  t.end();
});

void t.test('broken JSON is told of as YAML tells it', (t) => {
  t.equal(parseText('{"name": "lab",').problems[0]?.code, 'syntax');
  t.end();
});

void t.test('anchors, aliases and merge keys are read, and what they bring has the place of its mapping', (t) => {
  const { value, locate, problems } = parseText('base: &base {a: 1, b: 2}\nown:\n  <<: *base\n  b: 3\nsame: *base\n');
  t.same(problems, []);
  t.same(value, { base: { a: 1, b: 2 }, own: { a: 1, b: 3 }, same: { a: 1, b: 2 } });
  t.match(locate(['own', 'b'], false), { line: 4, column: 6 });
  t.match(locate(['own', 'a'], false), { line: 2 });
  t.end();
});
