/** Netlink messages octet by octet, and what is read back from them. */
import t from 'tap';
import { parseAddress, parsePrefix } from '../../../src/address/ip.ts';
import type { Address, Prefix } from '../../../src/address/ip.ts';
import { MessageBatch, readAttributes, readMessages, textOf } from '../../../src/kernel/message.ts';
import { IFLA, newAddress, newBridge, newRoute, newVeth, setLink } from '../../../src/kernel/rtnetlink.ts';

const prefix = (text: string): Prefix => parsePrefix(text) ?? { family: 4, value: 0n, length: 0 };
const address = (text: string): Address => parseAddress(text) ?? { family: 4, value: 0n };
const octets = (batch: MessageBatch<string>): string => batch.buffer.toString('hex', 0, batch.length);
/** Fields in their order. */
const hex = (...fields: string[]): string => fields.join('');
/** Length, type, flags, sequence number, port; then the rest. */
const message = (length: string, type: string, flags: string, sequence: string, ...rest: string[]): string =>
  [length, type, flags, sequence, '00000000', ...rest].join('');

void t.test('an IPv4 address carries its broadcast address, one of a /31 does not', (t) => {
  const batch = new MessageBatch<string>(16);
  newAddress(batch, 'one', 5, prefix('10.1.2.3/24'));
  newAddress(batch, 'two', 5, prefix('10.1.2.3/31'));
  t.equal(
    octets(batch),
    message('30000000', '1400', '0106', '01000000', '02180000', '05000000') +
      hex('08000200', '0a010203', '08000100', '0a010203', '08000400', '0a0102ff') +
      message('28000000', '1400', '0106', '02000000', '021f0000', '05000000') +
      hex('08000200', '0a010203', '08000100', '0a010203'),
  );
  t.same(batch.contexts, ['one', 'two']);
  t.end();
});

void t.test('an IPv6 address skips duplicate address detection', (t) => {
  const batch = new MessageBatch<string>();
  newAddress(batch, 'six', 7, prefix('2001:db8::1/64'));
  const body = '20010db8000000000000000000000001';
  t.equal(
    octets(batch),
    message('40000000', '1400', '0106', '01000000', '0a400200', '07000000') + hex('14000200', body, '14000100', body),
  );
  t.end();
});

void t.test('routes: by next hop, to a link, to nowhere, with a next hop of the other family', (t) => {
  const one = (write: (batch: MessageBatch<string>) => void): string => {
    const batch = new MessageBatch<string>();
    write(batch);
    return octets(batch).slice(32);
  };
  t.equal(
    one((batch) => newRoute(batch, 'r', { to: prefix('10.9.0.0/16'), via: address('10.0.0.1'), onlink: true, dev: 3 })),
    hex('02100000', 'fe040001', '04000000', '080001000a090000', '080005000a000001', '0800040003000000'),
  );
  t.equal(
    one((batch) => newRoute(batch, 'r', { to: prefix('0.0.0.0/0'), dev: 3 })),
    hex('02000000', 'fe04fd01', '00000000', '0800040003000000'),
  );
  t.equal(
    one((batch) => newRoute(batch, 'r', { to: prefix('10.0.0.0/8'), blackhole: true })),
    hex('02080000', 'fe040006', '00000000', '080001000a000000'),
  );
  t.equal(
    one((batch) => newRoute(batch, 'r', { to: prefix('10.0.0.0/8'), via: address('fe80::1'), dev: 2 })),
    hex(
      '02080000',
      'fe040001',
      '00000000',
      '080001000a000000',
      '16001200',
      '0a00',
      'fe800000000000000000000000000001',
      '0000',
      '0800040002000000',
    ),
  );
  t.end();
});

void t.test('a veth message nests its peer, and the lengths add up', (t) => {
  const batch = new MessageBatch<string>(8);
  newVeth(batch, 'veth', {
    name: 'eth0',
    mac: '02:00:00:00:00:01',
    mtu: 1450,
    up: false,
    peer: { name: 'to-a', mac: '02:00:00:00:00:02', namespaceFd: 9 },
  });
  const [only] = [...readMessages(batch.buffer.subarray(0, batch.length))];
  t.equal(only?.payload.length, batch.length - 16);
  const found: string[] = [];
  const walk = (value: Buffer, offset: number, depth: string): void =>
    readAttributes(value, offset, (type, inner) => {
      found.push(`${depth}${type}`);
      if (depth === '' && type === IFLA.LINKINFO) walk(inner, 0, 'info ');
      if (depth === 'info ' && type === IFLA.INFO_DATA) walk(inner, 0, 'data ');
      // The peer begins with a struct ifinfomsg.
      if (depth === 'data ') walk(inner, 16, 'peer ');
      if (depth === 'peer ' && type === IFLA.IFNAME) t.equal(textOf(inner), 'to-a');
      if (depth === 'peer ' && type === IFLA.NET_NS_FD) t.equal(inner.readUInt32LE(0), 9);
      if (type === IFLA.MTU) t.equal(inner.readUInt32LE(0), 1450);
    });
  walk(only?.payload ?? Buffer.alloc(0), 16, '');
  t.same(found, ['3', '1', '4', '18', 'info 1', 'info 2', 'data 1', 'peer 3', 'peer 1', 'peer 4', 'peer 28']);
  t.end();
});

void t.test('many messages in a small buffer keep their order, numbers and contexts', (t) => {
  const batch = new MessageBatch<number>(1);
  for (let count = 0; count < 500; count += 1) {
    if (count % 2 === 0) newBridge(batch, count, `br${count}`, '02:00:00:00:00:01');
    else setLink(batch, count, count, { up: true, master: 4 });
  }
  const messages = [...readMessages(batch.buffer.subarray(0, batch.length))];
  t.equal(messages.length, 500);
  t.ok(messages.every((one, index) => one.sequence === index + 1));
  t.ok(messages.every((one, index) => index % 2 === 0 || one.payload.readUInt32LE(4) === index));
  batch.clear();
  t.equal(batch.length, 0);
  t.same(batch.contexts, []);
  t.end();
});

void t.test('a datagram that ends in the middle of a message or attribute ends the reading', (t) => {
  const batch = new MessageBatch<string>();
  newAddress(batch, 'one', 5, prefix('10.1.2.3/24'));
  t.equal([...readMessages(batch.buffer.subarray(0, batch.length - 1))].length, 0);
  const types: number[] = [];
  readAttributes(Buffer.from('0800010001020304ff00020000000000', 'hex'), 0, (type) => types.push(type));
  t.same(types, [1]);
  t.end();
});
