/** The LTE core as processes: phones attach and leave, as an eNodeB and its phones see it, and as Wireshark does. */
import test from 'ava';
import { attach, listOf, recordCore, registered } from '../helpers/epc-asks.ts';
import { imsis, type Json, makeEpcCore } from '../helpers/epc-core.ts';
import { poll } from '../helpers/netns.ts';

test.serial(
  'phones attach and leave, every TEID is known at both ends, and Wireshark finds nothing wrong',
  async (t) => {
    const core = await makeEpcCore(t, []);
    const stop = recordCore(t, core);
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
    t.is(again['address'], '10.45.0.2', 'the address that it had');
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

    const { remarks, count } = await stop();
    t.deepEqual(await remarks(), []);
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
