/** tshark as the second opinion: it has to find the same PDUs with the same values in our octets, and nothing wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { formatAddress } from '../../../../src/address/ip.ts';
import { ethernet, frame, ipv4 } from '../../../../src/packet/encode.ts';
import { tcp } from '../../../../src/packet/encode-transport.ts';
import { tcpFlag } from '../../../../src/packet/layer.ts';
import { concatenate } from '../../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../../src/packet/pcapng.ts';
import { encodePdu, type Pdu } from '../../../../src/signalling/rtr/index.ts';
import { captured, macs } from '../../../helpers/frames.ts';
import { rtrPdus } from '../../../helpers/rtr-pdus.ts';
import { tsharkFields, tsharkMissing } from '../../../helpers/tshark.ts';

const skip = tsharkMissing ?? false;
const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-rtr-'));
t.teardown(() => rmSync(temporary, { recursive: true }));

const write = (name: string, pdus: readonly Uint8Array[]): string => {
  const writer = pcapngWriter();
  let sequence = 1;
  const frames = pdus.map((octets) => {
    const fields = {
      sourcePort: 323,
      destinationPort: 40_000,
      sequence,
      acknowledgement: 1,
      flags: tcpFlag.psh | tcpFlag.ack,
    };
    sequence += octets.length;
    const addresses = { source: '10.70.6.2', destination: '10.70.6.1' };
    return captured(frame(ethernet(macs, ipv4(addresses, tcp(fields, octets)))));
  });
  const file = path.join(temporary, name);
  writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));
  return file;
};

const complaints = '_ws.malformed || _ws.expert.severity >= 4194304';
/** What tshark calls the fields of a PDU, and what it has to find in them. */
const expected = (pdu: Pdu): Record<string, string> => {
  const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
  switch (pdu.pdu) {
    case 'serial-notify':
    case 'serial-query':
      return { session_id: `${pdu.session}`, serial_number: `${pdu.serial}` };
    case 'cache-response':
      return { session_id: `${pdu.session}` };
    case 'prefix':
      return {
        'flags.aw': pdu.announce ? '1' : '0',
        prefix_length: `${pdu.prefix.length}`,
        max_length: `${pdu.maxLength}`,
        as_number: `${pdu.asn}`,
        [`ipv${pdu.prefix.family}_prefix`]: formatAddress(pdu.prefix),
      };
    case 'end-of-data': {
      const { refresh, retry, expire } = pdu.intervals ?? {};
      const intervals =
        pdu.intervals === undefined
          ? {}
          : { refresh_interval: `${refresh}`, retry_interval: `${retry}`, expire_interval: `${expire}` };
      return { session_id: `${pdu.session}`, serial_number: `${pdu.serial}`, ...intervals };
    }
    case 'router-key':
      return { as_number: `${pdu.asn}`, subject_key_identifier: hex(pdu.identifier) };
    case 'error-report':
      return {
        error_code: `${pdu.code}`,
        ...(pdu.about.length === 0 ? {} : { error_pdu: hex(pdu.about) }),
        ...(pdu.text === '' ? {} : { error_text: pdu.text }),
      };
    case 'reset-query':
    case 'cache-reset':
      return {};
  }
};

const types: readonly Pdu['pdu'][] = [
  ...(['serial-notify', 'serial-query', 'reset-query', 'cache-response', 'prefix', 'prefix', 'prefix'] as const),
  ...(['end-of-data', 'cache-reset', 'router-key', 'error-report'] as const),
];

void t.test('tshark reads every PDU as it was meant, and complains of none', { skip }, async (t) => {
  const file = write(
    'all.pcapng',
    rtrPdus.map(({ pdu, version }) => encodePdu(pdu, version)),
  );
  t.same(await tsharkFields(file, ['frame.number', '_ws.expert.message'], { filter: complaints }), []);
  const wanted = rtrPdus.map(({ pdu, version }): Record<string, string> => ({
    version: `${version}`,
    ...expected(pdu),
  }));
  const names = [...new Set(['version', 'pdu_type', ...wanted.flatMap((row) => Object.keys(row))])];
  const rows = await tsharkFields(
    file,
    names.map((name) => `rpki-rtr.${name}`),
  );
  t.equal(rows.length, rtrPdus.length);
  for (const [index, row] of wanted.entries()) {
    const found = Object.fromEntries(Object.keys(row).map((name) => [name, rows[index]?.[`rpki-rtr.${name}`]?.[0]]));
    t.same(found, row, `${rtrPdus[index]?.octets}`);
    t.equal(types[Number(rows[index]?.['rpki-rtr.pdu_type']?.[0])], rtrPdus[index]?.pdu.pdu);
  }
});

void t.test('the check sees what is wrong', { skip }, async (t) => {
  const octets = encodePdu({ pdu: 'serial-notify', session: 1, serial: 1 }, 1);
  // A length of eight where there are twelve.
  octets[7] = 8;
  const rows = await tsharkFields(write('bad.pcapng', [octets]), ['frame.number'], { filter: complaints });
  t.equal(rows.length, 1);
});
