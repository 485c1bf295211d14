/**
 * An eNodeB with phones in it, for tests of the core: `node test/helpers/epc-station.ts CONFIG` in a namespace. There is
 * no radio; what a phone says goes straight into S1AP. The test tells it what to do over a control socket, one request
 * for each step of a phone's life, and gets back what the network answered.
 */
import { createSocket, type Socket } from 'node:dgram';
import { Usim } from '../../src/signalling/aka/usim.ts';
import { SequenceWindow } from '../../src/signalling/aka/sqn.ts';
import { openControl } from '../../lab/epc/control.ts';
import { type ControlRequest, isListOfText } from '../../lab/epc/functions.ts';
import { encodePlmn } from '../../src/signalling/identity.ts';
import { bigEndian } from '../../src/signalling/octets.ts';
import {
  cellIdentity,
  decodeS1ap,
  encodeS1ap,
  s1ap,
  S1AP_PORT,
  S1AP_PPID,
  type S1apPdu,
} from '../../src/signalling/s1ap/s1ap.ts';
import { connect } from '../../lab/epc/sctp/sctp.ts';
import { announceReady, fail } from '../../lab/daemon.ts';
import { integer, ipv4, member, readFields, text } from '../../lab/fields.ts';
import { GTPU_PORT } from '../../lab/gtp/message.ts';
import { TestPhone } from './epc-phone.ts';

const config = readFields(process.argv[2] ?? '');
const local = ipv4(member(config, 'local'));
const s1u = ipv4(member(config, 's1u'));
const enbId = integer(0, 0xf_ffff)(member(config, 'id'));
const plmn = { mcc: '460', mnc: '00' };
const TAC = 7;
const TAI = { pLMNidentity: encodePlmn(plmn), tAC: bigEndian(TAC, 2) };
const CGI = { pLMNidentity: encodePlmn(plmn), 'cell-ID': cellIdentity(enbId, 1) };

const phones = new Map<string, TestPhone>();
const waiting: ((pdu: S1apPdu) => void)[] = [];
let nextId = 0;

const association = await connect({ local, remote: ipv4(member(config, 'mme')), port: S1AP_PORT }).catch(fail);
if (association === undefined) throw new Error('no association');
const send = (pdu: S1apPdu): void =>
  void association.send(pdu.name === 'S1SetupRequest' ? 0 : 1, S1AP_PPID, encodeS1ap(pdu));
association.onMessage(({ bytes }) => {
  const pdu = decodeS1ap(bytes);
  const ids = pdu.name === 'unknown' ? {} : (pdu.ies as { 'eNB-UE-S1AP-ID'?: number });
  const pair = pdu.name === 'UEContextReleaseCommand' ? pdu.ies['UE-S1AP-IDs']['uE-S1AP-ID-pair'] : undefined;
  const id = ids['eNB-UE-S1AP-ID'] ?? pair?.['eNB-UE-S1AP-ID'];
  const phone = [...phones.values()].find((one) => id !== undefined && one.enbUeId === id);
  if (phone === undefined) waiting.shift()?.(pdu);
  else phone.receive(pdu);
});

const packets = new Map<number, number>();
const user: Socket = createSocket('udp4');
user.on('message', (octets) => {
  if (octets[1] === 255) packets.set(octets.readUInt32BE(4), (packets.get(octets.readUInt32BE(4)) ?? 0) + 1);
});
user.bind(GTPU_PORT, s1u);

const answer = (pdu: S1apPdu): Promise<S1apPdu> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    send(pdu);
  });

const setUp = async (network: string): Promise<Record<string, unknown>> => {
  const octets = encodePlmn({ mcc: network.slice(0, 3), mnc: network.slice(3) });
  const reply = await answer(
    s1ap('S1SetupRequest', {
      'Global-ENB-ID': { pLMNidentity: octets, 'eNB-ID': { 'macroENB-ID': enbId } },
      eNBname: `enb-${enbId}`,
      SupportedTAs: [{ tAC: TAI.tAC, broadcastPLMNs: [octets] }],
      DefaultPagingDRX: 'v128',
    }),
  );
  return { name: reply.name };
};

const phoneOf = (request: ControlRequest): TestPhone => {
  const imsi = String(request['imsi']);
  const known = phones.get(imsi);
  if (known !== undefined && request['k'] === undefined) return known;
  const key = (name: string): Uint8Array => Uint8Array.from(Buffer.from(String(request[name]), 'hex'));
  const window = new SequenceWindow(Array.from({ length: 32 }, () => Number(request['seq'] ?? 0)));
  const phone = new TestPhone({
    ...{ imsi, plmn, s1u, place: { TAI, 'EUTRAN-CGI': CGI }, send },
    usim: new Usim({ k: key('k'), opc: key('opc') }, window),
    newId: () => (nextId += 1),
    user: (peer, octets) => user.send(octets, GTPU_PORT, peer),
  });
  phones.set(imsi, phone);
  return phone;
};

const optional = (request: ControlRequest, name: string): string | undefined => {
  const value = request[name];
  return typeof value === 'string' ? value : undefined;
};

const control = async (request: ControlRequest): Promise<Record<string, unknown> | undefined> => {
  switch (request.do) {
    case 'setup':
      return setUp(optional(request, 'plmn') ?? '46000');
    case 'attach':
      return phoneOf(request).attach(optional(request, 'apn'), {
        swallow: isListOfText(request['swallow']) ? request['swallow'] : [],
        wrongRes: request['wrongRes'] === true,
        stranger: request['stranger'] === true,
      });
    case 'detach':
      return phoneOf(request).detach(request['switchOff'] === true);
    case 'ping':
      return phoneOf(request).ping(Number(request['count'] ?? 1), Number(request['length'] ?? 56));
    case 'next':
      return phoneOf(request).next();
    case 'reset':
      return {
        name: (
          await answer(
            s1ap('Reset', { Cause: { misc: 'om-intervention' }, ResetType: { 's1-Interface': 'reset-all' } }),
          )
        ).name,
      };
    case 'idle':
      return phoneOf(request).idle();
    case 'service':
      return phoneOf(request).service();
    case 'stranger':
      return {
        name: (
          await answer(
            s1ap('UplinkNASTransport', {
              'MME-UE-S1AP-ID': 99_999,
              'eNB-UE-S1AP-ID': 99_999,
              'NAS-PDU': Uint8Array.of(7, 0x60, 0x60),
              'EUTRAN-CGI': CGI,
              TAI,
            }),
          )
        ).name,
      };
    default:
      return undefined;
  }
};

await openControl(text(member(config, 'control')), {
  status: () => ({
    phones: [...phones.values()].map((phone) => ({ ...phone.status(), received: packets.get(phone.teid) ?? 0 })),
  }),
  control,
});
announceReady(text(member(config, 'ready')));
