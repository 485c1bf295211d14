/** GTPv2 messages that were damaged: read or refused, and nothing else. */
import t from 'tap';
import {
  checkMandatory,
  decodeDatagram,
  describeMessage,
  encodeMessage,
  Gtpv2Error,
} from '../../../../src/signalling/gtpv2/index.ts';
import { gtpv2Messages, moreElements } from '../../../helpers/gtpv2-messages.ts';
import { mobileCorpus } from '../../../helpers/mobile-corpus.ts';
import { fuzz } from '../../../helpers/mutation.ts';

const own = [...gtpv2Messages.values()];
const [answer, request] = [own[5], own[16]];
const samples = [
  ...own.map((message) => encodeMessage(message)),
  encodeMessage({ type: 38, teid: 1, sequence: 1, ies: moreElements }),
  ...(answer && request ? [encodeMessage(answer, request)] : []),
  ...mobileCorpus('gtpv2.json').map(({ octets }) => octets),
];

/** Spare bits are the sender's affair and are not kept: of the flags, of the last octet of the header, and of instances. */
const withoutSpare = (octets: Uint8Array): Uint8Array => {
  const copy = Uint8Array.from(octets);
  const flags = copy[0] ?? 0;
  const start = (flags & 8) === 0 ? 8 : 12;
  copy[0] = flags & 0xec;
  copy[start - 1] = (flags & 4) === 0 ? 0 : (copy[start - 1] ?? 0) & 0xf0;
  const end = 4 + (((copy[2] ?? 0) << 8) | (copy[3] ?? 0));
  for (let at = start; at < end; at += 4 + (((copy[at + 1] ?? 0) << 8) | (copy[at + 2] ?? 0)))
    copy[at + 3] = (copy[at + 3] ?? 0) & 15;
  return copy;
};

void t.test('damaged messages are read or refused', (t) => {
  const report = fuzz(
    samples,
    (octets) => {
      const [message, second] = decodeDatagram(octets);
      if (second === undefined && !Buffer.from(encodeMessage(message)).equals(withoutSpare(octets)))
        throw new Error('written otherwise than read');
      describeMessage(message);
      checkMandatory(message);
    },
    (error) => error instanceof Gtpv2Error,
  );
  t.comment(JSON.stringify(report));
  t.same(report.wrong, [], `every error is a Gtpv2Error (XIYOU_SEED=${report.seed})`);
  t.ok(report.read > report.rounds / 20 && report.refused > report.rounds / 5, 'some are read, many refused');
  t.ok(report.slowest < 100, `the slowest took ${report.slowest} ms of processor time`);
  t.ok(report.growth < 3_000_000, `${report.growth} octets stayed behind`);
  t.end();
});

void t.test('the longest message is no burden', (t) => {
  // 16,380 elements without content in a message of 65,535 octets.
  const octets = new Uint8Array(65_532);
  octets.set([0x48, 32, 0xff, 0xf8]);
  for (let at = 12; at < octets.length; at += 4) octets[at] = 250;
  const start = process.threadCpuUsage();
  const message = decodeDatagram(octets)[0];
  t.equal(message.ies.length, 16_380);
  t.same(encodeMessage(message), octets);
  t.equal(describeMessage(message).ies.length, 16_380);
  const { user, system } = process.threadCpuUsage(start);
  t.ok(user + system < 1_000_000, `${(user + system) / 1000} ms`);
  t.end();
});
