/** A phone of the station (epc-station.ts): EMM as far as tests of the core need it, each step a function. */
import type { Usim } from '../../src/signalling/aka/usim.ts';
import type { Guti } from '../../src/signalling/guti.ts';
import type { Plmn } from '../../src/signalling/identity.ts';
import { bigEndian, readBigEndian } from '../../src/signalling/octets.ts';
import { capabilityOf } from '../../src/signalling/nas/capability.ts';
import { emmCause } from '../../src/signalling/nas/cause.ts';
import { attachType, NO_KEYS } from '../../src/signalling/nas/emm.ts';
import { requestType } from '../../src/signalling/nas/esm.ts';
import {
  decodeNas,
  decodePlain,
  encodeNas,
  type MessageOf,
  type PlainMessage,
} from '../../src/signalling/nas/message.ts';
import { dnsServersIn, requestedConfiguration } from '../../src/signalling/nas/pco.ts';
import { isProtected, NasSecurityContext } from '../../src/signalling/nas/security.ts';
import { pdnType } from '../../src/signalling/nas/session.ts';
import type { Algorithm } from '../../src/signalling/aka/eea.ts';
import {
  type Ies,
  s1ap,
  type S1apPdu,
  transportLayerAddress,
  transportLayerAddresses,
} from '../../src/signalling/s1ap/s1ap.ts';
import { HEADER_LENGTH, writeGpduHeader } from '../../lab/gtp/message.ts';
import { echoPacket } from './epc-packet.ts';

interface PhoneOptions {
  readonly imsi: string;
  readonly plmn: Plmn;
  readonly usim: Usim;
  /** The eNodeB's S1-U address. */
  readonly s1u: string;
  readonly place: Pick<Ies<'InitialUEMessage'>, 'TAI' | 'EUTRAN-CGI'>;
  readonly send: (pdu: S1apPdu) => void;
  readonly newId: () => number;
  /** Sends a GTP-U packet. */
  readonly user: (peer: string, octets: Uint8Array) => void;
}

/** UE radio capability with no radio access technology in it. */
const RADIO_CAPABILITY = Uint8Array.of(0, 0x10, 0, 0);
const capability = capabilityOf([0, 1, 2], [1, 2]);
type Report = Record<string, unknown>;

/** What a phone does otherwise than it should. */
export interface Quirks {
  /** Messages of the network that it hears and does not answer, as if the answer were lost. */
  readonly swallow?: readonly string[] | undefined;
  /** It answers the challenge with something else. */
  readonly wrongRes?: boolean | undefined;
  /** It tells its access point only under protection (ESM information transfer). */
  readonly hiding?: boolean | undefined;
  /** It claims a GUTI that no MME has given. */
  readonly stranger?: boolean | undefined;
}
const STRANGER: Guti = { plmn: { mcc: '460', mnc: '00' }, mmeGroup: 0x8001, mmeCode: 2, mTmsi: 0xdead_beef };

export class TestPhone {
  readonly #options: PhoneOptions;
  readonly #inbox: S1apPdu[] = [];
  #wake: (() => void) | undefined;
  enbUeId = -1;
  #mmeUeId = -1;
  #security: NasSecurityContext | undefined;
  #pending: { readonly kasme: Uint8Array; readonly keySet: number } | undefined;
  #guti: Guti | undefined;
  #address = '';
  #quirks: Quirks = {};
  #sgw: { readonly teid: number; readonly address: string } | undefined;

  constructor(options: PhoneOptions) {
    this.#options = options;
  }

  /** The eNodeB's end of the tunnel. */
  get teid(): number {
    return 0x2000 + this.enbUeId;
  }

