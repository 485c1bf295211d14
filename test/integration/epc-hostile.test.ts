/**
 * Damaged messages from the wire, some thousand for each function: none ends, hangs or keeps what they began, and a
 * phone attaches afterwards as before.
 */
import { createSocket } from 'node:dgram';
import { closeSync, openSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import test from 'ava';
import { GTPU_PORT } from '../../lab/gtp/message.ts';
import { connect } from '../../lab/epc/sctp/sctp.ts';
import { check, CLONE, libc } from '../../src/kernel/libc.ts';
import { DIAMETER_PORT, DIAMETER_PPID, encodeMessage as encodeDiameter } from '../../src/signalling/diameter/index.ts';
import { encodeMessage as encodeGtp, GTPV2_PORT } from '../../src/signalling/gtpv2/index.ts';
import { encodeS1ap, S1AP_PORT, S1AP_PPID } from '../../src/signalling/s1ap/s1ap.ts';
import { attach, registered } from '../helpers/epc-asks.ts';
import { type EpcCore, imsis, type Json, makeEpcCore } from '../helpers/epc-core.ts';
import { diameterMessages } from '../helpers/diameter-messages.ts';
import { gtpv2Messages } from '../helpers/gtpv2-messages.ts';
import { mutate } from '../helpers/mutation.ts';
import { poll } from '../helpers/netns.ts';
import { randomFrom, seed } from '../helpers/random.ts';
import { s1apMessages } from '../helpers/s1ap-messages.ts';

/** Damaged messages for each socket. */
const COUNT = 2000;
/** After so many the function is asked whether it still lives: a socket's memory is limited. */
const BATCH = 100;

const samples = {
  s1ap: s1apMessages.map(encodeS1ap),
  gtp: [...gtpv2Messages.values()].map((message) => encodeGtp(message)),
  /** A user packet, an Echo Request, an Error Indication and an End Marker. */
  user: [
    '30ff00040000100145000004',
    '320100040000000000070000',
    '321a0010000000000000000010deadbeef8500040a010501',
    '30fe000000001001',
  ].map((hex) => Uint8Array.from(Buffer.from(hex, 'hex'))),
  diameter: [...diameterMessages.values()].map((message) => encodeDiameter(message)),
};
const [cer] = diameterMessages.values();

/** Does something with this thread inside a node's namespace: sockets that are made there stay there. */
const inside = async <T>(core: EpcCore, node: string, work: () => Promise<T>): Promise<T> => {
  const [own, there] = [openSync('/proc/thread-self/ns/net', 'r'), openSync(core.path(node), 'r')];
  check(libc.setns(there, CLONE.NEWNET), 'setns');
  try {
    return await work();
  } finally {
    check(libc.setns(own, CLONE.NEWNET), 'setns back');
    for (const descriptor of [own, there]) closeSync(descriptor);
  }
};

const random = randomFrom(seed);

/** Sends damaged messages in batches, and asks after each whether the function lives. */
const pour = async (
  core: EpcCore,
  node: string,
  from: readonly Uint8Array[],
  batch: (messages: readonly Uint8Array[]) => Promise<void>,
): Promise<void> => {
  for (let sent = 0; sent < COUNT; sent += BATCH) {
    await batch(Array.from({ length: BATCH }, () => mutate(from, random)));
    const { ok } = await core.ask(node, { do: 'status' });
    if (ok !== true) throw new Error(`${node} does not answer`);
  }
};

const pourUdp = (
  core: EpcCore,
  node: string,
  from: string,
  address: string,
  port: number,
  messages: readonly Uint8Array[],
): Promise<void> =>
  inside(core, from, async () => {
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => void socket.bind(0, resolve));
    try {
      await pour(core, node, messages, async (batch) => {
        for (const octets of batch)
          await new Promise<void>((resolve) => {
            socket.send(octets, port, address, () => resolve());
          });
      });
    } finally {
      socket.close();
    }
  });

/** What of phones there is in each function. */
const contexts = async (core: EpcCore): Promise<Json> => {
  const of = async (node: string, ...names: readonly string[]): Promise<unknown[]> => {
    const status = await core.ask(node, { do: 'status' });
    return names.map((name) => (Array.isArray(status[name]) ? status[name].length : status[name]));
  };
  return {
    mme: await of('mme', 'numbers', 'transactions'),
    sgw: await of('sgw', 'sessions', 'teids', 'transactions'),
    pgw: await of('pgw', 'sessions', 'teids', 'transactions'),
    ocs: await of('ocs', 'sessions'),
  };
};

