/** tshark as the second opinion on GTPv2: what we write it reads without complaint, and our tables are its tables. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import {
  bearerContext,
  causeName,
  encodeMessage,
  find,
  fteid,
  type Message,
  messageName,
  ieName,
  imsi,
  tunnelInterface,
} from '../../../../src/signalling/gtpv2/index.ts';
import { ethernet, frame, ipv4 } from '../../../../src/packet/encode.ts';
import { udp } from '../../../../src/packet/encode-transport.ts';
import { concatenate } from '../../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../../src/packet/pcapng.ts';
import { captured, macs } from '../../../helpers/frames.ts';
import { gtpv2Messages, moreElements } from '../../../helpers/gtpv2-messages.ts';
import { tsharkFields, tsharkMissing } from '../../../helpers/tshark.ts';

const skip = tsharkMissing ?? false;
const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-gtpv2-'));
t.teardown(() => rmSync(temporary, { recursive: true }));

const write = (name: string, messages: readonly Uint8Array[]): string => {
  const writer = pcapngWriter();
  const ports = { sourcePort: 2123, destinationPort: 2123 };
  const frames = messages.map((octets) =>
    captured(frame(ethernet(macs, ipv4({ source: '10.70.1.1', destination: '10.70.1.2' }, udp(ports, octets))))),
  );
  const file = path.join(temporary, name);
  writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));
  return file;
};
const complaints = '_ws.malformed || _ws.expert.severity >= 4194304';
const messages: readonly Message[] = [
  ...gtpv2Messages.values(),
  { type: 38, teid: 1, sequence: 77, ies: moreElements },
];

void t.test('tshark finds nothing malformed and nothing to warn of', { skip }, async (t) => {
  const file = write(
    'all.pcapng',
    messages.map((message) => encodeMessage(message)),
  );
  const rows = await tsharkFields(file, ['frame.number', '_ws.expert.message'], { filter: complaints });
  t.same(rows, []);
  const read = await tsharkFields(file, [
    'gtpv2.message_type',
    'gtpv2.seq',
    'gtpv2.teid',
    'e212.imsi',
    'gtpv2.f_teid_gre_key',
  ]);
  t.same(
    read,
    messages.map(({ type, sequence, teid, ies }) => ({
      'gtpv2.message_type': [`${type}`],
      'gtpv2.seq': [`0x${sequence.toString(16).padStart(6, '0')}`],
      'gtpv2.teid': teid === undefined ? [] : [`0x${teid.toString(16).padStart(8, '0')}`],
      'e212.imsi': find(ies, imsi) === undefined ? [] : [find(ies, imsi)],
      'gtpv2.f_teid_gre_key': ies
        .flatMap((one) => (one.type === bearerContext.type ? bearerContext.decode(one.octets) : [one]))
        .filter(({ type }) => type === fteid.type)
        .map(({ octets }) => `0x${fteid.decode(octets).teid.toString(16).padStart(8, '0')}`),
    })),
  );
});

void t.test('the check sees what is wrong', { skip }, async (t) => {
  const octets = encodeMessage({ type: 1, sequence: 1, ies: [{ type: 87, instance: 0, octets: Uint8Array.of(0x8a) }] });
  t.equal((await tsharkFields(write('bad.pcapng', [octets]), ['frame.number'], { filter: complaints })).length, 1);
});

/** Letters and digits in lower case: names differ in blanks and hyphens only. */
const plain = (text: string): string => text.toLowerCase().replaceAll(/[^a-z\d]/gu, '');

void t.test('tshark has the same names for messages, elements, causes and interfaces', { skip }, (t) => {
  const values = execFileSync('tshark', ['-G', 'values'], { encoding: 'utf8', maxBuffer: 1 << 28 })
    .split('\n')
    .map((line) => line.split('\t'))
    .flatMap(([kind, field = '', value, name = '']) => (kind === 'V' ? [{ field, value: Number(value), name }] : []));
  const interfaces = new Map<number, string>(Object.entries(tunnelInterface).map(([name, value]) => [value, name]));
  const tables: Readonly<Record<string, (value: number) => string>> = {
    'gtpv2.message_type': messageName,
    'gtpv2.cause': causeName,
    'gtpv2.ie_type': ieName,
    'gtpv2.f_teid_interface_type': (value) => `${interfaces.get(value)}`,
  };
  for (const [field, nameOf] of Object.entries(tables)) {
    const theirs = values.filter((one) => one.field === field);
    const different = theirs.flatMap(({ value, name }) => {
      const [ours, full] = [plain(nameOf(value)), plain(name)];
      // Numbers without a meaning, and 4 to 7, which belong to S101 (TS 29.276).
      if (
        /^(?:reserved|spare|shallnotbeused)/u.test(full) ||
        (field === 'gtpv2.message_type' && value >= 4 && value <= 7)
      )
        return [];
      const same = full.includes(ours) || ours.includes(full.replace('interface', ''));
      return same || full === `${ours}ment` ? [] : [`${field} ${value}: ${name} | ${nameOf(value)}`];
    });
    t.ok(theirs.length > 30, `${theirs.length} values of ${field}`);
    t.same(different, [], field);
  }
  t.end();
});
