/** TAP and JUnit: what other programs read, whatever is in names and in what was seen. */
import t from 'tap';
import { junitXml } from '../../../src/checks/junit.ts';
import type { CheckResult } from '../../../src/checks/result.ts';
import { tapHead, tapPoint } from '../../../src/checks/tap.ts';
import { golden, text } from '../../helpers/golden.ts';

const good: CheckResult = {
  name: 'the monk reaches the temple',
  ok: true,
  seconds: 0.147,
  statement: 'reach',
  from: 'monk',
  asked: 'ping -4 -n -c 1 -W 1 203.0.113.2',
  expected: 'reachable',
  seen: 'reachable, in 0.051 ms',
  took: 0.051,
};
const nasty: CheckResult = {
  name: 'a "name" # TODO not\n a directive \\ <b> & \'c\' 玄奘',
  ok: false,
  seconds: 10.002,
  statement: 'http',
  from: 'a',
  asked: 'curl GET http://b/?x=1&y=<2>',
  expected: 'status 200 and "]]>" in the body',
  seen: 'status 500, body "\u0000\u001B[31m\uD800 ]]> \r\n\tend 😀"\n...\n---',
  when: 'link a - b down',
};

void t.test('TAP', (t) => {
  const tap = `${tapHead(2)}${tapPoint(1, good)}${tapPoint(2, nasty)}`;
  t.equal(text(tap), golden('checks/report.tap', tap));
  const lines = tap.split('\n');
  t.equal(lines.filter((line) => /^(?:not )?ok \d+ - /u.test(line)).length, 2, 'one line for each check');
  t.equal(lines.filter((line) => line === '  ...').length, 2, 'nothing that was seen ends a block');
  t.equal(lines.filter((line) => line === '  ---').length, 2, 'or begins one');
  // A directive is a # that no backslash is before (TAP 14).
  t.notMatch(lines.find((line) => line.startsWith('not ok')) ?? '', /[^\\]#/u);
  t.end();
});

/** What an XML parser makes of text with references in it. */
const parsed = (xml: string): string =>
  xml
    .replaceAll(/&#(\d+);/gu, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');

void t.test('JUnit', (t) => {
  const xml = junitXml('l<a>b', [good, nasty], 10.5);
  t.equal(text(xml), golden('checks/report.xml', xml));
  const below = xml.split('').filter((character) => character < ' ' && !'\t\n\r'.includes(character));
  t.strictSame(below, [], 'no character that XML cannot hold');
  t.notMatch(xml, /\uD800/u, 'no half of a pair');
  t.equal(xml, Buffer.from(xml).toString(), 'it is UTF-8');
  const [, name = ''] = /<testcase name="([^"]*)" classname="l&lt;a&gt;b.http"/u.exec(xml) ?? [];
  t.equal(parsed(name), nasty.name, 'the name comes back whole');
  const [, content = ''] = /<failure [^>]*>([^<]*)<\/failure>/u.exec(xml) ?? [];
  t.ok(parsed(content).includes(nasty.expected), 'and so does what was expected');
  t.match(xml, /tests="2" failures="1" errors="0" time="10.5"/u);
  t.end();
});
