/** The NAS codec against tshark: each message goes over a radio link of GSMTAP (UDP 4729), whose decoder knows NAS. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { type Direction, encodeNas } from '../../../../src/signalling/nas/message.ts';
import { NasSecurityContext } from '../../../../src/signalling/nas/security.ts';
import { ethernet, frame, ipv4 } from '../../../../src/packet/encode.ts';
import { udp } from '../../../../src/packet/encode-transport.ts';
import { concatenate } from '../../../../src/packet/octets.ts';
import { pcapngWriter } from '../../../../src/packet/pcapng.ts';
import { captured } from '../../../helpers/frames.ts';
import { type TsharkRow, tsharkFields, tsharkMissing } from '../../../helpers/tshark.ts';
import { samples } from './samples.ts';

/** The registered port of GSMTAP, and its type of an LTE NAS message; sub-type 1 when it is in an envelope. */
const GSMTAP_PORT = 4729;
const LTE_NAS = 0x12;
const UPLINK = 0x40;

/** GSMTAP version 2: four words of header, of which this link needs the type, the direction and the sub-type. */
const gsmtap = (octets: Uint8Array, direction: Direction, isPlain: boolean): Uint8Array => {
  const header = new Uint8Array(16);
  header.set([2, 4, LTE_NAS, 0, direction === 'uplink' ? UPLINK : 0]);
  header[12] = isPlain ? 0 : 1;
  return concatenate(header, octets);
};

interface Sent {
  readonly name: string;
  readonly octets: Uint8Array;
  readonly direction: Direction;
  readonly isPlain: boolean;
}

const common = { keySet: 1, kasme: new Uint8Array(32).fill(9), eea: 0, eia: 2 } as const;
const sides = {
  uplink: new NasSecurityContext({ ...common, side: 'ue' }),
  downlink: new NasSecurityContext({ ...common, side: 'mme' }),
};

const sent: readonly Sent[] = [
  ...samples.map(({ direction, message }): Sent => {
    return { name: message.kind, octets: encodeNas(message), direction, isPlain: true };
  }),
  ...samples.map(({ direction, message }): Sent => {
    const octets = sides[direction].protect(encodeNas(message));
    return { name: `protected ${message.kind}`, octets, direction, isPlain: false };
  }),
  { name: 'service-request', octets: sides.uplink.serviceRequest(), direction: 'uplink', isPlain: false },
];

const temporary = mkdtempSync(path.join(tmpdir(), 'xiyou-nas-'));
t.teardown(() => rmSync(temporary, { recursive: true }));
const file = path.join(temporary, 'nas.pcapng');

const link = { source: '02:00:00:00:00:01', destination: '02:00:00:00:00:02' };
const hosts = { source: '10.45.0.2', destination: '10.45.0.1' };
const ports = { sourcePort: GSMTAP_PORT, destinationPort: GSMTAP_PORT };
const writer = pcapngWriter();
/** Behind the others one that is wrong, so that it is seen when tshark does not look. */
const cut: Sent = { name: 'cut', octets: Uint8Array.of(7, 0x52, 1, 2, 3), direction: 'downlink', isPlain: true };
const frames = [...sent, cut].map(({ octets, direction, isPlain }) =>
  captured(frame(ethernet(link, ipv4(hosts, udp(ports, gsmtap(octets, direction, isPlain)))))),
);
writeFileSync(file, concatenate(writer.header(), writer.frames(frames)));

const skip = tsharkMissing ?? false;
const fieldsOf = async (...fields: string[]): Promise<TsharkRow[]> => tsharkFields(file, fields);

void t.test('tshark finds nothing malformed and nothing that it does not know', { skip }, async (t) => {
  const rows = await fieldsOf('_ws.malformed', '_ws.expert.message');
  t.equal(rows.length, sent.length + 1);
  const complaints = rows.map((row) => [...(row['_ws.malformed'] ?? []), ...(row['_ws.expert.message'] ?? [])]);
  for (const [index, { name }] of sent.entries()) t.same(complaints[index], [], name);
  t.not(complaints.at(-1)?.length, 0, 'but it does find a message that was cut');
});

void t.test('tshark reads the types, numbers and names that were written', { skip }, async (t) => {
  const [emm, esm] = ['nas_eps.nas_msg_emm_type', 'nas_eps.nas_msg_esm_type'];
  const fields = [emm, esm, 'nas_eps.emm.m_tmsi', 'nas_eps.emm.cause', 'nas_eps.esm.cause', 'e212.imsi'];
  const more = [
    'gsm_a.gm.sm.apn',
    'nas_eps.esm.pdn_ipv4',

    'nas_eps.emm.tai_tac',
    'nas_eps.seq_no',
  ];
  const rows = await fieldsOf(...fields, ...more);
  for (const [index, row] of rows.entries()) {
    const { name = '', octets = new Uint8Array(), isPlain = true } = sent[index] ?? {};
    if (name === 'service-request' || index >= sent.length) continue;
    const inner = isPlain ? octets : octets.subarray(6);
    const isEsm = ((inner[0] ?? 0) & 15) === 2;
    const type = Number(row[isEsm ? esm : emm]?.[0]);
    t.equal(type, inner[isEsm ? 2 : 1], `${name}: type`);
  }
  const rowOf = (name: string): TsharkRow => rows[sent.findIndex((message) => message.name === name)] ?? {};
  const expected: readonly (readonly [string, string, readonly string[]])[] = [
    ['attach-request', 'e212.imsi', ['460000123456789']],
    ['attach-accept', 'nas_eps.emm.m_tmsi', [String(0xdead_beef)]],
    ['attach-accept', 'nas_eps.esm.pdn_ipv4', ['10.45.0.2']],
    ['attach-accept', 'nas_eps.emm.tai_tac', ['4660', '7', '1', '2', '3', '4660', '65534']],
    ['attach-accept', 'gsm_a.gm.sm.apn', ['cmnet.mnc000.mcc460.gprs']],
    ['attach-reject', 'nas_eps.emm.cause', ['19']],
    ['attach-reject', 'nas_eps.esm.cause', ['29']],
    ['protected emm-information', 'nas_eps.seq_no', ['9']],
  ];
  for (const [name, field, values] of expected) t.same(rowOf(name)[field], values, `${name}: ${field}`);
});
