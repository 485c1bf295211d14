/** The LTE core as processes: attach, detach and refusals as an eNodeB and its phones see them, and as Wireshark does. */
import path from 'node:path';
import test from 'ava';
import { openCapture } from '../../src/kernel/capture.ts';
import { remarksOn } from '../helpers/clean-capture.ts';
import { capturePoints, type EpcCore, imsis, type Json, KEYS, makeEpcCore } from '../helpers/epc-core.ts';
import { record, writeCapture } from '../helpers/pcap.ts';
import { poll } from '../helpers/netns.ts';
import { tsharkFields } from '../helpers/tshark.ts';

const attach = (core: EpcCore, imsi: string, more: Json = {}): Promise<Json> =>
  core.ask('enb', { do: 'attach', imsi, ...KEYS, ...more });
const listOf = async (core: EpcCore, node: string, name: string): Promise<readonly Json[]> =>
  (await core.ask(node, { do: 'status' }))[name] as readonly Json[];
const phoneAt = async (core: EpcCore, imsi: string): Promise<Json | undefined> =>
  (await listOf(core, 'mme', 'phones')).find((phone) => phone['imsi'] === imsi);
const registered = (core: EpcCore, imsi: string): Promise<Json> =>
  poll(`${imsi} is registered`, async () => {
    const phone = await phoneAt(core, imsi);
    return phone?.['state'] === 'registered' && phone;
  });

test.serial(
  'phones attach and leave, every TEID is known at both ends, and Wireshark finds nothing wrong',
  async (t) => {
    const core = await makeEpcCore(t, []);
    const capture = openCapture({ namespaces: capturePoints(core) });
    t.teardown(() => capture.close());
    const stop = record(capture);
    await Promise.all(['hss', 'ocs', 'pgw', 'sgw', 'mme'].map((node) => core.launch(node)));
    await core.launch('enb');
    t.like(await core.ask('enb', { do: 'setup', plmn: '00101' }), { name: 'S1SetupFailure' });
    t.like(await core.ask('enb', { do: 'setup' }), { name: 'S1SetupResponse' });
    t.like(await core.ask('enb', { do: 'stranger' }), { name: 'ErrorIndication' });

    const first = await attach(core, imsis.good);
    t.like(first, {
      ok: true,
      attached: true,
      address: '10.45.0.2',
      dns: ['10.45.0.1'],
      apn: 'cmnet.mnc000.mcc460.gprs',
    });
    t.deepEqual(first['seen'], ['authentication-request', 'security-mode-command', 'attach-accept']);
    const others = await Promise.all([attach(core, imsis.second), attach(core, imsis.third, { apn: 'cmnet' })]);
    t.deepEqual(new Set(others.map(({ address }) => address)), new Set(['10.45.0.3', '10.45.0.4']));
    for (const imsi of [imsis.good, imsis.second, imsis.third]) await registered(core, imsi);

    const [station = {}] = await listOf(core, 'enb', 'phones');
    const pdn = (await registered(core, imsis.good))['pdn'] as Json;
    const [atSgw = {}] = await listOf(core, 'sgw', 'sessions');
    const [atPgw = {}] = await listOf(core, 'pgw', 'sessions');
    const s11 = pdn['s11'] as Json;
    t.like(atSgw, { s11: { control: { local: s11['remote'], remote: s11['local'], peer: '10.1.3.1' } } });
    t.like(atSgw, {
      s1u: { user: { remote: station['teid'], peer: '10.1.5.1', local: (station['sgw'] as Json)['teid'] } },
    });
    t.like(pdn, { s1u: { enodeb: { teid: station['teid'], address: '10.1.5.1' }, sgw: station['sgw'] } });
    const s5 = atSgw['s5'] as Record<'control' | 'user', Json>;
    for (const plane of ['control', 'user'] as const)
      t.like((atPgw['s5'] as Json)[plane], {
        local: s5[plane]['remote'],
        remote: s5[plane]['local'],
        peer: '10.1.4.1',
      });

    await core.ask('enb', { do: 'ping', imsi: imsis.good, count: 3 });
    await poll('three answers come back through both tunnels', async () => {
      const [phone] = await listOf(core, 'enb', 'phones');
      return phone?.['received'] === 3;
    });
    t.like((await listOf(core, 'pgw', 'sessions'))[0], { octets: { up: 3 * 84, down: 3 * 84 } });

    t.deepEqual((await core.ask('enb', { do: 'detach', imsi: imsis.good }))['seen'], ['detach-accept']);
    const off = await core.ask('enb', { do: 'detach', imsi: imsis.second, switchOff: true });
    t.deepEqual([off['seen'], off['released']], [[], { nas: 'detach' }]);
    const again = await core.ask('enb', { do: 'attach', imsi: imsis.good });
    t.deepEqual(
      again['seen'],
      ['authentication-request', 'security-mode-command', 'attach-accept'],
      'known by its GUTI',
    );
    t.is(again['address'], '10.45.0.5', 'addresses go round');
    await registered(core, imsis.good);
    t.is((await listOf(core, 'sgw', 'sessions')).length, 2);
    t.is((await listOf(core, 'ocs', 'sessions')).length, 2);

    t.like(await core.ask('enb', { do: 'idle', imsi: imsis.good }), { released: { radioNetwork: 'user-inactivity' } });
    t.is((await listOf(core, 'sgw', 'sessions')).find(({ imsi }) => imsi === imsis.good)?.['connected'], false);
    t.like(await core.ask('enb', { do: 'service', imsi: imsis.good }), { attached: true });
    await poll('the bearer is back', async () =>
      (await listOf(core, 'sgw', 'sessions')).every(({ connected }) => connected),
    );
    t.like(await core.ask('enb', { do: 'reset' }), { name: 'ResetAcknowledge' });
    await poll('all phones are idle', async () =>
      (await listOf(core, 'sgw', 'sessions')).every(({ connected }) => connected === false),
    );

    const file = path.join(core.directory, 'core.pcapng');
    writeCapture(file, await stop());
    t.deepEqual(await remarksOn(file), []);
    const count = async (filter: string): Promise<number> =>
      (await tsharkFields(file, ['frame.number'], { filter })).length;
    for (const protocol of [
      's1ap',
      'nas-eps',
      'diameter.applicationId==16777251',
      'diameter.applicationId==4',
      'gtpv2',
      'gtp',
    ])
      t.true((await count(protocol)) >= 6, protocol);
    t.is(await count('gtpv2.message_type==32'), 8, 'four attaches, each on S11 and on S5');
  },
);

