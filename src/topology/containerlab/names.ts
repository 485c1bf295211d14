/** Names of containerlab as names of ours: small letters, digits and single hyphens; two never become one. */
import { labNameLimit, nodeNameLimit } from '../../address/name.ts';

const plain = (name: string, limit: number): string => {
  const small = name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/gu, '-')
    .replaceAll(/^-+|-+$/gu, '');
  const begun = /^[a-z]/u.test(small) ? small : `n${small === '' ? '' : `-${small}`}`;
  return begun.slice(0, limit).replace(/-+$/u, '');
};

export const labNameOf = (name: string): string => plain(name, labNameLimit);

/** Containerlab's node name -> ours. */
export const nodeNames = (names: readonly string[]): Map<string, string> => {
  const taken = new Set<string>();
  const result = new Map<string, string>();
  // Names that need no change keep theirs.
  for (const name of names.toSorted(
    (a, b) => Number(plain(a, nodeNameLimit) !== a) - Number(plain(b, nodeNameLimit) !== b),
  )) {
    const wanted = plain(name, nodeNameLimit);
    let free = wanted;
    for (let count = 2; taken.has(free); count += 1) free = `${plain(name, nodeNameLimit - 4)}-${count}`;
    taken.add(free);
    result.set(name, free);
  }
  return result;
};
