/** Phones that move: handover between two base stations while packets flow, idle phones that are called. */
import path from 'node:path';
import test from 'ava';
import { openCapture } from '../../src/kernel/capture.ts';
import { bothEnds, remarksOn } from '../helpers/clean-capture.ts';
import { dataPaths } from '../helpers/data-paths.ts';
import { type EpcNetwork, makeEpcNetwork, SERVER } from '../helpers/epc-network.ts';
import type { Json } from '../helpers/epc-process.ts';
import { poll } from '../helpers/netns.ts';
import { OPAQUE_PORT, record, tshark, writeCapture } from '../helpers/pcap.ts';
import { stream } from '../helpers/stream.ts';

const listOf = async (lab: EpcNetwork, node: string, name: string): Promise<readonly Json[]> =>
  (await lab.ask(node, { do: 'status' }))[name] as readonly Json[];

interface Session {
  readonly s1u: { readonly user: { readonly remote: number; readonly peer: string } };
}

/** The base station's end of the phone's tunnel, as the SGW has it. */
const tunnelOf = async (lab: EpcNetwork): Promise<{ readonly remote: number; readonly peer: string }> => {
  const [session] = (await listOf(lab, 'sgw', 'sessions')) as readonly unknown[] as readonly Session[];
  if (session === undefined) throw new Error('the SGW has no session');
  return session.s1u.user;
};

const move = async (lab: EpcNetwork, cell: string): Promise<number> => {
  const { stdout, stderr } = await lab.ue(1, 'move', cell);
  if (stderr !== '') throw new Error(stderr);
  const passed = /after (\d+) ms/u.exec(stdout);
  if (passed === null) throw new Error(stdout);
  return Number(passed[1]);
};

for (const dataPath of dataPaths)
  test.serial(`a download survives handovers back and forth (${dataPath})`, async (t) => {
    const lab = await makeEpcNetwork(t, { phones: [1], dataPath });
    t.is((await lab.ue(1, 'on')).stderr, '');
    const download = await stream(t, lab, 'server', 'phone1', SERVER);
    await download.more(500_000);
    for (const [cell, before, address] of [
      ['enb2', 'enb1', '10.72.0.2'],
      ['enb1', 'enb2', '10.72.0.1'],
      ['169.254.1.2', 'enb1', '10.72.0.2'],
      ['169.254.1.1', 'enb2', '10.72.0.1'],
    ] as const) {
      const passed = await move(lab, cell);
      await download.more(500_000);
      t.log(`${before} to ${cell}: ${passed} ms without a cell`);
      const old = await poll(`${before} has forgotten the phone`, async () => {
        const phones = await listOf(lab, before, 'phones');
        return phones.length === 0 && lab.ask(before, { do: 'status' });
      });
      t.is((old['phones'] as readonly unknown[]).length, 0);
      t.is((await tunnelOf(lab)).peer, address);
      const [phone] = await listOf(lab, 'mme', 'phones');
      t.like(phone, { connected: true, pdn: { s1u: { enodeb: { address } } } });
    }
    const { sent, received } = await download.end();
    t.is(received, sent);
  });

const ECHO = `require('node:net').createServer((socket) => socket.pipe(socket)).listen(${OPAQUE_PORT}, () => console.log('listening'))`;
const SAY = `const socket = require('node:net').connect(${OPAQUE_PORT}, process.argv[1], () => socket.end('hello'));
socket.on('data', (part) => process.stdout.write(part));`;

/** Round trip times in milliseconds, in the order of the answers. */
const times = (output: string): number[] => [...output.matchAll(/time=([\d.]+) ms/gu)].map(([, time]) => Number(time));

