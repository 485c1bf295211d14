/** What the watcher reads, and what it says of mistakes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { readConfig } from '../../../../lab/announce/config.ts';
import { formatPrefix } from '../../../../src/address/ip.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-announce-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const file = path.join(temporary, 'announce.json');
const good = {
  socket: '/run/haproxy.sock',
  state: '/run/haproxy.state',
  interval: 200,
  lifetime: 10,
  addresses: [
    { address: '203.0.113.10', backends: ['web-servers'] },
    { address: '2001:db8::10', backends: ['web-servers', 'db-servers'] },
  ],
};
const read = (value: unknown): ReturnType<typeof readConfig> => {
  writeFileSync(file, JSON.stringify(value));
  return readConfig(file);
};

void t.test('addresses are host routes of either family', (t) => {
  const { addresses, ready } = read(good);
  t.same(
    addresses.map(({ name, address, backends }) => [name, formatPrefix(address), backends.length]),
    [
      ['203.0.113.10', '203.0.113.10/32', 1],
      ['2001:db8::10', '2001:db8::10/128', 2],
    ],
  );
  t.equal(ready, undefined);
  t.end();
});

void t.test('mistakes are named with their place', (t) => {
  for (const [change, message] of [
    [{ addresses: [] }, /addresses: expected a list with at least one item/u],
    [{ addresses: [{ address: '203.0.113.10/32', backends: ['a'] }] }, /address: expected an IP address/u],
    [{ addresses: [{ address: '203.0.113.10', backends: [] }] }, /addresses\[0\]: backends/u],
    [{ lifetime: 2 }, /lifetime: expected a number 3\.\.3600/u],
    [{ interval: 0 }, /interval/u],
  ] as const)
    t.throws(() => read({ ...good, ...change }), message);
  t.end();
});
