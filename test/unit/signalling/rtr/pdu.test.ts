/** The RPKI-to-router protocol octet by octet, and what is refused with which code. */
import t from 'tap';
import {
  decodePdu,
  encodePdu,
  errorCodes,
  isErrorReport,
  pduReader,
  RtrError,
} from '../../../../src/signalling/rtr/index.ts';
import { octetsOf, rtrPdus } from '../../../helpers/rtr-pdus.ts';

for (const { version, pdu, octets } of rtrPdus) {
  void t.test(`${pdu.pdu}, version ${version}: ${octets}`, (t) => {
    t.same(encodePdu(pdu, version), octetsOf(octets));
    t.same(decodePdu(octetsOf(octets)), { version, pdu });
    t.equal(isErrorReport(octetsOf(octets)), pdu.pdu === 'error-report');
    t.end();
  });
}

void t.test('what has to be zero is not looked at, nor are unknown flags', (t) => {
  const read = (text: string) => decodePdu(octetsOf(text)).pdu;
  t.same(read('01 02 abcd 00000008'), { pdu: 'reset-query' });
  t.match(read('01 04 ffff 00000014 fe 18 19 ff c0000200 0000fbf0'), { announce: false, maxLength: 25 });
  t.end();
});

void t.test('what is wrong is refused with the code for it', (t) => {
  for (const [what, code, octets] of [
    ['a version of tomorrow', errorCodes.version, '02 02 0000 00000008'],
    ['a type that nobody knows', errorCodes.type, '01 05 0000 00000008'],
    [
      'a router key before version 1',
      errorCodes.type,
      '00 09 0100 00000020 00000000 00000000 00000000 00000000 00000000 0000fbf0',
    ],
    ['a length that is not the length', errorCodes.corrupt, '01 02 0000 00000009'],
    ['a header that is cut off', errorCodes.corrupt, '01 02 0000'],
    ['a query that is too long', errorCodes.corrupt, '01 02 0000 0000000c 00000000'],
    ['an End of Data of version 0 in version 1', errorCodes.corrupt, '01 07 1234 0000000c 00000007'],
    ['an IPv4 prefix of 33 bits', errorCodes.corrupt, '01 04 0000 00000014 01 21 21 00 c0000200 0000fbf0'],
    ['a maximum below the length', errorCodes.corrupt, '01 04 0000 00000014 01 18 17 00 c0000200 0000fbf0'],
    [
      'an IPv6 maximum of 129',
      errorCodes.corrupt,
      '01 06 0000 00000020 01 20 81 00 20010db8000000000000000000000000 00000001',
    ],
    ['an Error Report about more than there is', errorCodes.corrupt, '01 0a 0003 00000010 fffffff8 00000000'],
    ['an Error Report with something behind its text', errorCodes.corrupt, '01 0a 0003 00000011 00000000 00000000 00'],
    ['a router key without its key', errorCodes.corrupt, '01 09 0100 0000000c 00000000'],
  ] as const) {
    try {
      decodePdu(octetsOf(octets));
      t.fail(what);
    } catch (error) {
      t.ok(error instanceof RtrError, what);
      t.match(error, { code, about: octetsOf(octets) }, what);
    }
  }
  t.end();
});

void t.test('versions that cannot say a thing', (t) => {
  t.throws(() => encodePdu({ pdu: 'end-of-data', session: 1, serial: 1 }, 1), RangeError);
  const key = {
    pdu: 'router-key',
    announce: true,
    identifier: new Uint8Array(20),
    asn: 1,
    key: new Uint8Array(),
  } as const;
  t.throws(() => encodePdu(key, 0), RangeError);
  t.end();
});

void t.test('a stream is cut into PDUs wherever it breaks', (t) => {
  const samples = rtrPdus.map(({ octets }) => octetsOf(octets));
  const stream = Uint8Array.from(samples.flatMap((octets) => [...octets]));
  for (const size of [1, 3, 7, 8, 9, 100, stream.length]) {
    const pdus: Uint8Array[] = [];
    const read = pduReader((octets) => void pdus.push(octets));
    for (let at = 0; at < stream.length; at += size) read(stream.subarray(at, at + size));
    t.same(pdus, samples, `in pieces of ${size}`);
  }
  t.end();
});

void t.test('a stream that is none of ours ends at once', (t) => {
  for (const [what, begin] of [
    ['HTTP', 'GET / HTTP/1.1\r\n'],
    ['a length of nothing', '\u0001\u0002\0\0\0\0\0\0'],
    ['a length less than a header', '\u0001\u0002\0\0\0\0\0\u0007'],
    ['one octet more than allowed', '\u0001\n\0\0\0\u0001\0\u0001'],
  ] as const) {
    const read = pduReader(() => t.fail('no PDU'));
    t.throws(() => read(Buffer.from(begin, 'latin1')), { name: 'RtrError', code: errorCodes.corrupt }, what);
  }
  t.end();
});