for (const dataPath of dataPaths)
  test.serial(`an idle phone is called when packets come for it (${dataPath})`, async (t) => {
    const lab = await makeEpcNetwork(t, {
      phones: [1],
      dataPath,
      more: { enb1: { inactivity: 1000 }, mme: { timers: { t3413: 300 } } },
    });
    const nodes = ['enb1', 'mme', 'sgw'];
    const capture = openCapture({ namespaces: nodes.map((node) => ({ node, path: lab.path(node) })) });
    t.teardown(() => capture.close());
    const stop = record(capture);
    const attached = (await lab.ue(1, 'on')).stdout;
    const address = /address +([\d.]+)/u.exec(attached)?.[1] ?? '';
    const becomesIdle = (): Promise<unknown> =>
      poll('the phone is idle', async () => {
        const [phone] = await listOf(lab, 'mme', 'phones');
        return phone?.['connected'] === false && (await listOf(lab, 'enb1', 'phones')).length === 0;
      });
    await becomesIdle();
    t.like((await listOf(lab, 'sgw', 'sessions'))[0], { connected: false, waiting: 0 });
    const round = times(await lab.run('server', 'ping', '-c', '5', '-i', '0.2', address));
    t.is(round.length, 5, 'all are answered');
    const [first = 0, ...others] = round;
    t.log(`paged in ${first} ms, then ${others.join(', ')} ms`);
    const [usual = 0] = [...others].sort((one, other) => one - other);
    t.true(first > usual, 'the first one had to wait');
    await becomesIdle();
    const own = times(await lab.run('phone1', 'ping', '-c', '4', '-i', '0.2', SERVER));
    t.is(own.length, 4, 'the phone asks for service when it has something to send');
    t.log(`connected in ${own[0]} ms, then ${own.slice(1).join(', ')} ms`);
    await becomesIdle();
    const echo = lab.start('server', process.execPath, '-e', ECHO);
    await new Promise((resolve) => void echo.all.once('data', resolve));
    t.is(
      await lab.run('phone1', process.execPath, '-e', SAY, SERVER),
      'hello',
      'TCP begins with a checksum that is right',
    );
    await becomesIdle();
    // The phone camps on the other cell and is found there: both are in its list of tracking areas.
    t.regex((await lab.ue(1, 'move', 'enb2')).stdout, /camps on enb2 \(169\.254\.1\.2\)/u);
    t.is(times(await lab.run('server', 'ping', '-c', '2', '-i', '0.2', address)).length, 2);
    t.is((await tunnelOf(lab)).peer, '10.72.0.2');
    const file = path.join(lab.directory, 'paging.pcapng');
    writeCapture(file, await stop());
    t.deepEqual(await remarksOn(file, [bothEnds]), []);
    const called = await tshark(file, 'lte-rrc.PagingRecord_element', 'frame.number');
    t.true(called.length >= 2, 'on the air');

    t.like(await lab.ask('enb2', { do: 'release', phone: '169.254.1.11' }), { ok: true });
    await poll('the phone is idle again', async () => (await listOf(lab, 'enb2', 'phones')).length === 0);
    await lab.kill('phone1');
    const lost = lab.start('server', 'ping', '-c', '3', '-i', '0.2', '-W', '1', address);
    await poll('paging begins', async () => (await listOf(lab, 'mme', 'phones'))[0]?.['paging'] === true);
    await poll('packets wait', async () => Number((await listOf(lab, 'sgw', 'sessions'))[0]?.['waiting']) > 0);
    await poll('paging is given up', async () => {
      const [phone] = await listOf(lab, 'mme', 'phones');
      const [session] = await listOf(lab, 'sgw', 'sessions');
      return phone?.['paging'] === false && session?.['waiting'] === 0;
    });
    lost.kill('SIGKILL');
  });

/** A base station that there is not. */
const nobody = { name: 'enb3', id: 0xe003, cell: 1, tac: 1 };

test.serial('a handover on the wire', async (t) => {
  const lab = await makeEpcNetwork(t, { phones: [1], more: { enb2: { neighbours: [nobody] } } });
  const nodes = ['enb1', 'enb2', 'mme', 'sgw'];
  const capture = openCapture({ namespaces: nodes.map((node) => ({ node, path: lab.path(node) })) });
  t.teardown(() => capture.close());
  const stop = record(capture);
  t.is((await lab.ue(1, 'on')).stderr, '');
  const first = await tunnelOf(lab);
  const pings = lab.run('phone1', 'ping', '-c', '150', '-i', '0.01', '-W', '1', SERVER);
  await move(lab, 'enb2');
  t.log((await pings).split('\n').slice(-3).join(' '));
  t.regex((await lab.ue(1, 'move', 'enb2')).stdout, /serves the phone already/u);
  t.regex((await lab.ue(1, 'move', 'enb9')).stderr, /hears no cell enb9/u);
  await poll('enb1 has forgotten the phone', async () => (await listOf(lab, 'enb1', 'phones')).length === 0);
  const file = path.join(lab.directory, 'handover.pcapng');
  writeCapture(file, await stop());
  t.deepEqual(await remarksOn(file, [bothEnds]), []);
  const fromStations = 's1ap.procedureCode in {0, 1, 2, 23, 24} && ip.src != 10.72.0.3';
  // HandoverRequired, HandoverRequestAcknowledge, ENBStatusTransfer, HandoverNotify, UEContextReleaseComplete: each is
  // seen where it leaves and where it comes in.
  const lines = await tshark(file, fromStations, 'frame.time_epoch', 's1ap.procedureCode', 'ip.src');
  const steps = lines.sort().map((line) => line.slice(line.indexOf(' ') + 1));
  t.deepEqual([...new Set(steps)], ['0 10.72.0.1', '1 10.72.0.2', '24 10.72.0.1', '2 10.72.0.2', '23 10.72.0.1']);
  const markers = `gtp.message == 254 && gtp.teid == ${first.remote} && ip.dst == ${first.peer}`;
  t.is((await tshark(file, markers, 'frame.number')).length, 2);

  const answer = await lab.ask('enb2', { do: 'handover', phone: '169.254.1.11', target: 'enb3' });
  t.like(answer, { ok: false, error: 'radioNetwork: unknown-targetID' });
  t.regex(await lab.run('phone1', 'ping', '-c', '3', '-i', '0.1', SERVER), / 0% packet loss/u);
});

