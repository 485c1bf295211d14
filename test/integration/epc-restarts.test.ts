/**
 * Functions of a whole LTE network that are killed and come back: who notices, what is given up, and how phones find
 * their way back (3GPP TS 23.007).
 */
import test, { type ExecutionContext } from 'ava';
import { type EpcNetwork, imsiOf, makeEpcNetwork, SERVER } from '../helpers/epc-network.ts';
import type { Json } from '../helpers/epc-process.ts';
import { poll } from '../helpers/netns.ts';

const listOf = async (lab: EpcNetwork, node: string, name: string): Promise<readonly Json[]> =>
  (await lab.ask(node, { do: 'status' }))[name] as readonly Json[];

const on = async (t: ExecutionContext, lab: EpcNetwork, phone: number): Promise<void> =>
  void t.like(await lab.ask(`phone${phone}`, { do: 'on' }), { ok: true }, `phone ${phone} attaches`);

const pings = (lab: EpcNetwork, phone: number): Promise<string> =>
  lab.run(`phone${phone}`, 'ping', '-c', '1', '-W', '1', SERVER);
const works = async (lab: EpcNetwork, phone: number): Promise<void> =>
  void (await poll(
    `phone ${phone} reaches the server`,
    () =>
      pings(lab, phone).then(
        () => true,
        () => false,
      ),
    20,
  ));

/** Waits until gateways and OCS have one session for each of these phones and none else. */
const settled = async (lab: EpcNetwork, ...phones: readonly number[]): Promise<void> => {
  const expected = phones.map(imsiOf).join();
  for (const node of ['sgw', 'pgw', 'ocs'])
    await poll(`the ${node} has the sessions of phones ${phones.join()}`, async () => {
      const imsis = (await listOf(lab, node, 'sessions')).map(({ imsi }) => String(imsi));
      return imsis.sort().join() === expected;
    });
};
const restart = async (lab: EpcNetwork, node: string): Promise<void> => {
  await lab.kill(node);
  await lab.launch(node);
};

test.serial('gateways that lose their memory: Error Indications clean up, and phones come back', async (t) => {
  const lab = await makeEpcNetwork(t, { phones: [1, 2] });
  for (const phone of [1, 2]) {
    await on(t, lab, phone);
    await works(lab, phone);
  }
  await settled(lab, 1, 2);

  await restart(lab, 'sgw');
  // Uplink: the SGW knows nothing of the tunnel, eNodeB and MME learn it, and the phone is called back.
  await works(lab, 1);
  // Its new session told the MME that the SGW has restarted: the other phone is called back too.
  await works(lab, 2);
  await settled(lab, 1, 2);

  await restart(lab, 'pgw');
  await works(lab, 1);
  await works(lab, 2);
  await settled(lab, 1, 2);

  // Downlink: the SGW is gone for good, and comes back without a phone saying a word.
  await restart(lab, 'sgw');
  const [session] = (await listOf(lab, 'pgw', 'sessions')).filter(({ imsi }) => imsi === imsiOf(2));
  await poll('the PGW has given up the session of phone 2', async () => {
    await lab.run('server', 'ping', '-c', '1', '-W', '1', String(session?.['address'])).catch(() => undefined);
    return (await listOf(lab, 'pgw', 'sessions')).every(({ imsi }) => imsi !== imsiOf(2));
  });
  await poll('and told the OCS', async () =>
    (await listOf(lab, 'ocs', 'sessions')).every(({ imsi }) => imsi !== imsiOf(2)),
  );
});

