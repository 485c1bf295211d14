/** Timers, repetitions and losses of the LTE core on the wire: what is sent again, how often, and what comes of it. */
import { createSocket, type Socket } from 'node:dgram';
import { closeSync, openSync } from 'node:fs';
import test, { type ExecutionContext } from 'ava';
import {
  apn,
  bearerContext,
  bearerQos,
  decodeMessage,
  ebi,
  encodeMessage,
  find,
  fteid,
  GTPV2_PORT,
  ie,
  imsi,
  messageType,
  pdnAddress,
  ratType,
  ratTypes,
  servingNetwork,
  tunnelInterface,
} from '../../src/signalling/gtpv2/index.ts';
import { check, CLONE, libc } from '../../src/kernel/libc.ts';
import { attach, listOf, recordCore, registered } from '../helpers/epc-asks.ts';
import { type EpcCore, imsis, makeEpcCore } from '../helpers/epc-core.ts';
import { poll } from '../helpers/netns.ts';

/** The SGW's address on S11. */
const SGW = '10.1.3.2';

/** A UDP socket in a namespace. */
const socketIn = async (t: ExecutionContext, file: string): Promise<Socket> => {
  const own = openSync('/proc/thread-self/ns/net', 'r');
  const there = openSync(file, 'r');
  check(libc.setns(there, CLONE.NEWNET), 'setns');
  const socket = createSocket('udp4');
  t.teardown(() => void socket.close());
  await new Promise<void>((resolve) => void socket.bind(0, resolve));
  check(libc.setns(own, CLONE.NEWNET), 'setns back');
  for (const descriptor of [own, there]) closeSync(descriptor);
  return socket;
};

const createSession = (sequence: number): Uint8Array =>
  encodeMessage({
    type: messageType['Create Session Request'],
    teid: 0,
    sequence,
    ies: [
      ie(imsi, imsis.second),
      ie(servingNetwork, { mcc: '460', mnc: '00' }),
      ie(ratType, ratTypes.EUTRAN),
      ie(fteid, { interface: tunnelInterface['S11 MME GTP-C'], teid: 0x77, ipv4: '10.1.3.1' }),
      ie(fteid, { interface: tunnelInterface['S5/S8 PGW GTP-C'], teid: 0, ipv4: '10.1.4.2' }, 1),
      ie(apn, 'cmnet.mnc000.mcc460.gprs'),
      ie(pdnAddress, { ipv4: '0.0.0.0' }),
      ie(bearerContext, [
        ie(ebi, 5),
        ie(bearerQos, {
          priority: { level: 8, mayPreempt: false, preemptable: true },
          qci: 9,
          maximum: { uplink: 0, downlink: 0 },
          guaranteed: { uplink: 0, downlink: 0 },
        }),
      ]),
    ],
  });

test.serial('a Create Session Request that comes again gets the same answer and makes one session', async (t) => {
  const core = await makeEpcCore(t, ['ocs', 'pgw', 'sgw']);
  const stop = recordCore(t, core);
  const socket = await socketIn(t, core.path('mme'));
  const answers: Buffer[] = [];
  socket.on('message', (octets) => void answers.push(octets));
  const request = createSession(0x1234);
  const ask = (): void => socket.send(request, GTPV2_PORT, SGW);
  const duplicates = async (count: number): Promise<void> =>
    void (await poll(`${count} repetitions are noticed`, async () => {
      const { s11 } = (await core.ask('sgw', { do: 'status' }))['gtp'] as { s11: { duplicates: number } };
      return s11.duplicates === count;
    }));
  // Twice at once: a repetition of a request that is worked on waits for its answer.
  ask();
  ask();
  await duplicates(1);
  await poll('the answer', () => answers.length > 0);
  // And twice when it has been answered: from memory, octet for octet.
  ask();
  ask();
  await duplicates(3);
  await poll('the answers to the repetitions', () => answers.length >= 3);
  t.is(new Set(answers.map((octets) => octets.toString('hex'))).size, 1);
  const [answer] = answers.map((octets) => decodeMessage(octets));
  t.is(answer && find(answer.ies, pdnAddress)?.ipv4, '10.45.0.3');
  for (const node of ['sgw', 'pgw', 'ocs']) t.is((await listOf(core, node, 'sessions')).length, 1, node);
  // With another number it is another request: the session of the first one makes room.
  socket.send(createSession(0x1235), GTPV2_PORT, SGW);
  await poll('another answer', () => new Set(answers.map((octets) => octets.toString('hex'))).size === 2);
  for (const node of ['sgw', 'pgw', 'ocs']) t.is((await listOf(core, node, 'sessions')).length, 1, node);
  const { remarks, count } = await stop();
  t.deepEqual(await remarks(), []);
  t.is(await count('gtpv2.message_type == 32 && ip.dst == 10.1.4.2'), 2, 'two of five reach the PGW');
});

