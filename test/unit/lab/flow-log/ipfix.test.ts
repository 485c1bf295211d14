/** IPFIX messages: templates, records of both IP versions, and what is broken or of no use. */
import t from 'tap';
import { IpfixReader } from '../../../../lab/flow-log/ipfix.ts';

const message = (...sets: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(sets);
  const header = Buffer.alloc(16);
  header.writeUInt16BE(10, 0);
  header.writeUInt16BE(16 + body.length, 2);
  header.writeUInt32BE(1000, 4);
  header.writeUInt32BE(7, 12);
  return Buffer.concat([header, body]);
};
const set = (id: number, content: Buffer): Buffer => {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(4 + content.length, 2);
  return Buffer.concat([header, content]);
};
const words = (...values: readonly number[]): Buffer =>
  Buffer.concat(values.map((value) => Buffer.from([value >> 8, value & 255])));
/** Fields as element and length; one of an enterprise and one of variable length are stepped over. */
const template = (id: number, addresses: readonly [number, number], length: number): Buffer =>
  set(
    2,
    words(
      ...[id, 11, 138, 4, 0x8000 | 9, 2, 0, 9999, 82, 0xffff, addresses[0], length, addresses[1], length],
      ...[4, 1, 7, 2, 11, 2, 2, 8, 1, 8, 158, 4],
    ),
  );
const counter = (value: number): Buffer => {
  const octets = Buffer.alloc(8);
  octets.writeBigUInt64BE(BigInt(value));
  return octets;
};
const long = (value: number): Buffer => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
};
const record = (source: string, destination: string): Buffer =>
  Buffer.concat([
    ...[long(13), words(0xabcd), Buffer.from([2, 0x61, 0x30]), Buffer.from(source, 'hex')],
    ...[Buffer.from(destination, 'hex'), Buffer.from([6]), words(40_000, 80), counter(3), counter(180), long(500_000)],
  ]);
const four = template(300, [8, 12], 4);

void t.test('templates say how records are read, and several of them are in a set', (t) => {
  const reader = new IpfixReader();
  const data = set(300, Buffer.concat([record('0a00010b', '0a00010c'), record('0a00010c', '0a00010b')]));
  t.same(reader.read(message(data)), []);
  t.equal(reader.unknown, 1, 'before the template it cannot be read');
  const [first, second, ...more] = reader.read(message(four, data));
  t.same(first, {
    point: 13,
    protocol: 6,
    source: '10.0.1.11',
    destination: '10.0.1.12',
    sourcePort: 40_000,
    destinationPort: 80,
    icmpType: undefined,
    icmpCode: undefined,
    packets: 3,
    octets: 180,
    from: 999_500_000,
    to: 1_000_000_000,
  });
  t.match(second, { source: '10.0.1.12' });
  t.same(more, []);
  t.end();
});

void t.test('IPv6, and a template that is withdrawn', (t) => {
  const reader = new IpfixReader();
  const [from, to] = ['20010db8000000000000000000000011', '20010db8000000000000000000000012'];
  const data = set(301, record(from, to));
  t.match(reader.read(message(template(301, [27, 28], 16), data)), [
    { source: '2001:db8::11', destination: '2001:db8::12' },
  ]);
  t.same(reader.read(message(set(2, words(301, 0)), data)), []);
  t.end();
});

void t.test('a message that is cut off anywhere, or of another version, breaks nothing', (t) => {
  const whole = message(four, set(300, record('0a00010b', '0a00010c')));
  for (let length = 0; length < whole.length; length += 1)
    t.doesNotThrow(() => new IpfixReader().read(whole.subarray(0, length)), `${length} octets`);
  const other = Buffer.from(whole);
  other.writeUInt16BE(9, 0);
  t.same(new IpfixReader().read(other), []);
  for (let at = 16; at < whole.length; at += 1) {
    const damaged = Buffer.from(whole);
    damaged[at] = 0xff;
    t.doesNotThrow(() => new IpfixReader().read(damaged), `octet ${at} damaged`);
  }
  t.end();
});
