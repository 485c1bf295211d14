/** S1AP and RRC against tshark: it has to find the same message and the same values in our octets, and nothing wrong. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { GSMTAP_PORT } from '../../../src/signalling/gsmtap.ts';
import { rrcDatagram } from '../../../src/signalling/rrc/rrc.ts';
import { encodeS1ap, parseS1ap, S1AP_PORT, S1AP_PPID, type S1apPdu } from '../../../src/signalling/s1ap/s1ap.ts';
import { ethernet, frame, ipv4, type Payload } from '../../../src/packet/encode.ts';
import { udp } from '../../../src/packet/encode-transport.ts';
import { concatenate, put16, put32 } from '../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../src/packet/pcapng.ts';
import { captured } from '../../helpers/frames.ts';
import { rrcMessages } from '../../helpers/rrc-messages.ts';
import { s1apMessages } from '../../helpers/s1ap-messages.ts';
import { tsharkFields, tsharkMissing } from '../../helpers/tshark.ts';
import { corpus, skip as noCorpus } from './s1ap/corpus.ts';

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-epc-tshark-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const skip = tsharkMissing ?? false;

const macs = { source: '02:00:00:00:01:00', destination: '02:00:00:00:02:00' } as const;
const addresses = { source: '10.70.2.1', destination: '10.70.2.2' } as const;
const SCTP = 132;

const write = (name: string, packets: readonly Payload[], next?: number): string => {
  const file = path.join(temporary, name);
  const writer = pcapngWriter();
  const frames = packets.map((packet) =>
    captured(frame(ethernet(macs, ipv4(next === undefined ? addresses : { ...addresses, next }, packet)))),
  );
  writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));
  return file;
};

/** A whole message in one DATA chunk (RFC 9260, 3.3.1), without a checksum, which tshark does not ask for. */
const sctp = (message: Uint8Array, index: number): Uint8Array => {
  const packet = new Uint8Array(12 + 16 + Math.ceil(message.length / 4) * 4);
  put16(packet, 0, S1AP_PORT);
  put16(packet, 2, S1AP_PORT);
  // Type DATA, flags beginning and end; length, TSN, stream, sequence number, payload protocol identifier.
  put16(packet, 12, 3);
  put16(packet, 14, 16 + message.length);
  put32(packet, 16, index + 1);
  put16(packet, 20, 1);
  put16(packet, 22, index);
  put32(packet, 24, S1AP_PPID);
  packet.set(message, 28);
  return packet;
};

/** Of notes, warnings and errors (Wireshark's PI_NOTE). */
const NOTE = 0x40_0000;

/** What tshark complains about, by the number of the frame. */
const complaints = async (file: string): Promise<string[]> => {
  const rows = await tsharkFields(file, ['frame.number', '_ws.expert.message', '_ws.malformed'], {
    filter: `_ws.malformed || _ws.expert.severity>=${NOTE}`,
  });
  return rows.map((row) => Object.values(row).flat().join(': '));
};

/** The identifiers of the elements that stand directly in a message. */
const idsOf = (pdu: S1apPdu): number[] => (pdu.name === 'unknown' ? [] : pdu.elements.map(({ id }) => id));

/** What we and tshark both say of a message. */
const summary = (pdu: S1apPdu) => {
  const ies = pdu.name === 'unknown' ? {} : (pdu.ies as Readonly<Record<string, unknown>>);
  const number = (value: unknown): string[] => (typeof value === 'number' ? [String(value)] : []);
  return {
    code: String(pdu.procedureCode),
    outcome: pdu.outcome,
    mme: number(ies['MME-UE-S1AP-ID']),
    enb: number(ies['eNB-UE-S1AP-ID']),
  };
};
const compare = async (file: string, pdus: readonly S1apPdu[]): Promise<string[]> => {
  const rows = await tsharkFields(file, [
    's1ap.procedureCode',
    's1ap.initiatingMessage_element',
    's1ap.successfulOutcome_element',
    's1ap.unsuccessfulOutcome_element',
    's1ap.MME_UE_S1AP_ID',
    's1ap.ENB_UE_S1AP_ID',
    's1ap.id',
  ]);
  return pdus.flatMap((pdu, index) => {
    const row = rows[index] ?? {};
    const wanted = summary(pdu);
    const outcome = (row[`s1ap.${wanted.outcome}_element`] ?? []).length;
    const ids = (row['s1ap.id'] ?? []).map(Number);
    // tshark also lists the identifiers of list items and extensions, and other fields of the same type, in between.
    let at = 0;
    for (const id of ids) if (id === idsOf(pdu)[at]) at += 1;
    const same =
      row['s1ap.procedureCode']?.[0] === wanted.code &&
      outcome === 1 &&
      at === idsOf(pdu).length &&
      wanted.mme.every((id) => row['s1ap.MME_UE_S1AP_ID']?.includes(id)) &&
      wanted.enb.every((id) => row['s1ap.ENB_UE_S1AP_ID']?.includes(id));
    return same ? [] : [`${index + 1} ${pdu.name}: ${JSON.stringify({ wanted, ids: idsOf(pdu), row })}`];
  });
};

