/** Results as JUnit XML, in the form that Jenkins and GitLab read: one suite, one case per check. */
import type { CheckResult } from './result.ts';

/** Characters that XML 1.0 (2.2) cannot hold, not even as references; half of a surrogate pair is one too. */
const impossible = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

const references: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\t': '&#9;',
  '\n': '&#10;',
  '\r': '&#13;',
};

/** Text of an attribute: white space as references too, for else a reader makes spaces of it (XML 1.0, 3.3.3). */
const attribute = (text: string): string =>
  text
    .replaceAll(impossible, '\u{FFFD}')
    .replaceAll(/[&<>"'\t\n\r]/gu, (character) => references[character] ?? character);
const content = (text: string): string =>
  text.replaceAll(impossible, '\u{FFFD}').replaceAll(/[&<>\r]/gu, (character) => references[character] ?? character);

const failure = ({ expected, seen, asked, from, when }: CheckResult): string => {
  const lines = [
    ...(when === undefined ? [] : [`after:    ${when}`]),
    `in ${from}: ${asked}`,
    `expected: ${expected}`,
    `seen:     ${seen}`,
  ];
  return `<failure type="check-failed" message="${attribute(`expected ${expected}, seen ${seen}`)}">${content(lines.join('\n'))}</failure>`;
};

const testcase = (lab: string, result: CheckResult): string => {
  const head = `    <testcase name="${attribute(result.name)}" classname="${attribute(`${lab}.${result.statement}`)}" time="${result.seconds}"`;
  return result.ok ? `${head}/>` : `${head}>\n      ${failure(result)}\n    </testcase>`;
};

export const junitXml = (lab: string, results: readonly CheckResult[], seconds: number): string => {
  const counts = `tests="${results.length}" failures="${results.filter(({ ok }) => !ok).length}" errors="0" time="${seconds}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${counts}>`,
    `  <testsuite name="${attribute(lab)}" ${counts}>`,
    ...results.map((result) => testcase(lab, result)),
    '  </testsuite>',
    '</testsuites>',
    '',
  ].join('\n');
};
