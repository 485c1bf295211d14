/** Paths that agreements allow, and those with a valley. */
import t from 'tap';
import { valleyIn } from '../../../src/features/bgp/valley.ts';
import type { RelationBetween } from '../../../src/features/bgp/valley.ts';

/** 1 and 2 are peers at the top; 10 and 11 pay 1, 20 pays 2, 30 pays 10 and 20; 10 and 20 are peers. */
const customers: Readonly<Record<number, readonly number[]>> = { 1: [10, 11], 2: [20], 10: [30], 20: [30] };
const peers = [
  [1, 2],
  [10, 20],
];
const between: RelationBetween = (asn, other) => {
  if (customers[asn]?.includes(other) === true) return 'customer';
  if (customers[other]?.includes(asn) === true) return 'provider';
  return peers.some((pair) => pair.includes(asn) && pair.includes(other)) ? 'peer' : undefined;
};

void t.test('up, once across, and down', (t) => {
  for (const [holder, path] of [
    [30, []],
    [30, [10]],
    [30, [10, 1, 11]],
    [30, [10, 1, 2, 20]],
    [11, [1, 2, 20, 30]],
    [10, [20, 30]],
    [1, [10, 10, 10, 30]],
  ] as const)
    t.equal(valleyIn(holder, path, between), undefined, `${holder}: ${path.join(' ')}`);
  t.end();
});

void t.test('a customer between two providers', (t) => {
  t.same(valleyIn(10, [30, 20], between), {
    who: 30,
    to: 10,
    from: 20,
    reason: 'AS 30 tells AS 10, no customer of it, what its provider AS 20 has told',
  });
  t.equal(valleyIn(1, [10, 30, 20], between)?.who, 30, 'the leak is found wherever it is seen from');
  t.equal(valleyIn(10, [30, 30, 20], between)?.who, 30, 'also when it was prepended');
  t.end();
});

void t.test('across twice, and up after across', (t) => {
  t.equal(valleyIn(11, [1, 2, 20, 10], between)?.who, 20, 'down, then across');
  t.equal(valleyIn(1, [10, 20], between)?.reason, 'AS 10 tells AS 1, no customer of it, what its peer AS 20 has told');
  t.equal(valleyIn(10, [20, 2], between)?.who, 20, 'a peer tells what its provider told');
  t.end();
});

void t.test('systems that have nothing to do with each other', (t) => {
  t.equal(valleyIn(11, [30], between)?.reason, 'AS 11 and AS 30 have no relation to each other');
  t.end();
});