  /** The key that everything else is made from. */
  get kasme(): Uint8Array {
    if (this.#security === undefined) throw new Error('the phone was never attached');
    return this.#security.kasme;
  }

  status(): Report {
    return { imsi: this.#options.imsi, address: this.#address, teid: this.teid, sgw: this.#sgw };
  }

  receive(pdu: S1apPdu): void {
    this.#inbox.push(pdu);
    this.#wake?.();
  }

  /** @param quirks hold until the next attach */
  async attach(apn: string | undefined, quirks: Quirks = {}): Promise<Report> {
    this.#quirks = quirks;
    if (quirks.stranger === true) this.#guti = STRANGER;
    const esm = encodeNas({
      kind: 'pdn-connectivity-request',
      ebi: 0,
      pti: 1,
      requestType: requestType.initial,
      pdnType: pdnType.ipv4,
      apn,
      pco: requestedConfiguration(),
      ...(quirks.hiding === true ? { informationTransfer: 1 } : {}),
    });
    const { imsi } = this.#options;
    const request: PlainMessage = {
      kind: 'attach-request',
      attachType: attachType.eps,
      keySet: this.#security?.keySet ?? NO_KEYS,
      identity: this.#guti === undefined ? { kind: 'imsi', digits: imsi } : { kind: 'guti', guti: this.#guti },
      capability,
      esm,
    };
    const protectedRequest = this.#security?.protect(encodeNas(request), 'integrity');
    this.#begin(protectedRequest ?? encodeNas(request));
    this.#security = undefined;
    return this.#run();
  }

  async detach(switchOff: boolean): Promise<Report> {
    const identity =
      this.#guti === undefined
        ? ({ kind: 'imsi', digits: this.#options.imsi } as const)
        : ({ kind: 'guti', guti: this.#guti } as const);
    this.#nas({
      kind: 'detach-request',
      detachType: { type: 1, switchOff },
      keySet: this.#security?.keySet ?? NO_KEYS,
      identity,
    });
    return this.#run();
  }

  /** Lives on until the connection is released. */
  next(): Promise<Report> {
    return this.#run();
  }

  async idle(): Promise<Report> {
    this.#options.send(s1ap('UEContextReleaseRequest', { ...this.#ids, Cause: { radioNetwork: 'user-inactivity' } }));
    return this.#run();
  }

  async service(): Promise<Report> {
    if (this.#security === undefined || this.#guti === undefined) throw new Error('the phone was never attached');
    this.#begin(this.#security.serviceRequest());
    return this.#run();
  }

  /** Sends echo requests to the gateway through the tunnel. */
  ping(count: number, length: number): Report {
    if (this.#sgw === undefined) throw new Error('the phone has no bearer');
    const packet = echoPacket(this.#address, '10.45.0.1', length);
    const octets = Buffer.alloc(HEADER_LENGTH + packet.length);
    writeGpduHeader(octets, 0, this.#sgw.teid, packet.length);
    octets.set(packet, HEADER_LENGTH);
    for (let sent = 0; sent < count; sent += 1) this.#options.user(this.#sgw.address, octets);
    return { octets: packet.length };
  }

  get #ids(): { 'MME-UE-S1AP-ID': number; 'eNB-UE-S1AP-ID': number } {
    return { 'MME-UE-S1AP-ID': this.#mmeUeId, 'eNB-UE-S1AP-ID': this.enbUeId };
  }

  #begin(octets: Uint8Array): void {
    this.enbUeId = this.#options.newId();
    const guti = this.#guti;
    const known = guti && { mMEC: bigEndian(guti.mmeCode, 1), 'm-TMSI': bigEndian(guti.mTmsi, 4) };
    this.#options.send(
      s1ap('InitialUEMessage', {
        'eNB-UE-S1AP-ID': this.enbUeId,
        'NAS-PDU': octets,
        ...this.#options.place,
        'RRC-Establishment-Cause': 'mo-Signalling',
        ...(known === undefined ? {} : { 'S-TMSI': known }),
      }),
    );
  }

  #nas(message: PlainMessage, header: 'integrityCiphered' | 'integrityCipheredNewContext' = 'integrityCiphered'): void {
    const plain = encodeNas(message);
    const octets = this.#security?.protect(plain, header) ?? plain;
    this.#options.send(s1ap('UplinkNASTransport', { ...this.#ids, 'NAS-PDU': octets, ...this.#options.place }));
  }

  async #message(): Promise<S1apPdu> {
    for (;;) {
      const pdu = this.#inbox.shift();
      if (pdu !== undefined) return pdu;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Answers the network until the phone is attached or its connection is released; reports what it was told. */
  async #run(): Promise<Report> {
    const report: Report = { seen: [] };
    for (;;) {
      const pdu = await this.#message();
      if (pdu.name === 'unknown') continue;
      if (pdu.name === 'UEContextReleaseCommand') {
        const pair = pdu.ies['UE-S1AP-IDs']['uE-S1AP-ID-pair'];
        this.#mmeUeId = pair?.['mME-UE-S1AP-ID'] ?? this.#mmeUeId;
        this.#options.send(s1ap('UEContextReleaseComplete', this.#ids));
        return { ...report, released: pdu.ies.Cause };
      }
      if (pdu.name === 'DownlinkNASTransport') {
        this.#mmeUeId = pdu.ies['MME-UE-S1AP-ID'];
        this.#hear(pdu.ies['NAS-PDU'], report);
      } else if (pdu.name === 'InitialContextSetupRequest') {
        this.#mmeUeId = pdu.ies['MME-UE-S1AP-ID'];
        this.#setUp(pdu.ies, report);
        if (this.#quirks.swallow?.includes('attach-accept') !== true) return report;
      }
    }
  }

  #setUp(ies: Ies<'InitialContextSetupRequest'>, report: Report): void {
    const [bearer] = ies['E-RABToBeSetupListCtxtSUReq'];
    if (bearer === undefined) throw new Error('no bearer');
    const [address = ''] = transportLayerAddresses(bearer.transportLayerAddress);
    this.#sgw = { teid: readBigEndian(bearer['gTP-TEID']), address };
    this.#options.send(s1ap('UECapabilityInfoIndication', { ...this.#ids, UERadioCapability: RADIO_CAPABILITY }));
    const tunnel = {
      transportLayerAddress: transportLayerAddress(this.#options.s1u),
      'gTP-TEID': bigEndian(this.teid, 4),
    };
    this.#options.send(
      s1ap('InitialContextSetupResponse', {
        ...this.#ids,
        'E-RABSetupListCtxtSURes': [{ 'e-RAB-ID': bearer['e-RAB-ID'], ...tunnel }],
      }),
    );
    const nas = bearer['nAS-PDU'];
    if (nas !== undefined) this.#hear(nas, report);
    report['attached'] = true;
  }

  #hear(octets: Uint8Array, report: Report): void {
    const message = this.#open(octets);
    (report['seen'] as string[]).push(message.kind);
    if (this.#quirks.swallow?.includes(message.kind) === true) return;
    switch (message.kind) {
      case 'identity-request':
        this.#nas({ kind: 'identity-response', identity: { kind: 'imsi', digits: this.#options.imsi } });
        return;
      case 'authentication-request':
        this.#challenged(message);
        return;
      case 'security-mode-command':
        this.#nas({ kind: 'security-mode-complete' }, 'integrityCipheredNewContext');
        return;
      case 'attach-accept':
        this.#accepted(message, report);
        return;
      case 'attach-reject':
        report['cause'] = message.cause;
        if (message.esm !== undefined) {
          const esm = decodePlain(message.esm, 'downlink');
          report['esm'] = 'cause' in esm ? esm.cause : undefined;
        }
        return;
      case 'service-reject':
        report['cause'] = message.cause;
        return;
      case 'network-detach-request':
        report['type'] = message.detachType.type;
        this.#nas({ kind: 'detach-accept' });
        return;
      default:
    }
  }

  #open(octets: Uint8Array): PlainMessage {
    if (!isProtected(octets)) return decodePlain(octets, 'downlink');
    const envelope = decodeNas(octets, 'downlink');
    if (this.#security === undefined && envelope.kind === 'protected') {
      const inner = decodePlain(envelope.payload, 'downlink');
      if (inner.kind !== 'security-mode-command' || this.#pending === undefined)
        throw new Error(`unexpected ${inner.kind}`);
      const { eea, eia } = inner.algorithms;
      const algorithms = { eea: eea as Algorithm, eia: eia as Algorithm };
      this.#security = new NasSecurityContext({ side: 'ue', ...this.#pending, ...algorithms });
    }
    return decodePlain(this.#security?.open(octets).message ?? octets, 'downlink');
  }

  #challenged({ rand, autn, keySet }: MessageOf<'authentication-request'>): void {
    const outcome = this.#options.usim.challenge(rand, autn, this.#options.plmn);
    if (outcome.outcome === 'authenticated') {
      this.#pending = { kasme: outcome.kasme, keySet };
      const res = this.#quirks.wrongRes === true ? outcome.res.toReversed() : outcome.res;
      this.#nas({ kind: 'authentication-response', res });
    } else if (outcome.outcome === 'synch-failure')
      this.#nas({ kind: 'authentication-failure', cause: emmCause['Synch failure'], auts: outcome.auts });
    else this.#nas({ kind: 'authentication-failure', cause: emmCause['MAC failure'] });
  }

  #accepted({ guti, esm }: MessageOf<'attach-accept'>, report: Report): void {
    const bearer = decodePlain(esm, 'downlink');
    if (bearer.kind !== 'activate-default-bearer-request') throw new Error(`an attach accept with ${bearer.kind}`);
    this.#guti = guti ?? this.#guti;
    this.#address = bearer.address.ipv4 ?? '';
    Object.assign(report, { address: this.#address, dns: dnsServersIn(bearer.pco ?? []), apn: bearer.apn });
    this.#nas({
      kind: 'attach-complete',
      esm: encodeNas({ kind: 'activate-default-bearer-accept', ebi: bearer.ebi, pti: 0 }),
    });
  }
}
