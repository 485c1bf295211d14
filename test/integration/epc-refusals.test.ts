/** Who is refused, and by whom: each cause as it stands in the messages on the wire, read by Wireshark. */
import test from 'ava';
import { attach, listOf, recordCore, registered } from '../helpers/epc-asks.ts';
import { imsis, type Json, KEYS, makeEpcCore } from '../helpers/epc-core.ts';
import { poll } from '../helpers/netns.ts';
import type { TsharkRow } from '../helpers/tshark.ts';

/** NAS message types (TS 24.301, 9.8). */
const [ATTACH_REJECT, AUTHENTICATION_REJECT, AUTHENTICATION_FAILURE, DETACH_REQUEST] = [0x44, 0x54, 0x5c, 0x45];
const emm = ['nas_eps.nas_msg_emm_type', 'nas_eps.emm.cause', 'nas_eps.esm.cause'] as const;

/** `68 19 29`: the type of a NAS message and its causes. */
const inShort = (row: TsharkRow): string => emm.flatMap((field) => row[field]?.map(Number) ?? []).join(' ');

test.serial('who is refused is told why, on the wire', async (t) => {
  const core = await makeEpcCore(t);
  const stop = recordCore(t, core);
  await core.ask('enb', { do: 'setup' });
  const told: string[] = [];
  const refused = async (imsi: string, expected: Json, ...causes: readonly string[]): Promise<void> => {
    told.push(...causes);
    t.like(await attach(core, imsi, expected['how'] as Json), expected['told'] as Json, imsi);
  };
  const rejected = (imsi: string, how: Json, ...causes: readonly number[]): Promise<void> =>
    refused(imsi, { how, told: { cause: causes[0] } }, [ATTACH_REJECT, ...causes].join(' '));

  await rejected(imsis.unknown, {}, 8);
  // The phone has another key: it does not believe the network. And a phone that is not believed.
  const reject = `${AUTHENTICATION_REJECT}`;
  const toldSo = { seen: ['authentication-request', 'authentication-reject'] };
  await refused(imsis.good, { how: { k: '00'.repeat(16) }, told: toldSo }, `${AUTHENTICATION_FAILURE} 20`, reject);
  await refused(imsis.good, { how: { ...KEYS, wrongRes: true }, told: toldSo }, reject);
  await rejected(imsis.barred, {}, 11);
  await rejected(imsis.notLte, {}, 15);
  await rejected(imsis.poor, {}, 19, 29);
  await rejected(imsis.broke, {}, 19, 29);
  await rejected(imsis.good, { apn: 'ims' }, 19, 27);
  await rejected(imsis.good, { apn: 'nowhere' }, 19, 27);
  t.like(await attach(core, imsis.good, { apn: 'tiny' }), { attached: true, address: '10.45.1.2' });
  t.like(await attach(core, imsis.second, { apn: 'tiny' }), { attached: true, address: '10.45.1.1' });
  await rejected(imsis.third, { apn: 'tiny' }, 19, 26);
  // A SIM card that is far ahead of the HSS: it says so, and the second challenge suits it.
  const seen = ['authentication-request', 'authentication-request', 'security-mode-command', 'attach-accept'];
  await refused(imsis.far, { how: { seq: 1000 }, told: { seen, attached: true } }, `${AUTHENTICATION_FAILURE} 21`);
  t.is((await listOf(core, 'hss', 'subscribers')).find(({ imsi }) => imsi === imsis.far)?.['resynchronisations'], 1);

  await core.ask('hss', { do: 'bar', imsi: imsis.barred });
  // Not barred any more, but without an account.
  await rejected(imsis.barred, {}, 19, 29);
  await core.ask('ocs', { do: 'pay', imsi: imsis.barred, octets: 1_000_000 });
  t.like(await attach(core, imsis.barred), { attached: true });

  const { remarks, rows } = await stop();
  t.deepEqual(await remarks(), []);
  const refusals = [ATTACH_REJECT, AUTHENTICATION_REJECT, AUTHENTICATION_FAILURE];
  const onAir = await rows(`nas_eps.nas_msg_emm_type in {${refusals.join(', ')}}`, ...emm);
  t.deepEqual(onAir.map(inShort), told);
  const hss = await rows(
    'diameter.cmd.code in {316, 318} && diameter.flags.request == 0',
    'diameter.Experimental-Result-Code',
  );
  const results = hss.flatMap((row) => row['diameter.Experimental-Result-Code']);
  t.deepEqual(results, ['5001', '5421'], 'user unknown, RAT not allowed; ODB comes with success');
  const ocs = await rows('diameter.cmd.code == 272 && diameter.flags.request == 0', 'diameter.Result-Code');
  const codes = ocs.flatMap((row) => row['diameter.Result-Code']?.[0] ?? []);
  t.deepEqual(
    codes.filter((code) => code !== '2001'),
    ['4012', '5030', '5030'],
    'an empty account; no account',
  );
  const answers = await rows('gtpv2.message_type == 33 && gtpv2.cause != 16', 'ip.src', 'gtpv2.cause', 'gtpv2.cs');
  const refusalsOf = (node: string): string[] =>
    answers
      .filter((row) => row['ip.src']?.[0] === node)
      .map((row) => `${row['gtpv2.cause']?.[0]}, CS ${row['gtpv2.cs']?.[0]}`);
  const expected = ['92', '92', '78', '84', '92'];
  t.deepEqual(
    refusalsOf('10.1.4.2'),
    expected.map((cause) => `${cause}, CS 0`),
    'the PGW',
  );
  t.deepEqual(
    refusalsOf('10.1.3.2'),
    expected.map((cause) => `${cause}, CS 1`),
    'the SGW: the PGW is to blame',
  );
});