test.serial('a phone leaves and comes back, also elsewhere, and to an MME that has forgotten it', async (t) => {
  const lab = await makeEpcNetwork(t, { phones: [1], more: { enb1: { inactivity: 500 } } });
  const capture = openCapture({ namespaces: [{ node: 'mme', path: lab.path('mme') }] });
  t.teardown(() => capture.close());
  const stop = record(capture);
  const attach = async (): Promise<void> => {
    t.is((await lab.ue(1, 'on')).stderr, '');
    t.regex(await lab.run('phone1', 'ping', '-c', '2', '-i', '0.1', SERVER), / 0% packet loss/u);
  };
  await attach();
  t.is((await lab.ue(1, 'off')).exitCode, 0);
  await poll('the sessions are over', async () => (await listOf(lab, 'sgw', 'sessions')).length === 0);
  // The sessions go first; the base station is told to release the phone after that.
  const released = await poll('the phone is released', async () => {
    const [phone] = await listOf(lab, 'mme', 'phones');
    return phone?.['connected'] === false && phone;
  });
  t.like(released, { state: 'deregistered' });
  // The GUTI is kept over a switch-off: nobody asks for the IMSI, in the same cell and in another.
  await attach();
  t.is((await lab.ue(1, 'detach')).exitCode, 0);
  t.regex((await lab.ue(1, 'move', 'enb2')).stdout, /camps on/u);
  await attach();
  t.is((await tunnelOf(lab)).peer, '10.72.0.2');
  t.is((await lab.ue(1, 'off')).exitCode, 0);
  await poll('the sessions are over', async () => (await listOf(lab, 'sgw', 'sessions')).length === 0);
  await lab.kill('mme');
  await lab.launch('mme');
  const stations = async (): Promise<boolean> => (await listOf(lab, 'mme', 'enodebs')).length === 2;
  await poll('both base stations are there again', stations, 60);
  await attach();

  // The base station of an idle phone dies: it asks the next one that it hears.
  t.regex((await lab.ue(1, 'move', 'enb1')).stdout, /serves the phone/u);
  await poll('the phone is idle', async () => (await listOf(lab, 'mme', 'phones'))[0]?.['connected'] === false);
  await lab.kill('enb1');
  t.is(times(await lab.run('phone1', 'ping', '-c', '1', '-W', '10', SERVER)).length, 1);
  t.is((await tunnelOf(lab)).peer, '10.72.0.2');

  const file = path.join(lab.directory, 'again.pcapng');
  writeCapture(file, await stop());
  t.deepEqual(await remarksOn(file, [bothEnds]), []);
  const rows = (filter: string): Promise<string[]> => tshark(file, filter, 'frame.number');
  const attachRequest = 'nas_eps.nas_msg_emm_type == 0x41';
  t.is((await rows(attachRequest)).length, 4);
  t.is((await rows(`${attachRequest} && nas_eps.emm.type_of_id == 6`)).length, 3, 'by GUTI, after the first');
  t.is((await rows('nas_eps.nas_msg_emm_type == 0x55')).length, 1, 'Identity Request: only the new MME');
  t.is((await rows('nas_eps.nas_msg_emm_type == 0x45 && nas_eps.emm.switch_off == 1')).length, 2);
});
