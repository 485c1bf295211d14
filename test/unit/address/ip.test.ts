/** Addresses and prefixes: reading, writing and the arithmetic on them. */
import t from 'tap';
import {
  addressFromOctets,
  addressOctets,
  canonical,
  contains,
  formatAddress,
  formatPrefix,
  lastAddress,
  networkOf,
  nthAddress,
  parseAddress,
  parsePrefix,
  sizeOf,
} from '../../../src/address/ip.ts';
import type { Prefix } from '../../../src/address/ip.ts';

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new Error(`not a prefix: ${text}`);
  return parsed;
};

void t.test('IPv6 is written as RFC 5952 says', (t) => {
  const cases: readonly (readonly [string, string])[] = [
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['0:0:0:0:0:0:0:1', '::1'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
    ['::ffff:c000:0201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ];
  for (const [text, expected] of cases) t.equal(canonical(text), expected, text);
  t.end();
});

void t.test('text that is not an address is refused', (t) => {
  for (const text of [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.4 ',
    '1..2.3',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    '::g',
    'fe80::1%eth0',
    '12345::',
    '1.2.3.4::',
    '::1.2.3',
    '-1.0.0.0',
    '0x1.0.0.0',
  ])
    t.equal(parseAddress(text), undefined, JSON.stringify(text));
  for (const text of [
    '10.0.0.1',
    '10.0.0.1/',
    '10.0.0.1/33',
    '::/129',
    '::/-1',
    '10.0.0.0/08',
    '10.0.0.0/ 8',
    '/8',
    '10/8',
  ])
    t.equal(parsePrefix(text), undefined, JSON.stringify(text));
  t.end();
});

void t.test('a prefix keeps its host bits until the network is asked for', (t) => {
  t.equal(formatPrefix(prefix('10.1.2.3/20')), '10.1.2.3/20');
  t.equal(formatPrefix(networkOf(prefix('10.1.18.3/20'))), '10.1.16.0/20');
  t.equal(formatPrefix(networkOf(prefix('2001:db8::ffff/64'))), '2001:db8::/64');
  t.equal(formatAddress(lastAddress(prefix('10.1.18.3/20'))), '10.1.31.255');
  t.equal(formatAddress(lastAddress(prefix('0.0.0.0/0'))), '255.255.255.255');
  t.equal(sizeOf(prefix('10.0.0.0/31')), 2n);
  t.end();
});

void t.test('a prefix contains its own addresses and longer prefixes only', (t) => {
  const outer = prefix('10.0.4.9/22');
  t.ok(contains(outer, prefix('10.0.7.0/24')));
  t.ok(contains(outer, prefix('10.0.4.0/22')));
  t.notOk(contains(outer, prefix('10.0.0.0/16')), 'a shorter prefix is not inside');
  t.notOk(contains(outer, prefix('10.0.8.0/24')));
  t.ok(contains(prefix('0.0.0.0/0'), { family: 4, value: 1n }));
  t.notOk(contains(prefix('0.0.0.0/0'), { family: 6, value: 1n }), 'families do not mix');
  t.ok(contains(prefix('2001:db8::/127'), prefix('2001:db8::1/128')));
  t.end();
});

void t.test('the nth address counts from the network address and ends with the prefix', (t) => {
  t.equal(formatAddress(nthAddress(prefix('192.0.2.77/24'), 1)), '192.0.2.1');
  t.equal(formatAddress(nthAddress(prefix('2001:db8::/64'), 0x1_0000_0000n)), '2001:db8::1:0:0');
  t.equal(formatAddress(nthAddress(prefix('192.0.2.0/31'), 1)), '192.0.2.1');
  t.throws(() => nthAddress(prefix('192.0.2.0/31'), 2), /192\.0\.2\.0\/31 has no address number 2/u);
  t.throws(() => nthAddress(prefix('192.0.2.0/24'), -1), RangeError);
  t.end();
});

void t.test('octets are in network byte order and lead back to the address', (t) => {
  const octets = (text: string): Uint8Array => addressOctets(prefix(`${text}/0`));
  t.same([...octets('192.0.2.1')], [192, 0, 2, 1]);
  t.equal(Buffer.from(octets('2001:db8::1')).toString('hex'), '20010db8000000000000000000000001');
  for (const text of ['255.255.255.255', '0.0.0.0', '2001:db8::ff00', '::'])
    t.equal(formatAddress(addressFromOctets(octets(text))), text);
  t.throws(() => addressFromOctets(new Uint8Array(5)), RangeError);
  t.end();
});

void t.test('canonical forms decide whether two texts mean the same', (t) => {
  t.equal(canonical('2001:DB8:0::1/64'), '2001:db8::1/64');
  t.equal(canonical('10.0.0.1/24'), '10.0.0.1/24');
  t.equal(canonical('::FFFF:10.0.0.1'), '::ffff:10.0.0.1');
  t.equal(canonical('nonsense'), undefined);
  t.end();
});
