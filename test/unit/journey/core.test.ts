/** The core as its functions tell it: tunnels with their two ends, and everything that does not fit together. */
import t from 'tap';
import { bearerRewrites } from '../../../src/journey/bearers.ts';
import { type CoreRole, coreOf, otherEnd } from '../../../src/journey/core.ts';
import { inconsistenciesOf } from '../../../src/journey/core-check.ts';
import { coreOwners, type Statuses, statuses, tellings } from '../../helpers/core-statuses.ts';

const core = (change: (of: Statuses) => void = () => undefined, silent?: CoreRole) => {
  const of = statuses();
  change(of);
  return coreOf(tellings(of, silent), coreOwners);
};

/** Sets a member deep in a status. */
const set = (target: unknown, path: readonly (string | number)[], value: unknown): void => {
  const [first = '', ...rest] = path;
  const fields = target as Record<string | number, unknown>;
  if (rest.length === 0) fields[first] = value;
  else set(fields[first], rest, value);
};

void t.test('one phone, four tunnels, each with both ends', (t) => {
  const whole = core();
  t.match(whole.phones, [
    {
      ...{ imsi: '460000000000001', node: 'phone1', state: 'registered', own: 'registered', connected: true },
      ...{ guti: '32769/1/c0000001', enodeb: 'enb1', cell: 0x101, apn: 'cmnet', ebi: 5, qci: 9 },
      addresses: { ue: '10.45.0.2', mme: '10.45.0.2', pgw: '10.45.0.2' },
      ...{ up: { packets: 3, octets: 252 }, down: { packets: 2, octets: 168 } },
    },
  ]);
  t.match(whole.subscribers, [{ sqn: 33, barred: undefined, credit: { left: 1_000_000_000, reserved: 10_000_000 } }]);
  t.match(whole.enodebs, [{ node: 'enb1', id: 1, s1: 'up', known: true, phones: 1 }]);
  t.same(whole.dataPaths, { enb1: 'bpf', sgw: 'bpf', pgw: 'threads' });
  t.same(
    whole.ends.map((end) => `${end.node} ${end.name} ${end.imsi} ${otherEnd(whole, end)?.node}`),
    [
      'enb1 S1-U 460000000000001 sgw',
      'mme S11 460000000000001 sgw',
      'sgw S1-U 460000000000001 enb1',
      'sgw S5-U 460000000000001 pgw',
      'sgw S5-C 460000000000001 pgw',
      'sgw S11 460000000000001 mme',
      'pgw S5-U 460000000000001 sgw',
      'pgw S5-C 460000000000001 sgw',
    ],
  );
  t.same(inconsistenciesOf(whole), []);
  t.end();
});

void t.test('whatever one side believes and the other does not know is told', (t) => {
  const cases: readonly (readonly [string, (of: Statuses) => void, readonly RegExp[]])[] = [
    [
      'a TEID that the SGW does not have',
      (of) => set(of.enodeb, ['phones', 0, 'bearers', 0, 'teidOut'], 0x999),
      [
        /^S1-U of .*: enb1 sends to TEID 0x999 at sgw \(told in InitialContextSetupRequest\), and sgw has no such tunnel$/u,
        /^S1-U of phone1: sgw has TEID 0x13001, and enb1 sends to TEID 0x999 at sgw/u,
      ],
    ],
    [
      'a tunnel that leads back to another TEID',
      (of) => set(of.pgw, ['sessions', 0, 's5', 'user', 'remote'], 0x14009),
      [
        /^S5-U of phone1: sgw has TEID 0x14001, and pgw sends to TEID 0x14009/u,
        /pgw sends to TEID 0x14009 at sgw .* no such tunnel$/u,
      ],
    ],
    ['a session that the SGW has lost', (of) => set(of.sgw, ['sessions'], []), [/^S1-U/u, /^S11/u, /^S5-U/u, /^S5-C/u]],
    [
      'a phone that is idle for the SGW only',
      (of) => {
        set(of.sgw, ['sessions', 0, 's1u', 'user', 'remote'], undefined);
        set(of.sgw, ['sessions', 0, 's1u', 'user', 'peer'], undefined);
      },
      [/^S1-U of phone1: enb1 has a tunnel to sgw, and sgw knows no other end for it$/u],
    ],
    [
      'an address that is another',
      (of) => set(of.ue, ['bearer', 'address'], '10.45.0.9'),
      [/phone1 uses 10\.45\.0\.9, and the PGW gave it 10\.45\.0\.2/u],
    ],
    [
      'a phone that the MME forgot',
      (of) => set(of.mme, ['phones', 0, 'state'], 'deregistered'),
      [/phone1 says it is registered, and the MME says deregistered/u],
    ],
    [
      'a connection that the eNodeB does not have',
      (of) => set(of.enodeb, ['phones', 0, 'enbId'], 7),
      [/connected over enb1 for the MME/u],
    ],
    [
      'credit that nobody uses',
      (of) => set(of.ocs, ['sessions', 0, 'id'], 'pgw;1;7'),
      [/OCS reserves credit of phone1/u, /PGW charges phone1/u],
    ],
    [
      'an eNodeB that no MME knows',
      (of) => set(of.mme, ['enodebs'], []),
      [/^enb1 says that S1 is up, and no MME knows it$/u],
    ],
  ];
  for (const [name, change, expected] of cases) {
    const found = inconsistenciesOf(core(change));
    t.equal(found.length, expected.length, `${name}: ${found.join(' | ')}`);
    for (const pattern of expected)
      t.ok(
        found.some((text) => pattern.test(text)),
        `${name}: ${String(pattern)}`,
      );
  }
  t.end();
});

void t.test('an idle phone is in order, and so is one whose peer does not answer', (t) => {
  const idle = core((of) => {
    set(of.enodeb, ['phones'], []);
    set(of.sgw, ['sessions', 0, 's1u', 'user'], { local: 0x13001 });
    set(of.mme, ['phones', 0, 'connected'], false);
    set(of.mme, ['phones', 0, 's1'], undefined);
  });
  t.same(inconsistenciesOf(idle), []);
  t.same(inconsistenciesOf(core(undefined, 'sgw')), ['sgw (sgw) does not answer']);
  t.end();
});

void t.test('a tunnel names its bearer, who allocated the TEID, and who was told in what', (t) => {
  const note = 'bearer 5 of phone1 (IMSI 460000000000001, QCI 9, APN cmnet)';
  t.same(
    bearerRewrites(core()).map((rewrite) =>
      rewrite.rewrite === 'gtpu'
        ? `${rewrite.node} ${rewrite.direction} ${rewrite.note.replace(note, '…')}: ${rewrite.origin}`
        : '',
    ),
    [
      'enb1 in S1-U …: TEID 0x17001 allocated by enb1, told to sgw in Modify Bearer Request',
      'enb1 out S1-U …: TEID 0x13001 allocated by sgw, told to enb1 in InitialContextSetupRequest',
      'sgw in S1-U …: TEID 0x13001 allocated by sgw, told to enb1 in InitialContextSetupRequest',
      'sgw out S1-U …: TEID 0x17001 allocated by enb1, told to sgw in Modify Bearer Request',
      'sgw in S5/S8-U …: TEID 0x14001 allocated by sgw, told to pgw in Create Session Request',
      'sgw out S5/S8-U …: TEID 0x16001 allocated by pgw, told to sgw in Create Session Response',
      'pgw in S5/S8-U …: TEID 0x16001 allocated by pgw, told to sgw in Create Session Response',
      'pgw out S5/S8-U …: TEID 0x14001 allocated by sgw, told to pgw in Create Session Request',
    ],
  );
  t.end();
});
