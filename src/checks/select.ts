/** Which checks are meant, and which of them can be asked at the same time. */
import type { Check } from '../topology/check.ts';

/** The checks whose name is one of the words, or contains one; all without words. Words that fit none are told. */
export const selectChecks = (
  checks: readonly Check[],
  words: readonly string[],
): { readonly checks: readonly Check[]; readonly unknown: readonly string[] } => {
  if (words.length === 0) return { checks, unknown: [] };
  const fits = ({ name }: Check, word: string): boolean => name.toLowerCase().includes(word.toLowerCase());
  const meant = (word: string): readonly Check[] => {
    const exact = checks.filter(({ name }) => name === word);
    return exact.length > 0 ? exact : checks.filter((check) => fits(check, word));
  };
  const chosen = new Set(words.flatMap(meant));
  return {
    checks: checks.filter((check) => chosen.has(check)),
    unknown: words.filter((word) => meant(word).length === 0),
  };
};

/** A check that sees every packet of its node, or changes the lab, has the lab to itself. */
export const isAlone = (check: Check): boolean =>
  check.when !== undefined ||
  check.statement === 'path' ||
  (check.statement === 'reach' && check.packet.protocol === 'udp');