test.serial('T3460 and T3450 on the wire: five times, and then the phone is let go', async (t) => {
  const core = await makeEpcCore(t, undefined, { mme: { timers: { t3460: 300, t3450: 300 } } });
  const stop = recordCore(t, core);
  await core.ask('enb', { do: 'setup' });
  const five = (kind: string): string[] => Array.from({ length: 5 }, () => kind);
  const challenged = await attach(core, imsis.good, { swallow: ['authentication-request'] });
  t.deepEqual(
    [challenged['seen'], challenged['released']],
    [five('authentication-request'), { nas: 'normal-release' }],
  );
  const commanded = await attach(core, imsis.good, { swallow: ['security-mode-command'] });
  t.deepEqual(commanded['seen'], ['authentication-request', ...five('security-mode-command')]);
  const accepted = await attach(core, imsis.good, { swallow: ['attach-accept'] });
  t.deepEqual((accepted['seen'] as string[]).slice(2), five('attach-accept'));
  for (const node of ['sgw', 'pgw', 'ocs']) t.deepEqual(await listOf(core, node, 'sessions'), [], node);
  t.like(await attach(core, imsis.good), { attached: true });
  await registered(core, imsis.good);
  const { remarks, rows } = await stop();
  t.deepEqual(await remarks(), []);
  // The moments of the first five Authentication Requests, T3460 apart.
  const sent = await rows('nas_eps.nas_msg_emm_type == 0x52', 'frame.time_relative');
  const moments = sent.slice(0, 5).map((row) => Number(row['frame.time_relative']?.[0]));
  const gaps = moments.slice(1).map((moment, index) => moment - (moments[index] ?? 0));
  // A timer never runs out early; on a busy machine it may run out late.
  t.true(
    gaps.every((gap) => gap > 0.29 && gap < 1),
    gaps.join(', '),
  );
});

/** Every 33rd packet of SCTP that leaves a node is lost: 3 %, and the same ones each time. */
const lose = async (core: EpcCore, node: string): Promise<void> => {
  const every33rd = ['-m', 'statistic', '--mode', 'nth', '--every', '33', '--packet', '0'];
  await core.run(node, 'iptables', '-A', 'OUTPUT', '-p', '132', ...every33rd, '-j', 'DROP');
};

const rounds = async (t: ExecutionContext, core: EpcCore, count: number): Promise<void> => {
  for (let round = 0; round < count; round += 1) {
    for (const one of [imsis.good, imsis.second, imsis.third])
      t.like(await attach(core, one, { seq: undefined }), { attached: true }, `round ${round}`);
    for (const one of [imsis.good, imsis.second, imsis.third]) {
      await registered(core, one);
      t.deepEqual((await core.ask('enb', { do: 'detach', imsi: one }))['seen'], ['detach-accept']);
    }
  }
};

test.serial('attaches while SCTP loses 3 % of its packets', async (t) => {
  const core = await makeEpcCore(t);
  await core.ask('enb', { do: 'setup' });
  for (const node of ['enb', 'mme', 'hss']) await lose(core, node);
  const stop = recordCore(t, core);
  await rounds(t, core, 4);
  for (const node of ['sgw', 'pgw', 'ocs']) t.deepEqual(await listOf(core, node, 'sessions'), [], node);
  const { remarks, count } = await stop();
  const allowances = [{ remark: 'Retransmitted TSN', because: 'packets are lost, and sent again' }];
  t.deepEqual(await remarks(allowances), []);
  const dropped = await Promise.all(
    ['enb', 'mme', 'hss'].map(async (node) => {
      const listing = await core.run(node, 'iptables', '-nvxL', 'OUTPUT');
      return Number(/^\s*(\d+).*DROP/mu.exec(listing)?.[1]);
    }),
  );
  t.log(`lost: ${dropped.join(', ')} packets of eNodeB, MME and HSS`);
  t.true(dropped.every((packets) => packets > 0));
  t.true((await count('sctp.retransmission || _ws.expert.message contains "Retransmitted TSN"')) > 0);
});
