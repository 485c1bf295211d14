/** Random access as octets, and cells by their physical identities. */
import t from 'tap';
import { physicalCellId } from '../../../src/signalling/cell.ts';
import { decodeMac, encodeMac, FIRST_CRNTI, LAST_CRNTI } from '../../../src/signalling/mac.ts';

void t.test('a C-RNTI is shown and granted', (t) => {
  const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
  t.equal(hex(encodeMac({ uplink: true, crnti: 0x1234 })), '010003021234011b1234');
  t.equal(hex(encodeMac({ uplink: false, crnti: 0x1234 })), '010103021234011d1f');
  for (const uplink of [true, false])
    for (const crnti of [FIRST_CRNTI, LAST_CRNTI]) t.same(decodeMac(encodeMac({ uplink, crnti })), { uplink, crnti });
  t.end();
});

void t.test('whatever else it may be, it is not random access', (t) => {
  for (const uplink of [true, false]) {
    const octets = encodeMac({ uplink, crnti: 0x1234 });
    for (let length = 0; length < octets.length; length += 1) t.equal(decodeMac(octets.subarray(0, length)), undefined);
    t.equal(decodeMac(Uint8Array.of(...octets, 0)), undefined);
    for (const at of [1, 2, 3, 6, 7]) {
      const other = Uint8Array.from(octets);
      other[at] = 0xee;
      t.equal(decodeMac(other), undefined, `octet ${at}`);
    }
  }
  const two = encodeMac({ uplink: true, crnti: 0x1234 });
  two[9] = 0x35;
  t.equal(decodeMac(two), undefined, 'the context and the element name two phones');
  t.end();
});

void t.test('neighbours differ in their physical identities', (t) => {
  const own = [1, 2, 3].flatMap((id) => [1, 2, 3].map((cell) => physicalCellId(0xe000 + id, cell)));
  t.equal(new Set(own).size, 9);
  t.ok(own.every((pci) => pci >= 0 && pci <= 503));
  t.end();
});
