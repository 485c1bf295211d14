/** What the fast path learns of a session, by the role of the node; the octets as program.bpf.c reads them. */
import t from 'tap';
import { entriesOf, type Entry, type Ground } from '../../../../../lab/gtp/bpf/entries.ts';
import { counterOf, lengths, phoneKey, routeValue, tunnelKey } from '../../../../../lab/gtp/bpf/layout.ts';
import { NO_TEID } from '../../../../../lab/gtp/config.ts';

const core = { teidIn: 0x2001, teidOut: 0x1001, peer: '10.1.0.2' };
const access = { teidIn: 0x3001, teidOut: 0x4001, peer: '10.2.0.1' };
/** Octets in hexadecimal; spaces are for the reader of this file. */
const plain = (text: string): string => text.replaceAll(' ', '');
const shown = (entries: readonly Entry[]): string[] =>
  entries.map(({ map, key, value }) => map + key.toString('hex') + value.toString('hex').replace(/(0000)+$/u, ''));

void t.test('an eNodeB: a phone by its MAC into the tunnel, the tunnel by its TEID to the phone', (t) => {
  const radio = { index: 7, mtu: 1500, mac: '02:00:00:00:02:00', phone: '02:00:00:00:01:00' };
  const ground: Ground = { core: '10.1.0.1', radioOf: () => radio };
  t.same(shown(entriesOf(ground, 3, { core })), [
    // Action 2, counter 6, no interface, TEID, from and to; then the MAC that a frame must have been sent to.
    plain(
      'phones 07000000 020000000100 0000  0200000006000000 0000000000000000 00001001 0a0100010a010002 020000000200',
    ),
    // Action 0, counter 7, interface 7, MTU 1500, no tunnel; the phone's MAC and the eNodeB's.
    plain(
      'tunnels 0a01000100002001 0000000007000000 07000000dc050000 000000000000000000000000 020000000100020000000200',
    ),
  ]);
  t.same(entriesOf({ ...ground, radioOf: () => undefined }, 3, { core }), [], 'a phone that is nowhere');
  t.end();
});

void t.test('a serving gateway: each tunnel by its TEID into the other', (t) => {
  const ground: Ground = { access: '10.1.0.2', core: '10.2.0.1' };
  const session = {
    access: { teidIn: 0x1001, teidOut: 0x2001, peer: '10.1.0.1' },
    core: { teidIn: 0x4001, teidOut: 0x3001, peer: '10.2.0.2' },
  };
  const up = plain('tunnels 0a01000200001001 0200000000000000 0000000000000000 00003001 0a0200010a0200');
  const down = plain('tunnels 0a02000100004001 0200000001000000 0000000000000000 00002001 0a0100020a0100');
  t.same(shown(entriesOf(ground, 0, session)), [`${up}02`, `${down}01`]);
  const idle = { ...session, access: { ...session.access, teidOut: NO_TEID } };
  t.same(
    shown(entriesOf(ground, 0, idle)),
    [`${up}02`],
    'nothing leads to an idle phone: the threads tell of its packets',
  );
  t.end();
});

void t.test(
  'a packet gateway: the tunnel by its TEID to the TUN device, a phone by its address into the tunnel',
  (t) => {
    const ground: Ground = { access: '10.2.0.2', tun: { index: 4, mtu: 1464 } };
    const tunnel = plain('tunnels 0a02000200003001 0100000000000000 04000000b805');
    t.same(shown(entriesOf(ground, 0, { address: '10.45.0.2', access })), [
      tunnel,
      plain('addresses 0a2d0002 0200000001000000 0000000000000000 00004001 0a0200020a020001'),
    ]);
    t.same(
      shown(entriesOf(ground, 0, { address6: '2001:db8::2', access })),
      [tunnel],
      'IPv6 has no way: the threads have it',
    );
    t.end();
  },
);

void t.test('keys are apart where they have to be', (t) => {
  t.notSame(tunnelKey('10.1.0.2', 1), tunnelKey('10.1.0.3', 1), 'a TEID means something only where it was chosen');
  t.notSame(phoneKey(1, '02:00:00:00:01:00'), phoneKey(2, '02:00:00:00:01:00'));
  t.equal(tunnelKey('10.1.0.2', 0xffff_ffff).toString('hex'), '0a010002ffffffff');
  t.same(
    [0, 1].flatMap((slot) => [counterOf(slot, 'up'), counterOf(slot, 'down')]),
    [0, 1, 2, 3],
  );
  t.equal(phoneKey(1, '02:00:00:00:01:00').length, lengths.phoneKey);
  t.equal(routeValue(3, 1600).toString('hex'), '0300000040060000');
  t.end();
});