void t.test('tshark reads our S1AP messages', { skip }, async (t) => {
  const file = write('s1ap.pcapng', s1apMessages.map(encodeS1ap).map(sctp), SCTP);
  t.same(await complaints(file), []);
  t.same(await compare(file, s1apMessages), []);
  const values = [
    's1ap.gTP_TEID',
    's1ap.transportLayerAddressIPv4',
    's1ap.qCI',
    's1ap.cell_ID',
    's1ap.m_TMSI',
    's1ap.macroENB_ID',
    's1ap.SecurityKey',
    's1ap.nextHopChainingCount',
    's1ap.pDCP_SN',
  ];
  const rows = await tsharkFields(file, values);
  const seen = Object.fromEntries(
    values.map((field) => [field, [...new Set(rows.flatMap((row) => row[field] ?? []))]]),
  );
  t.match(seen, { 's1ap.qCI': ['9', '1'], 's1ap.nextHopChainingCount': ['3'], 's1ap.pDCP_SN': ['4000'] });
  t.match(seen['s1ap.transportLayerAddressIPv4'], ['10.70.2.2']);
  t.ok(
    seen['s1ap.gTP_TEID']?.some((value) => value.replaceAll(':', '') === '00001000'),
    'a TEID',
  );
  t.ok(
    seen['s1ap.m_TMSI']?.some((value) => /c0:?ff:?ee:?01|^3237998081$/u.test(value)),
    'an M-TMSI',
  );
  t.end();
});

void t.test('tshark reads captured messages as we do', { skip: noCorpus === false ? skip : noCorpus }, async (t) => {
  t.same(
    await compare(
      write('corpus.pcapng', corpus.map(sctp), SCTP),
      corpus.map((octets) => parseS1ap(octets)),
    ),
    [],
  );
  t.end();
});

void t.test('tshark reads our RRC messages in GSMTAP', { skip }, async (t) => {
  const ports = { sourcePort: GSMTAP_PORT, destinationPort: GSMTAP_PORT };
  const file = write(
    'rrc.pcapng',
    rrcMessages.map(({ channel, octets }) => udp(ports, rrcDatagram(channel, octets))),
  );
  t.same(await complaints(file), []);
  const fields = [
    '_ws.col.Info',
    'gsmtap.uplink',
    'lte-rrc.randomValue',
    'lte-rrc.cellIdentity',
    'lte-rrc.trackingAreaCode',
    'lte-rrc.dedicatedInfoNAS',
    'lte-rrc.newUE_Identity',
    'lte-rrc.drb_Identity',
    'lte-rrc.rsrpResult',
    'lte-rrc.integrityProtAlgorithm',
  ];
  const rows = await tsharkFields(file, fields);
  for (const [index, { name, channel }] of rrcMessages.entries()) {
    const row = rows[index] ?? {};
    t.match(row['_ws.col.Info']?.[0], new RegExp(`^${name}\\b`, 'u'), `${channel} ${name}`);
    t.equal(row['gsmtap.uplink']?.[0], channel.startsWith('UL') ? '1' : '0', `${channel}: direction`);
  }
  const all = (field: string): string =>
    rows
      .flatMap((row) => row[field] ?? [])
      .join(' ')
      .replaceAll(':', '');
  t.match(all('lte-rrc.randomValue'), 'abcdef1234');
  t.match(all('lte-rrc.cellIdentity'), /00e01010|00e0101/u);
  t.match(all('lte-rrc.trackingAreaCode'), '3001');
  t.equal(
    all('lte-rrc.dedicatedInfoNAS')
      .split(' ')
      .filter((nas) => nas === '076060').length,
    3,
    'NAS messages',
  );
  t.match(all('lte-rrc.newUE_Identity'), '1234');
  t.equal(all('lte-rrc.drb_Identity'), '1');
  t.equal(all('lte-rrc.rsrpResult'), '20 60');
  t.equal(all('lte-rrc.integrityProtAlgorithm'), '2');
  t.end();
});
