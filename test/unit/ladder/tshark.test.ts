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
import { sampleFrames } from '../../helpers/ladder-samples.ts';
import { ladderMessages, tsharkMessages } from '../../helpers/ladder-judge.ts';
import { tsharkMissing } from '../../helpers/tshark.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-ladder-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const skip = tsharkMissing ?? false;

const write = (name: string, frames: readonly Frame[]): string => {
  const file = path.join(temporary, name);
  const writer = pcapngWriter();
  writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));
  return file;
};
void t.test('one message of each kind', { skip }, async (t) => {
  const frames = sampleFrames();
  const ours = ladderMessages(ladderOf({ frames }));
  const theirs = await tsharkMessages(write('samples.pcapng', frames));
  t.ok(theirs.length > 90, `${theirs.length} messages`);
  t.same(ours, theirs);
});

void t.test('the judge sees a message with another name', { skip }, async (t) => {
  const frames = sampleFrames();
  const ladder = ladderOf({ frames });
  const theirs = await tsharkMessages(write('judge.pcapng', frames.slice(0, -1)));
  t.not(ladderMessages(ladder).join(), theirs.join());
});

const recorded = path.resolve(import.meta.dirname, '../../../../shared/prototypes/mobile-core/attach.pcapng');
const noRecord = tsharkMissing ?? (existsSync(recorded) ? false : 'the recorded attach is not on this machine');

void t.test('a recorded attach and detach', { skip: noRecord }, async (t) => {
  const ladder = ladderOf({ frames: readPcapng(readFileSync(recorded)).frames });
  const theirs = await tsharkMessages(recorded);
  t.ok(theirs.length > 60, `${theirs.length} messages`);
  t.same(ladderMessages(ladder), theirs);
  t.same(
    ladder.rungs.filter(({ problem, nas }) => problem !== undefined || nas.some((one) => one.problem !== undefined)),
    [],
  );
});
