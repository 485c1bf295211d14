/** tshark as the second opinion on Diameter: what we write it reads without complaint, and its dictionary is ours. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { dictionary } from '../../../../src/signalling/diameter/dictionary.ts';
import { base, encodeMessage, VENDOR_3GPP } from '../../../../src/signalling/diameter/index.ts';
import { ethernet, frame, ipv4 } from '../../../../src/packet/encode.ts';
import { tcp } from '../../../../src/packet/encode-transport.ts';
import { tcpFlag } from '../../../../src/packet/layer.ts';
import { concatenate } from '../../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../../src/packet/pcapng.ts';
import { diameterMessages } from '../../../helpers/diameter-messages.ts';
import { captured, macs } from '../../../helpers/frames.ts';
import { tsharkFields, tsharkMissing } from '../../../helpers/tshark.ts';

const skip = tsharkMissing ?? false;
const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-diameter-'));
t.teardown(() => rmSync(temporary, { recursive: true }));

/** Requests from 10.70.6.1, answers to it, as one connection. */
const write = (name: string, messages: readonly Uint8Array[]): string => {
  const writer = pcapngWriter();
  const next = [1, 1];
  const frames = messages.map((octets) => {
    const [there, back] = ((octets[4] ?? 0) & 0x80) === 0 ? [1, 0] : [0, 1];
    const [source, destination] = there === 0 ? ['10.70.6.1', '10.70.6.2'] : ['10.70.6.2', '10.70.6.1'];
    const [sourcePort, destinationPort] = there === 0 ? [40_000, 3868] : [3868, 40_000];
    const fields = {
      sourcePort,
      destinationPort,
      sequence: next[there] ?? 0,
      acknowledgement: next[back] ?? 0,
      flags: tcpFlag.psh | tcpFlag.ack,
    };
    next[there] = (next[there] ?? 0) + octets.length;
    return captured(frame(ethernet(macs, ipv4({ source, destination }, tcp(fields, octets)))));
  });
  const file = path.join(temporary, name);
  writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));
  return file;
};
const complaints = '_ws.malformed || _ws.expert.severity >= 4194304';

void t.test('tshark finds nothing malformed and nothing to warn of', { skip }, async (t) => {
  const messages = [...diameterMessages.values()];
  const file = write(
    'all.pcapng',
    messages.map((message) => encodeMessage(message)),
  );
  t.same(await tsharkFields(file, ['frame.number', '_ws.expert.message'], { filter: complaints }), []);
  const fields = ['diameter.cmd.code', 'diameter.flags', 'diameter.hopbyhopid', 'diameter.avp.code'];
  const rows = await tsharkFields(file, fields);
  t.same(
    rows.map((row) => fields.slice(0, 3).map((field) => Number(row[field]?.[0]))),
    messages.map((message) => [message.command, encodeMessage(message)[4], message.hopByHop]),
  );
  const outer = messages.map(({ avps }) => avps.map(({ code }) => `${code}`));
  const missing = outer.flatMap((codes, index) =>
    codes.filter((code) => !rows[index]?.['diameter.avp.code']?.includes(code)),
  );
  t.same(missing, []);
});

void t.test('the check sees what is wrong', { skip }, async (t) => {
  const [first] = diameterMessages.values();
  const octets = first === undefined ? new Uint8Array() : encodeMessage(first);
  // The length of the first AVP one too long, so that the next begins in the middle of itself.
  octets[27] = 0xff;
  const rows = await tsharkFields(write('bad.pcapng', [octets]), ['frame.number'], { filter: complaints });
  t.equal(rows.length, 1);
});

const folder = '/usr/share/wireshark/diameter';
const noDictionary = existsSync(`${folder}/TGPP.xml`) ? false : 'the dictionary of Wireshark is not here';

/** Wireshark's names for data formats that the RFC calls otherwise. */
const formats: Readonly<Record<string, string>> = {
  IPAddress: 'Address',
  AppId: 'Unsigned32',
  VendorId: 'Unsigned32',
  IPFilterRule: 'UTF8String',
};

void t.test('the dictionary is that of Wireshark', { skip: noDictionary }, (t) => {
  const theirs = new Map<string, { name: string; format: string; mandatory: string | undefined }>();
  for (const file of ['dictionary.xml', 'chargecontrol.xml', 'nasreq.xml', 'TGPP.xml']) {
    const xml = readFileSync(path.join(folder, file), 'utf8');
    for (const [, head = '', body = ''] of xml.matchAll(/<avp\s([^>]*)>(.*?)<\/avp>/gsu)) {
      const attribute = (name: string): string | undefined => new RegExp(`${name}="([^"]*)"`, 'u').exec(head)?.[1];
      const vendor = attribute('vendor-id') === 'TGPP' ? VENDOR_3GPP : 0;
      const type = /type-name="(\w+)"/u.exec(body)?.[1] ?? 'Grouped';
      theirs.set(`${attribute('code')} ${vendor}`, {
        name: attribute('name') ?? '',
        format: formats[type] ?? type,
        mandatory: attribute('mandatory'),
      });
    }
  }
  const differences: string[] = [];
  let compared = 0;
  for (const { code, vendor, name, type, mandatory } of dictionary) {
    const other = theirs.get(`${code} ${vendor}`);
    // Numbers that 3GPP gave away twice are in Wireshark's file under their older names.
    if (other === undefined || other.name.includes('OBSOLETE')) continue;
    compared += 1;
    if (other.name !== name) differences.push(`${code}: ${name} | ${other.name}`);
    if (other.format !== type) differences.push(`${name}: ${type} | ${other.format}`);
    if ((other.mandatory === 'must' && !mandatory) || (other.mandatory === 'mustnot' && mandatory))
      differences.push(`${name}: M ${mandatory} | ${other.mandatory}`);
  }
  t.ok(compared > 130, `${compared} of ${dictionary.length} AVPs compared`);
  t.same(differences.sort(), [
    // RFC 6733, 7.1 and 7.6.2: Unsigned32; Wireshark calls it Enumerated to show names.
    'Experimental-Result-Code: Unsigned32 | Enumerated',
    'Result-Code: Unsigned32 | Enumerated',
  ]);
  t.equal(new Set(dictionary.map(({ code, vendor }) => `${code} ${vendor}`)).size, dictionary.length, 'each once');
  t.ok(dictionary.includes(base.sessionId));
  t.end();
});
