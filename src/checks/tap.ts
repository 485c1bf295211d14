/** Results as TAP, version 14 (testanything.org): one line per check, and what went wrong as YAML below it. */
import type { CheckResult } from './result.ts';

/** A description ends at a `#`, which begins a directive; a backslash takes that meaning away. */
const description = (text: string): string =>
  text
    .replaceAll(/\s+/gu, ' ')
    .replaceAll(/[\\#]/gu, (character) => `\\${character}`)
    .trim();

/** The lines before the first result. */
export const tapHead = (count: number): string => `TAP version 14\n1..${count}\n`;

/** One result; numbers begin at 1. A JSON string is a YAML scalar too (YAML 1.2, 1.3), on one line whatever is in it. */
export const tapPoint = (number: number, result: CheckResult): string => {
  const { ok, name, ...facts } = result;
  const shown = ok
    ? { seconds: facts.seconds }
    : {
        node: facts.from,
        asked: facts.asked,
        when: facts.when,
        expected: facts.expected,
        seen: facts.seen,
        seconds: facts.seconds,
      };
  const lines = Object.entries(shown).flatMap(([key, value]) =>
    value === undefined ? [] : [`  ${key}: ${JSON.stringify(value)}`],
  );
  return [`${ok ? 'ok' : 'not ok'} ${number} - ${description(name)}`, '  ---', ...lines, '  ...', ''].join('\n');
};