test.serial(`${COUNT} damaged messages for each socket of the core (XIYOU_SEED=${seed})`, async (t) => {
  t.timeout(5 * 60_000);
  const timers = { t3450: 200, t3460: 200, t3470: 200, t3422: 200, t3489: 200, s1: 500, t3Response: 300 };
  const core = await makeEpcCore(t, undefined, { mme: { timers }, sgw: { timers: { t3Response: 300 } } });
  await core.ask('enb', { do: 'setup' });
  t.like(await attach(core, imsis.good), { attached: true });
  await registered(core, imsis.good);
  t.deepEqual((await core.ask('enb', { do: 'detach', imsi: imsis.good }))['seen'], ['detach-accept']);
  const quiet = async (): Promise<Json> => {
    const drained = '{"requests":0,"answers":0}';
    return poll(
      'nothing waits any more',
      async () => {
        const now = await contexts(core);
        const text = JSON.stringify(now);
        return text.split(drained).length === 5 && text.includes('"connections":0') && now;
      },
      40,
    );
  };
  const before = await quiet();

  await pourUdp(core, 'sgw', 'mme', '10.1.3.2', GTPV2_PORT, samples.gtp);
  await pourUdp(core, 'pgw', 'sgw', '10.1.4.2', GTPV2_PORT, samples.gtp);
  await pourUdp(core, 'mme', 'sgw', '10.1.3.1', GTPV2_PORT, samples.gtp);
  await pourUdp(core, 'sgw', 'enb', '10.1.5.2', GTPU_PORT, samples.user);
  await pourUdp(core, 'pgw', 'sgw', '10.1.4.2', GTPU_PORT, samples.user);
  t.log('GTP: survived');

  await core.ipIn('enb', 'addr', 'add', '10.1.1.3/24', 'dev', 's1mme');
  await inside(core, 'enb', async () => {
    const association = await connect({ local: '10.1.1.3', remote: '10.1.1.2', port: S1AP_PORT });
    association.onMessage(() => undefined);
    await pour(core, 'mme', samples.s1ap, async (batch) => {
      for (const octets of batch) if (octets.length > 0) association.send(random() < 0.5 ? 0 : 1, S1AP_PPID, octets);
      await poll('the MME has taken them', () => association.buffered === 0);
    });
    t.is(association.state, 'established', 'messages do not cost the association');
    association.abort();
  });
  t.log('S1AP: survived');

  await core.ipIn('mme', 'addr', 'add', '10.1.2.3/24', 'dev', 's6a');
  if (cer === undefined) throw new Error('no sample');
  await inside(core, 'mme', () =>
    pour(core, 'hss', samples.diameter, async (batch) => {
      const association = await connect({ local: '10.1.2.3', remote: '10.1.2.2', port: DIAMETER_PORT });
      association.onMessage(() => undefined);
      // A stream that makes no sense ends the connection; the next batch has another.
      for (const octets of [encodeDiameter(cer), ...batch])
        if (octets.length > 0 && association.state === 'established') association.send(0, DIAMETER_PPID, octets);
      await poll('the HSS has taken them', () => association.buffered === 0 || association.state !== 'established');
      association.abort();
    }),
  );
  await inside(core, 'pgw', () =>
    pour(core, 'ocs', samples.diameter, async (batch) => {
      const socket = await new Promise<Socket>((resolve, reject) => {
        const made = connectTcp(DIAMETER_PORT, '10.1.6.2', () => resolve(made)).once('error', reject);
      });
      socket.on('error', () => socket.destroy());
      socket.resume();
      await new Promise<void>((resolve) => {
        socket.once('close', () => resolve());
        for (const octets of [encodeDiameter(cer), ...batch]) if (socket.writable) socket.write(octets);
        socket.end(() => socket.destroy());
      });
    }),
  );
  t.log('Diameter: survived');

  t.deepEqual(await quiet(), before, 'nothing is kept');
  // The station's S1 may have been reset by a message that said so.
  await core.ask('enb', { do: 'setup' });
  t.like(await attach(core, imsis.good), { attached: true }, 'a known phone');
  t.like(await attach(core, imsis.second), { attached: true }, 'a new phone');
});
