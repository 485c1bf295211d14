/** The session table as several threads see it: several tables over one memory. */
import t from 'tap';
import { Counters } from '../../../../lab/gtp/counters.ts';
import { SessionTable, SLOTS } from '../../../../lab/gtp/session-table.ts';
import { ipOctets } from '../../../../src/address/octets.ts';

const tunnel = (teidIn: number, teidOut = teidIn + 1) => ({ teidIn, teidOut, peer: '10.1.0.2' });

void t.test('a session is found by the TEID of each side and by its addresses', (t) => {
  const table = new SessionTable();
  const one = { address: '10.45.0.2', address6: '2001:db8::2', access: tunnel(0xffff_ffff), core: tunnel(7) };
  const slot = table.install(one);
  t.same(table.byTeid('access', 0xffff_ffff), { slot, session: one });
  t.same(table.byTeid('core', 7)?.session, one);
  t.equal(table.byTeid('access', 7), undefined, 'a TEID means something only where it was chosen');
  const packet = Buffer.concat([Buffer.alloc(5), ipOctets('10.45.0.2'), ipOctets('2001:db8::2')]);
  t.equal(table.byAddress(packet, 5, 4)?.slot, slot);
  t.equal(table.byAddress(packet, 9, 16)?.slot, slot);
  t.equal(table.byAddress(packet, 4, 4), undefined);
  t.same(table.bySlot(slot), one);
  t.end();
});

void t.test('a session is found by the other end of its tunnel, which its peer may complain about', (t) => {
  const table = new SessionTable();
  const slot = table.install({ access: tunnel(1, 100), core: tunnel(2, 200) });
  table.install({ access: tunnel(3, 100) });
  t.equal(table.byRemote('access', 100, '10.1.0.2')?.slot, slot);
  t.equal(table.byRemote('core', 200, '10.1.0.2')?.slot, slot);
  t.equal(table.byRemote('core', 100, '10.1.0.2'), undefined, 'another side');
  t.equal(table.byRemote('access', 100, '10.1.0.3'), undefined, 'another peer');
  t.end();
});

void t.test('what one thread installs and removes, the others find and miss', (t) => {
  const writer = new SessionTable();
  const reader = new SessionTable(writer.memory);
  t.equal(reader.byTeid('core', 1), undefined);
  const first = writer.install({ core: tunnel(1) });
  const second = writer.install({ core: tunnel(2) });
  t.equal(reader.byTeid('core', 1)?.slot, first);
  t.equal(reader.byTeid('core', 2)?.slot, second);
  writer.remove(first);
  t.equal(reader.byTeid('core', 1), undefined);
  t.equal(reader.byTeid('core', 2)?.slot, second, 'the others keep their slots');
  t.equal(writer.install({ core: tunnel(3) }), first, 'a slot is used again');
  t.same(
    reader.entries().map(({ slot, session }) => [slot, session.core?.teidIn]),
    [
      [first, 3],
      [second, 2],
    ],
  );
  t.end();
});

void t.test('a full table refuses and keeps what it has', (t) => {
  const table = new SessionTable();
  for (let count = 0; count < SLOTS; count += 1)
    table.install({ core: { teidIn: count + 1, teidOut: 1, peer: '10.1.0.2' } });
  t.throws(() => table.install({ core: tunnel(9999) }), RangeError);
  t.equal(table.entries().length, SLOTS);
  t.equal(table.byTeid('core', SLOTS)?.slot, SLOTS - 1);
  t.end();
});

void t.test('counters are kept per session and direction, and shared', (t) => {
  const slot = 1;
  const counters = new Counters();
  const thread = new Counters(counters.memory);
  thread.packet(slot, 'up', 100);
  thread.packet(slot, 'up', 50);
  thread.packet(slot, 'down', 1);
  thread.event('unknownTeid');
  thread.event('sendErrors');
  thread.event('sendErrors');
  t.same(counters.count(slot, 'up'), { packets: 2, octets: 150 });
  t.same(counters.count(slot, 'down'), { packets: 1, octets: 1 });
  t.same(counters.count(0, 'up'), { packets: 0, octets: 0 });
  t.match(counters.events, { unknownTeid: 1, sendErrors: 2, malformed: 0 });
  t.end();
});

void t.test('phones that share a radio are told apart by their MAC addresses', (t) => {
  const table = new SessionTable();
  const one = table.install({ mac: '02:00:00:00:01:00', core: tunnel(1) });
  const two = table.install({ mac: 'fe:ff:ff:ff:ff:ff', core: tunnel(2) });
  const frame = Buffer.from('0200000002000200000001000800', 'hex');
  t.equal(table.byMac(frame, 6)?.slot, one);
  t.equal(table.byMac(frame, 0), undefined);
  t.equal(table.byMac(Buffer.from('feffffffffff', 'hex'), 0)?.slot, two);
  table.remove(one);
  t.equal(table.byMac(frame, 6), undefined);
  t.end();
});
