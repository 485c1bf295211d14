/** GTP-U messages against octets written by hand from TS 29.281. */
import t from 'tap';
import {
  decodeHeader,
  echoRequest,
  echoResponse,
  errorIndication,
  messageType,
  rejectedTunnel,
  writeGpduHeader,
  writeTeid,
} from '../../../../lab/gtp/message.ts';

/** Octets in hexadecimal, spaces for the reader. */
const octetsOf = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const decode = (text: string) => decodeHeader(octetsOf(text), 0, octetsOf(text).length);

void t.test('a G-PDU without options has its packet after eight octets', (t) => {
  t.same(decode('30ff0004deadbeef45000000'), {
    type: messageType.gpdu,
    teid: 0xdeadbeef,
    sequence: undefined,
    payload: 8,
    end: 12,
  });
  t.end();
});

void t.test('a sequence number, an N-PDU number and extension headers are passed over', (t) => {
  t.match(decode('32ff00080000000112340000 45000000'), { sequence: 0x1234, payload: 12, end: 16 });
  t.match(decode('31ff00080000000112340700 45000000'), { sequence: undefined, payload: 12, end: 16 });
  // PDU Session Container (0x85), four octets; after it another of eight octets.
  t.match(decode('34ff000c0000000100000085 01000900 45000000'), { payload: 16, end: 20 });
  t.match(decode('34ff00140000000100000085 01000940 0200000000000000 45000000'), { payload: 24, end: 28 });
  // Without the E flag the next type has no meaning.
  t.match(decode('32ff00080000000112340085 45000000'), { payload: 12, end: 16 });
  t.end();
});

void t.test('octets after the length that the header states are not part of the message', (t) => {
  t.match(decode('30ff000400000001 45000000 ffff'), { payload: 8, end: 12 });
  t.end();
});

void t.test('what is not a whole GTP-U message is refused', (t) => {
  for (const [hex, why] of [
    ['30ff0000000000', 'shorter than a header'],
    ['30ff000500000001 45000000', 'shorter than its length'],
    ['50ff000400000001 45000000', 'version 2'],
    ['20ff000400000001 45000000', "GTP' (protocol type 0)"],
    ['32ff000200000001 1234', 'options cut off'],
    ['34ff00080000000100000085 00000000', 'extension header of length 0'],
    ['34ff00080000000100000085 02000000', 'extension header cut off'],
    ['34ff00040000000100000085', 'extension header missing'],
    ['34ff00080000000100000085 02000000 00000000', 'extension header beyond the stated length'],
  ] as const)
    t.equal(decode(hex), undefined, why);
  t.end();
});

void t.test('every cut of a message is refused', (t) => {
  const message = Buffer.from('34ff000c000000010000008501000900450000ff', 'hex');
  for (let end = 0; end < message.length; end += 1) t.equal(decodeHeader(message, 0, end), undefined, `${end} octets`);
  t.ok(decodeHeader(message, 0, message.length));
  t.end();
});

void t.test('a header is written in place, and a TEID replaced', (t) => {
  const octets = Buffer.alloc(14, 0xaa);
  writeGpduHeader(octets, 2, 0xfedcba98, 4);
  t.same(octets, octetsOf('aaaa30ff0004fedcba98aaaaaaaa'));
  writeTeid(octets, 2, 0x01020304);
  t.match(decodeHeader(octets, 2, 14), { teid: 0x01020304, payload: 10, end: 14 });
  t.end();
});

void t.test('signalling messages', (t) => {
  t.same(echoRequest(7), octetsOf('32010004000000000007 0000'));
  t.same(echoResponse(0x1234), octetsOf('3202000600000000 12340000 0e00'));
  const indication = errorIndication(0xdeadbeef, Buffer.from([10, 2, 0, 2]));
  t.same(indication, octetsOf('321a001000000000 00000000 10deadbeef 8500040a020002'));
  const header = decodeHeader(indication, 0, indication.length);
  t.same(header && rejectedTunnel(indication, header), { teid: 0xdeadbeef, peer: '10.2.0.2' });
  for (const [what, hex] of [
    ['no address', '321a000900000000 00000000 10deadbeef'],
    ['an address of IPv6', `321a001c00000000 00000000 10deadbeef 850010${'20'.repeat(16)}`],
    ['a cut address', '321a000f00000000 00000000 10deadbeef 8500040a0200'],
    ['elements in another order', '321a001000000000 00000000 8500040a020002 10deadbeef'],
  ] as const) {
    const octets = octetsOf(hex);
    const head = decodeHeader(octets, 0, octets.length);
    t.ok(head, what);
    t.equal(head && rejectedTunnel(octets, head), undefined, what);
  }
  const echo = echoResponse(1);
  const other = decodeHeader(echo, 0, echo.length);
  t.equal(other && rejectedTunnel(echo, other), undefined);
  t.end();
});
