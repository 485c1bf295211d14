/** An MME in fake time, between a real HSS, a scripted SGW, and phones of `epc-phone.ts`. */
import { avp, base, type DiameterMessage } from '../../src/signalling/diameter/index.ts';
import { DiameterPeerError } from '../../lab/epc/diameter/pending.ts';
import { causes, cause, ie, type Message, messageType } from '../../src/signalling/gtpv2/index.ts';
import { type Draft } from '../../lab/epc/gtpv2/transaction.ts';
import { Usim } from '../../src/signalling/aka/usim.ts';
import { Hss } from '../../lab/epc/hss/hss.ts';
import { defaultTimers } from '../../lab/epc/mme/config.ts';
import { Mme } from '../../lab/epc/mme/mme.ts';
import { encodePlmn } from '../../src/signalling/identity.ts';
import { bigEndian } from '../../src/signalling/octets.ts';
import { decodeS1ap, encodeS1ap, type S1apPdu } from '../../src/signalling/s1ap/s1ap.ts';
import { fakeClock } from './fake-clock.ts';
import { TestPhone } from './epc-phone.ts';
import { gtpv2Messages } from './gtpv2-messages.ts';

export const plmn = { mcc: '460', mnc: '00' };
export const keys = { k: new Uint8Array(16).fill(1), opc: new Uint8Array(16).fill(2) };
export const IMSI = '460000000000001';
export const TAI = { pLMNidentity: encodePlmn(plmn), tAC: bigEndian(7, 2) };
export const CGI = { pLMNidentity: encodePlmn(plmn), 'cell-ID': 0xe0101 };

/** The eNodeB's number of the phone that a message is about. */
const enbIdOf = (pdu: S1apPdu): number | undefined => {
  if (pdu.name === 'unknown') return undefined;
  if (pdu.name === 'UEContextReleaseCommand') return pdu.ies['UE-S1AP-IDs']['uE-S1AP-ID-pair']?.['eNB-UE-S1AP-ID'];
  return (pdu.ies as { readonly 'eNB-UE-S1AP-ID'?: number })['eNB-UE-S1AP-ID'];
};

export const makeMme = ({
  hssDown = false,
  sgw = (_type: number): number | Error | Promise<number> => causes['Request accepted'],
} = {}) => {
  const clock = fakeClock();
  const ambr = { uplink: 1_000_000, downlink: 2_000_000 };
  const subscriber = { imsi: IMSI, keys, msisdn: undefined, apns: ['cmnet'], ambr, sqn: 0, barred: undefined };
  let number = 0;
  const random = (length: number): Uint8Array => bigEndian((number += 1), 6).subarray(6 - Math.min(6, length));
  const hss = new Hss([subscriber], (length) => new Uint8Array(length).fill((number += 1)));
  const [asked, sent]: [Draft[], S1apPdu[]] = [[], []];
  const mme = new Mme(
    {
      ...{ name: 'mme', plmn, group: 1, code: 2, s1mme: { local: '10.1.1.2' }, pgw: '10.1.4.2', timers: defaultTimers },
      s6a: { local: '10.1.2.1', hss: '10.1.2.2', host: 'mme.test', realm: 'test', transport: 'sctp' },
      s11: { local: '10.1.3.1', sgw: '10.1.3.2' },
      ...{ eea: [0], eia: [2] },
    },
    {
      ...{ clock, restarts: 1, random, log: () => undefined, warn: () => undefined },
      askHss: async (draft): Promise<DiameterMessage> => {
        if (hssDown) throw new DiameterPeerError('not-open', 'no connection');
        const header = { request: true, proxiable: true, error: false, retransmitted: false, hopByHop: 1, endToEnd: 1 };
        const message = { ...header, command: draft.command, application: draft.application };
        return {
          ...message,
          avps: hss.answer({ ...message, avps: [avp(base.originHost, 'mme.test'), ...draft.avps] }),
        };
      },
      tellSgw: (draft) => void asked.push(draft),
      askSgw: async (draft): Promise<Message> => {
        asked.push(draft);
        const value = await sgw(draft.type);
        if (value instanceof Error) throw value;
        const accepted = gtpv2Messages.get('Create Session Response');
        if (draft.type === messageType['Create Session Request'] && value === 16 && accepted) return accepted;
        return { type: draft.type + 1, teid: 0, sequence: 1, ies: [ie(cause, { value })] };
      },
    },
  );
  const all: TestPhone[] = [];
  let deaf: readonly S1apPdu['name'][] = [];
  const enodeb = mme.join('10.1.1.1', (pdu) => {
    // Through the codec, as on the wire.
    sent.push(decodeS1ap(encodeS1ap(pdu)));
    if (!deaf.includes(pdu.name)) all.find(({ enbUeId }) => enbUeId === enbIdOf(pdu))?.receive(pdu);
  });
  const send = (pdu: S1apPdu): void => mme.receive(enodeb, pdu);
  const options = { imsi: IMSI, plmn, s1u: '10.1.5.1', place: { TAI, 'EUTRAN-CGI': CGI }, send, user: () => undefined };
  const makePhone = (usim = new Usim(keys)): TestPhone => {
    const phone = new TestPhone({ ...options, usim, newId: () => (number += 1) });
    all.push(phone);
    return phone;
  };
  /** Messages of these names are lost from now on. */
  const lose = (...names: readonly S1apPdu['name'][]): void => void (deaf = names);
  const phones = (): readonly Readonly<Record<string, unknown>>[] => mme.status()['phones'] as never;
  const count = (name: S1apPdu['name']): number => sent.filter((pdu) => pdu.name === name).length;
  const types = (): readonly number[] => asked.map(({ type }) => type);
  return { mme, enodeb, clock, asked, sent, send, makePhone, lose, phones, count, types };
};
