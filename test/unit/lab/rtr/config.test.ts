/** What the cache reads from its files, and what it says of mistakes in them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { readConfig, readPayloads } from '../../../../lab/rtr/config.ts';
import { prefixOf } from '../../../helpers/rtr-pdus.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-rtr-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const file = path.join(temporary, 'x.json');
const written = (value: unknown): string => {
  writeFileSync(file, JSON.stringify(value));
  return file;
};

void t.test('payloads, with the prefix length where no maximum is given', (t) => {
  const roas = [
    { prefix: '192.0.2.0/24', asn: 64496 },
    { prefix: '2001:db8::/32', maxLength: 48, asn: 0 },
  ];
  t.same(readPayloads(written({ roas })), [
    { prefix: prefixOf('192.0.2.0/24'), maxLength: 24, asn: 64496 },
    { prefix: prefixOf('2001:db8::/32'), maxLength: 48, asn: 0 },
  ]);
  t.same(readPayloads(written({ roas: [] })), [], 'nobody says anything');
  t.end();
});

void t.test('mistakes are named with their place', (t) => {
  for (const [roa, message] of [
    [{ prefix: '192.0.2.1/24', asn: 1 }, /roas\[0\]: prefix: expected a prefix without host bits/u],
    [{ prefix: '192.0.2.0/24', maxLength: 33, asn: 1 }, /roas\[0\]: maxLength: expected a number 24\.\.32/u],
    [{ prefix: '192.0.2.0/24', maxLength: 23, asn: 1 }, /maxLength/u],
    [{ prefix: '192.0.2.0/24' }, /roas\[0\]: asn/u],
  ] as const)
    t.throws(() => readPayloads(written({ roas: [roa] })), message);
  t.end();
});

void t.test('how to serve', (t) => {
  const config = {
    port: 323,
    version: 0,
    intervals: { refresh: 3600, retry: 600, expire: 7200 },
    notify: 60_000,
    roas: '/etc/x',
  };
  t.same(readConfig(written(config)), { ...config, ready: undefined, status: undefined });
  t.throws(() => readConfig(written({ ...config, version: 2 })), /version/u);
  const expire = { ...config, intervals: { ...config.intervals, expire: 599 } };
  t.throws(() => readConfig(written(expire)), /expire: expected a number 600/u);
  t.end();
});
