/**
 * The LTE core made visible in a real lab: the ladder of an attach and a detach held against tshark message by message,
 * passports that name the bearer, and what `xiyou epc` says of it all.
 */
import path from 'node:path';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import test, { type ExecutionContext } from 'ava';
import { execa } from 'execa';
import { type Ladder, ladderOf, ladderText } from '../../src/index.ts';
import { cells } from '../../src/cells.ts';
import type { Direction } from '../../src/cli/verbs/epc.ts';
import { stepsOf } from '../../src/ladder/select.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { readPcapng } from '../../src/packet/pcapng-read.ts';
import { commandOf, type TestLab, testLab, xiyou } from '../helpers/lab.ts';
import { ladderMessages, tsharkMessages } from '../helpers/ladder-judge.ts';
import { writeCapture } from '../helpers/pcap.ts';
import { tsharkMissing } from '../helpers/tshark.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-ladder-'));
test.after.always(() => rmSync(directory, { recursive: true }));

const functions = new Set(['phone1', 'phone2', 'enb1', 'enb2', 'mme', 'hss', 'sgw', 'pgw', 'ocs']);

/** Each packet where its sender sent it, and nowhere else. */
const atSenders = (frames: readonly Frame[]): Frame[] =>
  frames
    .filter(({ node, direction }) => direction === 'out' && functions.has(node))
    .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));

interface Traced {
  readonly ladder: Ladder;
  readonly ledger: { readonly verdict: string; readonly unexplained: readonly unknown[] };
  readonly frames: readonly Frame[];
}

/** Traces a command of a phone; its ladder, and all frames of it. */
const traced = async (t: ExecutionContext, lab: TestLab, ...argv: string[]): Promise<Traced> => {
  const file = path.join(directory, `${argv.join('-')}.pcapng`);
  const { stdout, stderr, exitCode } = await xiyou([
    ...['trace', lab.lab, '--from', 'phone1', '--json', '-w', file, '--'],
    ...argv,
  ]);
  t.is(exitCode, 0, stderr + stdout.slice(-2000));
  const told = JSON.parse(stdout) as { readonly ladder?: unknown; readonly ledger: Traced['ledger'] };
  const { actors, messages } = (told.ladder ?? { actors: [], messages: [] }) as Ladder & {
    readonly messages: Ladder['rungs'];
  };
  return { ladder: { actors, rungs: messages }, ledger: told.ledger, frames: readPcapng(readFileSync(file)).frames };
};

/** The same messages, by the two of us, out of one capture; that nothing is ciphered is the lab's default. */
const judge = async (t: ExecutionContext, name: string, frames: readonly Frame[]): Promise<number> => {
  const file = path.join(directory, `${name}-senders.pcapng`);
  const sent = atSenders(frames);
  writeCapture(file, sent);
  const [ours, theirs] = [ladderMessages(ladderOf({ frames: sent, ciphering: () => 0 })), await tsharkMessages(file)];
  t.deepEqual(ours, theirs);
  return theirs.length;
};

const names = ({ rungs }: Ladder): string[] => rungs.map((rung) => `${rung.interface} ${rung.name}`);