test.serial('credit that runs out in a download ends the session, and the phone is told', async (t) => {
  const core = await makeEpcCore(t);
  const stop = recordCore(t, core);
  await core.ask('enb', { do: 'setup' });
  t.like(await attach(core, imsis.small), { attached: true });
  await registered(core, imsis.small);
  // 120 x 1028 octets up and as many down: more than the 150 000 of the account.
  await core.ask('enb', { do: 'ping', imsi: imsis.small, count: 120, length: 1000 });
  const end = await core.ask('enb', { do: 'next', imsi: imsis.small });
  t.deepEqual([end['seen'], end['type']], [['network-detach-request'], 2]);
  t.like(
    (await listOf(core, 'ocs', 'accounts')).find(({ imsi }) => imsi === imsis.small),
    { octets: 0, reserved: 0 },
  );
  t.deepEqual(await listOf(core, 'sgw', 'sessions'), []);
  t.deepEqual(await listOf(core, 'pgw', 'sessions'), []);
  await poll('the MME has forgotten the session', async () =>
    (await listOf(core, 'mme', 'phones')).every(({ pdn, connected }) => pdn === undefined && connected === false),
  );
  t.like(await attach(core, imsis.small), { cause: 19, esm: 29 });
  const { remarks, rows, count } = await stop();
  t.deepEqual(await remarks(), []);
  t.true((await count('gtp.message == 255')) >= 120, 'the download was under way');
  const requests = await rows('diameter.cmd.code == 272 && diameter.flags.request == 1', 'diameter.CC-Request-Type');
  const types = requests.map((row) => row['diameter.CC-Request-Type']?.[0]);
  // INITIAL 1, UPDATE 2, TERMINATION 3 (RFC 8506, 8.3); the last INITIAL is the attach that is refused.
  t.deepEqual(types, ['1', '2', '3', '1']);
  t.is(await count('gtpv2.message_type == 99'), 2, 'Delete Bearer Request on S5 and on S11');
  const [detach] = await rows(`nas_eps.nas_msg_emm_type == ${DETACH_REQUEST}`, 'nas_eps.emm.detach_type_dl');
  t.deepEqual(detach?.['nas_eps.emm.detach_type_dl'], ['2'], 're-attach not required');
});

test.serial('gateways that are down: T3 and N3, then a cause', async (t) => {
  const timers = { t3Response: 300 };
  const core = await makeEpcCore(t, undefined, { mme: { timers }, sgw: { timers } });
  await core.ask('enb', { do: 'setup' });
  const attempt = async (node: string, imsi: string): Promise<{ s11: number; s5: number; causes: unknown }> => {
    await core.kill(node);
    const stop = recordCore(t, core);
    t.like(await attach(core, imsi), { cause: 19, esm: 38 }, node);
    const { remarks, rows, count } = await stop();
    // Nobody listens at the port: the kernel says so, and quotes the request.
    t.deepEqual(await remarks(), []);
    const answers = await rows('gtpv2.message_type == 33 && !icmp', 'gtpv2.cause', 'gtpv2.cs');
    const asked = (net: string): Promise<number> => count(`gtpv2.message_type == 32 && ip.dst == ${net} && !icmp`);
    return {
      s11: await asked('10.1.3.2'),
      s5: await asked('10.1.4.2'),
      causes: answers.map((row) => [row['gtpv2.cause']?.[0], row['gtpv2.cs']?.[0]]),
    };
  };
  const pgw = await attempt('pgw', imsis.good);
  t.is(pgw.s5, 3, 'N3');
  t.true(pgw.s11 >= 2, 'the MME repeats while the SGW waits, and that makes no second procedure');
  t.deepEqual(pgw.causes, [['100', '1']], 'Remote peer not responding, the PGW is to blame');
  t.deepEqual(await attempt('sgw', imsis.second), { s11: 4, s5: 0, causes: [] });
});
