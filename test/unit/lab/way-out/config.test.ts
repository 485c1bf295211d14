/** What the program reads, and what it says of mistakes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { readConfig } from '../../../../lab/way-out/config.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-way-out-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const file = path.join(temporary, 'way-out.json');
const good = {
  bgpd: '/run/frr/bgpd.vty',
  bfdd: '/run/frr/bfdd.vty',
  profile: 'way-out',
  interval: 100,
  patience: 5000,
  neighbours: [
    { address: '10.64.0.13', name: 'leaf1', tells: true },
    { address: 'fd00::1', name: 'leaf1', tells: false },
  ],
};
const read = (value: unknown): ReturnType<typeof readConfig> => {
  writeFileSync(file, JSON.stringify(value));
  return readConfig(file);
};

void t.test('neighbours of either IP version', (t) => {
  const { neighbours, ready, status } = read(good);
  t.same(neighbours, [
    { address: '10.64.0.13', name: 'leaf1', family: 4, tells: true },
    { address: 'fd00::1', name: 'leaf1', family: 6, tells: false },
  ]);
  t.same([ready, status], [undefined, undefined]);
  t.end();
});

void t.test('mistakes are named with their place', (t) => {
  for (const [change, message] of [
    [{ neighbours: [] }, /neighbours: expected a list with at least one item/u],
    [
      { neighbours: [{ address: '10.64.0.13/32', name: 'a', tells: true }] },
      /neighbours\[0\]: address: expected an IP address/u,
    ],
    [{ neighbours: [{ address: '10.64.0.13', name: 'a' }] }, /neighbours\[0\]: tells: expected true or false/u],
    [{ interval: 0 }, /interval/u],
    [{ patience: -1 }, /patience/u],
    [{ profile: '' }, /profile: expected text/u],
  ] as const)
    t.throws(() => read({ ...good, ...change }), message);
  t.end();
});
