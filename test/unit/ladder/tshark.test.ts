/** Names of messages against tshark's dissection of the same octets, message by message. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { ladderOf } from '../../../src/ladder/ladder.ts';
import { concatenate } from '../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../src/packet/pcapng.ts';
import { readPcapng } from '../../../src/packet/pcapng-read.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import { encodeMessage as encodeDiameter } from '../../../src/signalling/diameter/message.ts';
import { encodeMessage } from '../../../src/signalling/gtpv2/message.ts';
import { rrcDatagram } from '../../../src/signalling/rrc/rrc.ts';
import { encodeS1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import { diameterMessages } from '../../helpers/diameter-messages.ts';
import { gtpv2Messages } from '../../helpers/gtpv2-messages.ts';
import {
  addresses,
  at,
  dataChunk,
  gtpc,
  onAir,
  radioAddresses,
  sctpPacket,
  segment,
} from '../../helpers/ladder-frames.ts';
import { ladderMessages, tsharkMessages } from '../../helpers/ladder-judge.ts';
import { rrcMessages } from '../../helpers/rrc-messages.ts';
import { s1apMessages } from '../../helpers/s1ap-messages.ts';
import { tsharkMissing } from '../../helpers/tshark.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-ladder-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const skip = tsharkMissing ?? false;

const { phone1, enb1, mme, sgw, pgw, ocs } = addresses;

const write = (name: string, frames: readonly Frame[]): string => {
  const file = path.join(temporary, name);
  const writer = pcapngWriter();
  writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));
  return file;
};
/** One of each kind that the samples have, in the carrier of its interface. */
const samples = (): Frame[] => {
  let micros = 0;
  const next = (): number => (micros += 10);
  let sequence = 1;
  const stream = [...diameterMessages.values()].map((message) => {
    const octets = encodeDiameter(message);
    const part = segment(pgw, ocs, sequence, octets, message.request);
    sequence += octets.length;
    return at('pgw:gy >', next(), part);
  });
  return [
    ...stream,
    ...s1apMessages.map((pdu, index) =>
      at('mme:s1 >', next(), sctpPacket(mme, enb1, 1, dataChunk(index + 1, encodeS1ap(pdu)))),
    ),
    ...[...gtpv2Messages.values()].map((message) => at('mme:s11 >', next(), gtpc(mme, sgw, encodeMessage(message)))),
    ...rrcMessages.map(({ channel, octets }) =>
      channel.startsWith('UL')
        ? at('enb1:radio <', next(), onAir(phone1, radioAddresses.enb1, rrcDatagram(channel, octets)))
        : at('enb1:radio >', next(), onAir(radioAddresses.enb1, phone1, rrcDatagram(channel, octets))),
    ),
  ];
};

void t.test('one message of each kind', { skip }, async (t) => {
  const frames = samples();
  const ours = ladderMessages(ladderOf({ frames }));
  const theirs = await tsharkMessages(write('samples.pcapng', frames));
  t.ok(theirs.length > 90, `${theirs.length} messages`);
  t.same(ours, theirs);
});

void t.test('the judge sees a message with another name', { skip }, async (t) => {
  const frames = samples();
  const ladder = ladderOf({ frames });
  const theirs = await tsharkMessages(write('judge.pcapng', frames.slice(0, -1)));
  t.not(ladderMessages(ladder).join(), theirs.join());
});

const attach = path.resolve(import.meta.dirname, '../../../../shared/prototypes/mobile-core/attach.pcapng');
const recorded = ['/work/shared/prototypes/mobile-core/attach.pcapng', attach].find((file) => existsSync(file));
const noRecord = tsharkMissing ?? (recorded === undefined ? 'the recorded attach is not on this machine' : false);

void t.test('a recorded attach and detach', { skip: noRecord }, async (t) => {
  const file = recorded ?? '';
  const ladder = ladderOf({ frames: readPcapng(readFileSync(file)).frames });
  const theirs = await tsharkMessages(file);
  t.ok(theirs.length > 60, `${theirs.length} messages`);
  t.same(ladderMessages(ladder), theirs);
  t.same(
    ladder.rungs.filter(({ problem, nas }) => problem !== undefined || nas.some((one) => one.problem !== undefined)),
    [],
  );
});