test.serial('an MME, a base station, an HSS and an OCS that are killed and come back', async (t) => {
  const lab = await makeEpcNetwork(t, { phones: [1, 2, 6] });
  for (const phone of [1, 2]) await on(t, lab, phone);
  await settled(lab, 1, 2);

  await lab.kill('mme');
  // Nobody is there who could name a cause: the phone waits for as long as T3410.
  const { ok, error } = await lab.ask('phone6', { do: 'on' });
  t.deepEqual([ok, error], [false, 'the network does not answer (T3410)']);
  await lab.ask('phone6', { do: 'off' });
  await lab.launch('mme');
  // The eNodeB says something on an association that nobody knows, and makes a new one.
  await lab.ask('phone1', { do: 'detach' });
  await poll('S1 is up again', async () => (await lab.ask('enb1', { do: 'status' }))['s1'] === 'up', 20);
  await on(t, lab, 1);
  // The request of the new MME says that it has restarted: the SGW gives up what the old one had, at the PGW too.
  await settled(lab, 1);
  await lab.ask('enb2', { do: 'reset' }).catch(() => undefined);
  await poll('S1 of the other eNodeB is up', async () => (await lab.ask('enb2', { do: 'status' }))['s1'] === 'up', 20);
  await poll('phone 2 is idle', async () => (await lab.ask('phone2', { do: 'status' }))['radio'] === 'idle');
  // It thinks that it is attached. The new MME does not know it; it attaches anew.
  await lab.ask('phone2', { do: 'service' });
  await works(lab, 2);
  await settled(lab, 1, 2);

  await restart(lab, 'enb1');
  await poll('the MME has lost the connections of the base station', async () =>
    (await listOf(lab, 'mme', 'enodebs')).every((enodeb) => enodeb['name'] !== 'enb1' || enodeb['connections'] === 0),
  );
  t.is((await listOf(lab, 'mme', 'enodebs')).length, 2, 'it is one base station still');
  const connected = async (): Promise<unknown> =>
    (await listOf(lab, 'sgw', 'sessions')).find(({ imsi }) => imsi === imsiOf(1))?.['connected'];
  await poll('and the SGW knows that the phone is idle', async () => (await connected()) === false);
  await lab.ask('phone1', { do: 'off' });
  await on(t, lab, 1);
  await works(lab, 1);
  await settled(lab, 1, 2);

  await lab.kill('hss');
  await lab.ask('phone1', { do: 'detach' });
  t.like(await lab.ask('phone1', { do: 'on' }), { ok: false, cause: 17 }, 'network failure');
  await lab.launch('hss');
  // The MME learns only from the new HSS that the old association is gone: one more attach may fail.
  await poll('phone 1 attaches', async () => (await lab.ask('phone1', { do: 'on' }))['ok'], 20);

  await restart(lab, 'ocs');
  await poll('Gy is open', async () => (await lab.ask('pgw', { do: 'status' }))['ocs'] === 'open');
  // It knows nothing of the session; leaving is possible all the same.
  await lab.ask('phone1', { do: 'detach' });
  await on(t, lab, 1);
  await works(lab, 1);
  t.deepEqual(
    (await listOf(lab, 'ocs', 'sessions')).map(({ imsi }) => imsi),
    [imsiOf(1)],
  );
});

test.serial('S1 Reset, whole and in part, from both sides', async (t) => {
  const lab = await makeEpcNetwork(t, { phones: [1, 6] });
  for (const phone of [1, 6]) await on(t, lab, phone);
  const connected = async (...phones: readonly number[]): Promise<void> => {
    for (const node of ['mme', 'sgw'])
      await poll(`the ${node} has phones ${phones.join()} connected`, async () => {
        const all = await listOf(lab, node, node === 'mme' ? 'phones' : 'sessions');
        const now = all.filter((one) => one['connected'] === true).map(({ imsi }) => String(imsi));
        return now.sort().join() === phones.map(imsiOf).join();
      });
    await poll('the eNodeB has as many', async () => (await listOf(lab, 'enb1', 'phones')).length === phones.length);
  };
  const back = async (phone: number): Promise<void> => {
    await poll(
      `phone ${phone} is idle`,
      async () => (await lab.ask(`phone${phone}`, { do: 'status' }))['radio'] === 'idle',
    );
    await lab.ask(`phone${phone}`, { do: 'service' });
  };
  await connected(1, 6);
  t.like(await lab.ask('enb1', { do: 'reset', phones: ['169.254.1.11'] }), { ok: true, connections: 1 });
  await connected(6);
  await back(1);
  await connected(1, 6);
  t.like(await lab.ask('enb1', { do: 'reset' }), { ok: true, connections: 2 });
  await connected();
  for (const phone of [1, 6]) await back(phone);
  await connected(1, 6);
  t.like(await lab.ask('mme', { do: 'reset', enodeb: 'enb1', imsis: [imsiOf(6)] }), { ok: true, connections: 1 });
  await connected(1);
  await back(6);
  await connected(1, 6);
  t.like(await lab.ask('mme', { do: 'reset', enodeb: 'enb1' }), { ok: true, connections: 2 });
  await connected();
  await back(1);
  await works(lab, 1);
  t.like(await lab.ask('mme', { do: 'reset', enodeb: 'nobody' }), { ok: false });
});