test.serial('who is refused is told why', async (t) => {
  const core = await makeEpcCore(t);
  await core.ask('enb', { do: 'setup' });
  const refused = async (imsi: string, more: Json = {}): Promise<Json> => {
    const { cause, esm, seen } = await attach(core, imsi, more);
    return { cause, esm, last: (seen as string[]).at(-1) };
  };
  const reject = (cause: number, esm?: number): Json => ({ cause, esm, last: 'attach-reject' });
  const seen = await refused(imsis.unknown);
  t.deepEqual(seen, reject(8));
  t.deepEqual(await refused(imsis.good, { k: '00'.repeat(16) }), {
    cause: undefined,
    esm: undefined,
    last: 'authentication-reject',
  });
  t.deepEqual(await refused(imsis.barred), reject(11));
  t.deepEqual(await refused(imsis.notLte), reject(15));
  t.deepEqual(await refused(imsis.poor), reject(19, 29), 'an empty account');
  t.deepEqual(await refused(imsis.broke), reject(19, 29), 'no account');
  t.deepEqual(await refused(imsis.good, { apn: 'ims' }), reject(19, 27), 'not subscribed');
  t.deepEqual(await refused(imsis.good, { apn: 'nowhere' }), reject(19, 27), 'not at the PGW');
  t.like(await attach(core, imsis.good, { apn: 'tiny' }), { attached: true, address: '10.45.1.1' });
  t.like(await attach(core, imsis.second, { apn: 'tiny' }), { attached: true, address: '10.45.1.2' });
  t.deepEqual(await refused(imsis.third, { apn: 'tiny' }), reject(19, 26), 'the pool is empty');
  const far = await attach(core, imsis.far, { seq: 1000 });
  t.deepEqual(far['seen'], [
    'authentication-request',
    'authentication-request',
    'security-mode-command',
    'attach-accept',
  ]);
  t.is((await listOf(core, 'hss', 'subscribers')).find(({ imsi }) => imsi === imsis.far)?.['resynchronisations'], 1);

  await core.ask('hss', { do: 'bar', imsi: imsis.barred });
  t.like(await attach(core, imsis.barred), { cause: 19, esm: 29 }, 'not barred any more, but without an account');
  await core.ask('ocs', { do: 'pay', imsi: imsis.barred, octets: 1_000_000 });
  t.like(await attach(core, imsis.barred), { attached: true });
});

test.serial('credit that runs out ends the session, and the phone is sent away', async (t) => {
  const core = await makeEpcCore(t);
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
  t.like(await attach(core, imsis.small), { cause: 19, esm: 29 });
});

test.serial('a function that is down is a cause too, and its return is noticed', async (t) => {
  const core = await makeEpcCore(t, ['hss', 'ocs', 'pgw', 'sgw', 'mme', 'enb'], {
    mme: { timers: { t3Response: 1000 } },
  });
  await core.ask('enb', { do: 'setup' });
  t.like(await attach(core, imsis.good), { attached: true });
  await registered(core, imsis.good);
  await core.kill('sgw');
  t.like(await attach(core, imsis.second), { cause: 19, esm: 38 });
  await core.launch('sgw');
  t.like(await attach(core, imsis.second), { attached: true });
  const lost = await core.ask('enb', { do: 'next', imsi: imsis.good });
  t.deepEqual([lost['seen'], lost['type']], [['network-detach-request'], 1], 'the SGW has forgotten: attach again');
  await core.kill('hss');
  t.like(await attach(core, imsis.third), { cause: 17 });
});
