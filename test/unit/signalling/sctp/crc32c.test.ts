/** CRC32c against the values of RFC 3720 (B.4) and against a packet that another stack made. */
import t from 'tap';
import { crc32c, packetChecksum } from '../../../../src/signalling/sctp/crc32c.ts';
import { usrsctpInit } from '../../../helpers/sctp-packets.ts';

void t.test('the vectors of RFC 3720, B.4, and the check value of the algorithm', (t) => {
  const bytes = (make: (index: number) => number): Uint8Array =>
    Uint8Array.from({ length: 32 }, (_, index) => make(index));
  const readCommand = Buffer.from(
    '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
    'hex',
  );
  const vectors: readonly (readonly [Uint8Array, number])[] = [
    [bytes(() => 0), 0x8a91_36aa],
    [bytes(() => 255), 0x62a8_ab43],
    [bytes((index) => index), 0x46dd_794e],
    [bytes((index) => 31 - index), 0x113f_db5c],
    [readCommand, 0xd996_3a56],
    [Buffer.from('123456789'), 0xe306_9283],
    [new Uint8Array(0), 0],
  ];
  for (const [octets, expected] of vectors) t.equal(crc32c(octets), expected);
  t.end();
});

void t.test('eight octets at a time give what one at a time gives, at any length', (t) => {
  const slow = (octets: Uint8Array): number => {
    let register = 0xffff_ffff;
    for (const octet of octets) {
      register ^= octet;
      for (let bit = 0; bit < 8; bit += 1) register = register & 1 ? (register >>> 1) ^ 0x82f6_3b78 : register >>> 1;
    }
    return ~register >>> 0;
  };
  for (let length = 0; length < 70; length += 1) {
    const octets = Uint8Array.from({ length }, (_, index) => index * 167 + length);
    t.equal(crc32c(octets), slow(octets));
  }
  t.end();
});

void t.test("a packet's checksum does not depend on what stands in its checksum field", (t) => {
  t.equal(packetChecksum(usrsctpInit), 0xe967_ca31);
  const cleared = Uint8Array.from(usrsctpInit);
  cleared.fill(0, 8, 12);
  t.equal(packetChecksum(cleared), 0xe967_ca31);
  t.equal(crc32c(cleared), 0xe967_ca31);
  t.end();
});