test.serial('the ladder of a detach and an attach, and the core behind them', async (t) => {
  const lab = testLab(t, 'lte');
  // Without a keeper: a function that was killed is missed until `up`.
  await lab.up('--no-restart');

  const off = await traced(t, lab, 'ue', 'off');
  t.deepEqual(
    off.ladder.actors.map(({ name }) => name),
    ['phone1', 'enb1', 'mme', 'sgw', 'pgw', 'ocs'],
  );
  t.is(off.ledger.verdict, 'complete');

  const on = await traced(t, lab, 'ue', 'on');
  t.is(on.ledger.verdict, 'complete', JSON.stringify(on.ledger.unexplained));
  t.deepEqual(
    on.ladder.actors.map(({ name, role }) => `${name} ${role}`),
    ['phone1 phone', 'enb1 enodeb', 'mme mme', 'hss hss', 'sgw sgw', 'pgw pgw', 'ocs ocs'],
  );
  const said = names(on.ladder).filter((name) => !name.startsWith('SCTP'));
  for (const name of [
    'RRC rrcConnectionSetupComplete',
    'S1AP InitialUEMessage',
    'S6a Authentication-Information-Request',
    'S6a Update-Location-Answer',
    'S11 Create Session Request',
    'S5 Create Session Request',
    'Gy Credit-Control-Answer',
    'S1AP InitialContextSetupRequest',
    'S11 Modify Bearer Response',
  ])
    t.is(said.filter((one) => one === name).length, 1, name);
  t.deepEqual(
    on.ladder.rungs.filter(({ problem, nas }) => problem !== undefined || nas.some((one) => one.problem !== undefined)),
    [],
  );
  t.true(on.ladder.rungs.every(({ phone, protocol }) => protocol !== 'S1AP' || phone === 'phone1'));
  // Every NAS message that S1 carried was carried over the radio link too, and the two know of each other.
  t.true(on.ladder.rungs.every(({ nas, across }) => nas.length === 0 || across !== undefined));
  const text = ladderText(ladderOf({ frames: on.frames }), { width: 90 }) ?? '';
  t.true(text.split('\n').every((line) => cells(line) <= 90));
  t.is(stepsOf(on.ladder).folded.get('AIR'), undefined);

  if (tsharkMissing === undefined) {
    t.true((await judge(t, 'off', off.frames)) > 10);
    t.true((await judge(t, 'on', on.frames)) > 35);
  } else t.log(tsharkMissing);

  const ping = await lab.exec('phone1', 'ping', '-c', '1', '203.0.113.2');
  t.is(ping.exitCode, 0, ping.stdout);
  const passport = await xiyou(['trace', lab.lab]);
  t.is(passport.exitCode, 0, passport.stdout + passport.stderr);
  t.regex(passport.stdout, /S1-U bearer 5 of phone1 \(IMSI 460000000000001, QCI 9, APN cmnet\), to sgw/u);
  t.regex(passport.stdout, /TEID 0x[\da-f]+ allocated by sgw, told to enb1 in InitialContextSetupRequest/u);
  t.regex(passport.stdout, /TEID 0x[\da-f]+ allocated by enb1, told to sgw in Modify Bearer Request/u);
  t.notRegex(passport.stdout, /the signalling, message by message/u, 'a ping makes none');

  const whole = await xiyou(['epc', lab.lab, '--json']);
  t.is(whole.exitCode, 0, whole.stdout + whole.stderr);
  const told = JSON.parse(whole.stdout) as {
    readonly tunnels: readonly Direction[];
    readonly inconsistencies: readonly string[];
    readonly dataPaths: object;
    readonly subscribers: readonly { readonly credit?: { readonly reserved: number } }[];
  };
  t.deepEqual(told.inconsistencies, []);
  t.is(told.tunnels.length, 16, 'two phones, four tunnels each, both directions');
  t.true(told.tunnels.every(({ toldIn }) => toldIn !== undefined));
  t.deepEqual(Object.keys(told.dataPaths).sort(), ['enb1', 'enb2', 'pgw', 'sgw']);
  t.true(told.subscribers.every(({ credit }) => (credit?.reserved ?? 0) > 0));
  const tables = await xiyou(['epc', lab.lab]);
  t.regex(tables.stdout, /every tunnel has both its ends/u);

  const cut = await execa('sh', ['-c', '"$@" | head -1', 'sh', ...commandOf(['trace', lab.lab])], { reject: false });
  t.is(cut.stderr, '', 'a reader that stops reading is no error');

  // A function that was killed is missed by all others.
  const pid = (await lab.daemons()).get('sgw epc') ?? -1;
  process.kill(pid, 'SIGKILL');
  const broken = await xiyou(['epc', lab.lab]);
  t.is(broken.exitCode, 1);
  t.regex(broken.stderr, /core-inconsistent[\s\S]*sgw \(sgw\) does not answer/u);
});

test.serial('a lab without a core has nothing to show', async (t) => {
  const lab = testLab(t, 'two-hosts');
  await lab.up();
  const { exitCode, stderr } = await xiyou(['epc', lab.lab]);
  t.is(exitCode, 2);
  t.regex(stderr, /has no LTE core/u);
});
