/** The check of captures is not blind: it finds messages that are broken on purpose, and nothing in good ones. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import t from 'tap';
import { ethernet, frame, ipv4 } from '../../../src/packet/encode.ts';
import { udp } from '../../../src/packet/encode-transport.ts';
import { encodeMessage, GTPV2_PORT } from '../../../src/signalling/gtpv2/index.ts';
import { encodePacket } from '../../../src/signalling/sctp/encode.ts';
import { encodeS1ap, S1AP_PORT, S1AP_PPID, s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import { remarksOn } from '../../helpers/clean-capture.ts';
import { captured } from '../../helpers/frames.ts';
import { gtpv2Messages } from '../../helpers/gtpv2-messages.ts';
import { writeCapture } from '../../helpers/pcap.ts';
import { data } from '../../helpers/sctp-packets.ts';
import { tsharkMissing } from '../../helpers/tshark.ts';

const skip = tsharkMissing ?? false;
const directory = mkdtempSync(path.join(tmpdir(), 'xiyou-clean-'));
t.teardown(() => rmSync(directory, { recursive: true }));

const macs = { source: '02:00:00:00:01:00', destination: '02:00:00:00:02:00' } as const;
const addresses = { source: '10.70.2.1', destination: '10.70.2.2' } as const;
const SCTP = 132;

/** What is said about one frame. */
const remarks = async (
  packet: Parameters<typeof ipv4>[1],
  next?: number,
  ...more: Parameters<typeof remarksOn> extends [string, ...infer Rest] ? Rest : never
): Promise<string[]> => {
  const file = path.join(directory, 'frame.pcapng');
  const header = next === undefined ? addresses : { ...addresses, next };
  writeCapture(file, [captured(frame(ethernet(macs, ipv4(header, packet))))]);
  return remarksOn(file, ...more);
};

/** An S1AP message that says what a phone's radio can do, in an SCTP packet. */
const capability = (octets: Uint8Array): Uint8Array => {
  const ids = { 'MME-UE-S1AP-ID': 1, 'eNB-UE-S1AP-ID': 1 };
  const message = encodeS1ap(s1ap('UECapabilityInfoIndication', { ...ids, UERadioCapability: octets }));
  return encodePacket(S1AP_PORT, S1AP_PORT, 7, [data(1, { stream: 1, ppid: S1AP_PPID, payload: message })]);
};
const good = capability(Uint8Array.of(0, 0x10, 0, 0));
const request = gtpv2Messages.get('Create Session Request');
if (request === undefined) throw new Error('no sample');
const ports = { sourcePort: GTPV2_PORT, destinationPort: GTPV2_PORT };

void t.test('good messages are clean', { skip }, async (t) => {
  t.same(await remarks(good, SCTP), []);
  t.same(await remarks(udp(ports, encodeMessage(request))), []);
});

void t.test('a message of another protocol inside that cannot be read', { skip }, async (t) => {
  const [remark = ''] = await remarks(capability(Uint8Array.of(0, 0x10)), SCTP);
  t.match(remark, /Malformed/u, 'a made-up UE radio capability of two octets');
  const allowance = { remark: 'Malformed Packet', because: 'malformed messages are never allowed' };
  t.equal((await remarks(capability(Uint8Array.of(0, 0x10)), SCTP, [allowance])).length, 1);
});

void t.test('a wrong checksum of SCTP', { skip }, async (t) => {
  const wrong = Uint8Array.from(good);
  wrong[8] = (wrong[8] ?? 0) ^ 1;
  t.equal((await remarks(wrong, SCTP)).length, 1);
});

void t.test('an element of GTPv2 that ends behind its message', { skip }, async (t) => {
  // The IMSI is the first element; its length says that it has two octets more than it has.
  const octets = encodeMessage(request);
  octets[14] = (octets[14] ?? 0) + 2;
  t.equal((await remarks(udp(ports, octets))).length, 1);
});

void t.test('a remark that has nothing to say is allowed by its text, and no other', { skip }, async (t) => {
  const file = path.join(directory, 'twice.pcapng');
  const packet = captured(frame(ethernet(macs, ipv4({ ...addresses, next: SCTP }, good))));
  writeCapture(file, [packet, packet]);
  t.match(await remarksOn(file), [/Retransmitted TSN/u]);
  t.same(await remarksOn(file, [{ remark: 'Retransmitted TSN', because: 'the frame was captured at both ends' }]), []);
  t.equal((await remarksOn(file, [{ remark: 'another', because: 'it is not this one' }])).length, 1);
});
