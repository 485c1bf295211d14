/** The heap of frames on the line, and the VLAN tag that is put back. */
import t from 'tap';
import { putTagBack } from '../../../../lab/cable/port.ts';
import { Schedule } from '../../../../lab/cable/schedule.ts';

void t.test('frames leave in the order of their times, equal ones in the order they came', (t) => {
  const schedule = new Schedule();
  t.equal(schedule.next, undefined);
  t.equal(schedule.take(), undefined);
  // A fixed sequence without pattern: Lehmer's generator.
  let seed = 1;
  const expected: [number, number][] = [];
  for (let number = 0; number < 500; number += 1) {
    seed = (seed * 48_271) % 0x7fff_ffff;
    const octets = Buffer.alloc(2);
    octets.writeUInt16BE(number);
    schedule.add(seed % 50, octets);
    expected.push([seed % 50, number]);
  }
  expected.sort(([a, first], [b, second]) => a - b || first - second);
  t.equal(schedule.held, 1000);
  t.equal(schedule.next, expected[0]?.[0]);
  const taken = expected.map(() => {
    const frame = schedule.take();
    return [frame?.due, frame?.octets.readUInt16BE()];
  });
  t.same(taken, expected);
  t.equal(schedule.held, 0);
  t.equal(schedule.next, undefined);
  t.end();
});

void t.test('a VLAN tag goes between the addresses and the type, and offsets move with the frame', (t) => {
  const addresses = 'ffffffffffff020000000100';
  const room = '00000000';
  const put = (header: string) => putTagBack(Buffer.from(`${room}${header}${addresses}0800abcd`, 'hex'), 0x8100, 7);
  // virtio_net_hdr: flags, gso_type, hdr_len, gso_size, csum_start, csum_offset (little endian).
  t.equal(put('00000000000000000000').toString('hex'), `00000000000000000000${addresses}810000070800abcd`);
  t.equal(
    put('01013600a80522001000').toString('hex'),
    `01013a00a80526001000${addresses}810000070800abcd`,
    'header length 54 and checksum start 34 become 58 and 38',
  );
  t.end();
});
