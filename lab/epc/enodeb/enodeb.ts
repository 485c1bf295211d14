/**
 * The eNodeB as a state machine: RRC messages of phones on one side, S1AP messages of the MME on the other (3GPP TS
 * 36.300, 36.331, 36.413). It carries NAS messages without reading them, and tells the user plane which tunnels there are.
 */
import type { RejectedTunnel } from '../../gtp/message.ts';
import type { Clock } from '../clock.ts';
import { encodePlmn } from '../../../src/signalling/identity.ts';
import { bigEndian, readBigEndian } from '../../../src/signalling/octets.ts';
import type { OnAir } from '../radio.ts';
import type { RrcMessage } from '../../../src/signalling/rrc/rrc.ts';
import {
  type Cause,
  causeText,
  cellIdentity,
  type ElementValue,
  errorIndication,
  type MessageName,
  type S1apError,
  s1ap,
  type S1apMessage,
  type S1apPdu,
  transportLayerAddress,
} from '../../../src/signalling/s1ap/s1ap.ts';
import type { EnodebConfig } from './config.ts';
import { type Bearer, type Context, type EstablishmentCause, type Setup, wanted, type Wanted } from './context.ts';
import * as order from './orders.ts';

/** The tunnels of phones. */
export interface UserPlane {
  /** Begins to forward; returns a handle, or undefined when the phone cannot be reached on the radio. */
  readonly install: (phone: string, tunnel: Pick<Bearer, 'teidIn' | 'teidOut' | 'peer'>) => number | undefined;
  readonly remove: (handle: number) => void;
}

export interface EnodebOptions {
  readonly config: EnodebConfig;
  readonly clock: Clock;
  /** The first TEID, so that tunnels of before a restart are not mistaken for new ones. */
  readonly firstTeid: number;
  readonly toMme: (pdu: S1apPdu) => void;
  readonly toPhone: (phone: string, order: order.Order) => void;
  /** To all phones of the cell. */
  readonly broadcast: (message: OnAir<'PCCH'>) => void;
  readonly userPlane: UserPlane;
  readonly log: (line: string) => void;
}

/** Milliseconds that a phone has for the whole set-up of its context (TS 36.413 leaves it open). */
export const SETUP_LIMIT = 5000;
/** Seconds that a phone shall wait while there is no MME. */
const WAIT_FOR_MME = 1;
/** TimeToWait (TS 36.413, 9.2.1.61) in milliseconds; without it the eNodeB waits as long as this. */
const waits = { v1s: 1000, v2s: 2000, v5s: 5000, v10s: 10_000, v20s: 20_000, v60s: 60_000 } as const;
const DEFAULT_WAIT = 5000;
const ENB_IDS = 2 ** 24;
const TEIDS = 2 ** 32;

/** Names that differ between RRC and S1AP; `spare1` means nothing yet. */
const s1Cause: Readonly<Record<string, EstablishmentCause>> = {
  emergency: 'emergency',
  highPriorityAccess: 'highPriorityAccess',
  'mt-Access': 'mt-Access',
  'mo-Data': 'mo-Data',
  delayTolerantAccess: 'delay-TolerantAccess',
  'mo-VoiceCall': 'mo-VoiceCall',
};

const lost: Cause = { radioNetwork: 'radio-connection-with-ue-lost' };

export class Enodeb {
  readonly #options: EnodebOptions;
  readonly #contexts = new Map<number, Context>();
  /** The connection of each phone, by its link-local address. */
  readonly #byPhone = new Map<string, Context>();
  #s1: 'down' | 'setting-up' | 'up' = 'down';
  #mme: string | undefined;
  #nextId = 1;
  #nextTeid: number;
  #cancelRetry: () => void = () => undefined;
  #resetDone: () => void = () => undefined;

  constructor(options: EnodebOptions) {
    this.#options = options;
    this.#nextTeid = Math.max(1, options.firstTeid % TEIDS);
  }

  get s1(): 'down' | 'setting-up' | 'up' {
    return this.#s1;
  }
  /** The MME's name. */
  get mme(): string | undefined {
    return this.#mme;
  }
  get contexts(): readonly Context[] {
    return [...this.#contexts.values()];
  }

  // The S1 interface

  /** There is an association with the MME (8.7.3). */
  associated(): void {
    const { id, name, plmn, tac } = this.#options.config;
    const pLMNidentity = encodePlmn(plmn);
    this.#s1 = 'setting-up';
    this.#options.toMme(
      s1ap('S1SetupRequest', {
        'Global-ENB-ID': { pLMNidentity, 'eNB-ID': { 'macroENB-ID': id } },
        eNBname: name,
        SupportedTAs: [{ tAC: bigEndian(tac, 2), broadcastPLMNs: [pLMNidentity] }],
        DefaultPagingDRX: 'v128',
      }),
    );
  }

  /** The association is gone, and with it all connections of phones. */
  disassociated(): void {
    this.#cancelRetry();
    this.#s1 = 'down';
    this.#mme = undefined;
    for (const context of this.contexts) this.#release(context);
  }

  /** A message that the MME sent and that makes no sense. */
  notUnderstood(error: S1apError): void {
    if (error.criticality === 'reject') this.#options.toMme(errorIndication(error));
  }

  fromMme(pdu: S1apPdu): void {
    switch (pdu.name) {
      case 'S1SetupResponse':
        this.#s1 = 'up';
        this.#mme = pdu.ies.MMEname;
        return;
      case 'S1SetupFailure':
        return this.#setupFailed(pdu);
      case 'DownlinkNASTransport':
        return this.#withContext(pdu, (context) =>
          this.#toPhone(context, order.informationTransfer(pdu.ies['NAS-PDU'])),
        );
      case 'InitialContextSetupRequest':
        return this.#withContext(pdu, (context) => this.#setUp(context, pdu));
      case 'E-RABSetupRequest':
        return this.#withContext(pdu, (context) => this.#addBearers(context, pdu));
      case 'E-RABReleaseCommand':
        return this.#withContext(pdu, (context) => this.#releaseBearers(context, pdu));
      case 'UEContextModificationRequest':
        return this.#withContext(pdu, (context) =>
          this.#options.toMme(s1ap('UEContextModificationResponse', ids(context))),
        );
      case 'UEContextReleaseCommand':
        return this.#releaseCommand(pdu);
      case 'Paging':
        return this.#page(pdu);
      case 'Reset':
        return this.#reset(pdu);
      case 'ResetAcknowledge':
        this.#resetDone();
        return undefined;
      case 'ErrorIndication':
        return this.#errorIndicated(pdu);
      default:
        return undefined;
    }
  }

  #setupFailed({ ies }: S1apMessage<'S1SetupFailure'>): void {
    this.#options.log(`S1: the MME refuses: ${causeText(ies.Cause)}`);
    this.#s1 = 'down';
    const wait =
      ies.TimeToWait === undefined ? DEFAULT_WAIT : (waits[ies.TimeToWait as keyof typeof waits] ?? DEFAULT_WAIT);
    this.#cancelRetry = this.#options.clock.after(wait, () => this.associated());
  }

  #withContext(
    pdu: S1apPdu & { readonly ies: { readonly 'MME-UE-S1AP-ID': number; readonly 'eNB-UE-S1AP-ID': number } },
    action: (context: Context) => void,
  ): void {
    const { 'MME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': enbId } = pdu.ies;
    const context = this.#contexts.get(enbId);
    if (context === undefined || (context.mmeId !== undefined && context.mmeId !== mmeId)) {
      const cause = context === undefined ? 'unknown-enb-ue-s1ap-id' : 'unknown-pair-ue-s1ap-id';
      this.#options.toMme(
        s1ap('ErrorIndication', {
          'MME-UE-S1AP-ID': mmeId,
          'eNB-UE-S1AP-ID': enbId,
          Cause: { radioNetwork: cause },
        }),
      );
      return;
    }
    context.mmeId = mmeId;
    action(context);
  }

  #reset({ ies }: S1apMessage<'Reset'>): void {
    const part = ies.ResetType['partOfS1-Interface'];
    const chosen =
      part === undefined
        ? this.contexts
        : this.contexts.filter((context) =>
            part.some(
              (item) =>
                (item['eNB-UE-S1AP-ID'] ?? context.enbId) === context.enbId &&
                (item['mME-UE-S1AP-ID'] ?? context.mmeId) === context.mmeId,
            ),
          );
    for (const context of chosen) this.#release(context);
    this.#options.toMme(
      s1ap('ResetAcknowledge', {
        'UE-associatedLogicalS1-ConnectionListResAck': part?.map(({ criticality: _, ...item }) => item),
      }),
    );
  }

  /**
   * Forgets connections, of some phones or of all, and has the MME forget them (8.7.1.2.2).
   *
   * @returns how many; false instead when the MME has not acknowledged in time
   */
  reset(phones: readonly string[] | undefined): Promise<number | false> {
    const { clock, toMme } = this.#options;
    const chosen = this.contexts.filter(({ phone }) => phones === undefined || phones.includes(phone));
    if (phones !== undefined && chosen.length === 0) return Promise.resolve(0);
    const part = chosen.map(({ enbId, mmeId }) => ({ 'eNB-UE-S1AP-ID': enbId, 'mME-UE-S1AP-ID': mmeId }));
    const ResetType = phones === undefined ? { 's1-Interface': 'reset-all' as const } : { 'partOfS1-Interface': part };
    for (const context of chosen) this.#release(context);
    return new Promise((resolve) => {
      const cancel = clock.after(SETUP_LIMIT, () => resolve(false));
      this.#resetDone = () => {
        cancel();
        resolve(chosen.length);
      };
      toMme(s1ap('Reset', { Cause: { misc: 'om-intervention' }, ResetType }));
    });
  }

  #errorIndicated({ ies }: S1apMessage<'ErrorIndication'>): void {
    this.#options.log(`S1: the MME complains: ${ies.Cause === undefined ? 'no cause' : causeText(ies.Cause)}`);
    const unknown = ies.Cause?.radioNetwork;
    const context = this.#contexts.get(ies['eNB-UE-S1AP-ID'] ?? -1);
    if (
      context !== undefined &&
      (unknown === 'unknown-mme-ue-s1ap-id' ||
        unknown === 'unknown-pair-ue-s1ap-id' ||
        unknown === 'unknown-enb-ue-s1ap-id')
    )
      this.#release(context);
  }

  #page({ ies }: S1apMessage<'Paging'>): void {
    const sTmsi = ies.UEPagingID['s-TMSI'];
    if (sTmsi === undefined) return;
    const identity = { mmec: readBigEndian(sTmsi.mMEC), 'm-TMSI': readBigEndian(sTmsi['m-TMSI']) };
    this.#options.broadcast({
      channel: 'PCCH',
      message: { paging: { pagingRecordList: [{ 'ue-Identity': { 's-TMSI': identity }, 'cn-Domain': ies.CNDomain }] } },
    });
  }

  // Phones

  fromPhone(phone: string, air: OnAir): void {
    if (air.channel === 'UL-CCCH') this.#connect(phone, air.message);
    if (air.channel !== 'UL-DCCH') return;
    const context = this.#byPhone.get(phone);
    if (context !== undefined) this.#dedicated(context, air.message);
  }

  #connect(phone: string, { rrcConnectionRequest: request }: RrcMessage<'UL-CCCH'>): void {
    if (request === undefined) return;
    const before = this.#byPhone.get(phone);
    if (before !== undefined) this.#lose(before);
    if (this.#s1 !== 'up') {
      this.#options.toPhone(phone, order.connectionReject(WAIT_FOR_MME));
      return;
    }
    const { 'ue-Identity': identity, establishmentCause } = request.criticalExtensions;
    const sTmsi = identity['s-TMSI'];
    const context: Context = {
      phone,
      enbId: this.#newId(),
      mmeId: undefined,
      cause: s1Cause[establishmentCause] ?? 'mo-Signalling',
      sTmsi: sTmsi && { mmec: sTmsi.mmec, mTmsi: sTmsi['m-TMSI'] },
      started: false,
      gone: false,
      setup: undefined,
      bearers: new Map(),
    };
    this.#contexts.set(context.enbId, context);
    this.#byPhone.set(phone, context);
    this.#toPhone(context, order.connectionSetup());
  }

  #dedicated(context: Context, message: RrcMessage<'UL-DCCH'>): void {
    if (message.rrcConnectionSetupComplete !== undefined) this.#start(context, message.rrcConnectionSetupComplete);
    else if (message.ulInformationTransfer !== undefined) {
      const { dedicatedInfoNAS } = message.ulInformationTransfer.criticalExtensions.dedicatedInfoType;
      if (dedicatedInfoNAS === undefined || context.mmeId === undefined) return;
      this.#options.toMme(
        s1ap('UplinkNASTransport', { ...ids(context), 'NAS-PDU': dedicatedInfoNAS, ...this.#place() }),
      );
    } else if (message.ueCapabilityInformation !== undefined && context.setup?.step === 'capability') {
      const UERadioCapability = order.radioCapability(message.ueCapabilityInformation);
      this.#options.toMme(s1ap('UECapabilityInfoIndication', { ...ids(context), UERadioCapability }));
      this.#secure(context, context.setup);
    } else if (message.securityModeComplete !== undefined && context.setup?.step === 'security') {
      this.#reconfigure(context, context.setup);
    } else if (message.securityModeFailure !== undefined && context.setup?.step === 'security') {
      this.#fail(context, { radioNetwork: 'failure-in-radio-interface-procedure' });
    } else if (
      message.rrcConnectionReconfigurationComplete !== undefined &&
      context.setup?.step === 'reconfiguration'
    ) {
      this.#finish(context, context.setup);
    }
  }

  #start(
    context: Context,
    { criticalExtensions }: NonNullable<RrcMessage<'UL-DCCH'>['rrcConnectionSetupComplete']>,
  ): void {
    if (context.started) return;
    context.started = true;
    const { registeredMME: mme, dedicatedInfoNAS } = criticalExtensions;
    this.#options.toMme(
      s1ap('InitialUEMessage', {
        'eNB-UE-S1AP-ID': context.enbId,
        'NAS-PDU': dedicatedInfoNAS,
        ...this.#place(),
        'RRC-Establishment-Cause': context.cause,
        ...(context.sTmsi && {
          'S-TMSI': { mMEC: bigEndian(context.sTmsi.mmec, 1), 'm-TMSI': bigEndian(context.sTmsi.mTmsi, 4) },
        }),
        ...(mme && {
          'GUMMEI-ID': {
            'pLMN-Identity': encodePlmn(this.#options.config.plmn),
            'mME-Group-ID': bigEndian(mme.mmegi, 2),
            'mME-Code': bigEndian(mme.mmec, 1),
          },
        }),
      }),
    );
  }

  /** The phone has nothing to say for a while, or an operator says so: the MME shall make it idle (8.3.2). */
  requestRelease(phone: string, cause: Cause = { radioNetwork: 'user-inactivity' }): boolean {
    const context = this.#byPhone.get(phone);
    if (context?.mmeId === undefined) return false;
    this.#options.toMme(s1ap('UEContextReleaseRequest', { ...ids(context), Cause: cause }));
    return true;
  }

  // The set-up of a context (8.3.1)

  #setUp(context: Context, { ies }: S1apMessage<'InitialContextSetupRequest'>): void {
    context.setup?.cancel();
    const cancel = this.#options.clock.after(SETUP_LIMIT, () => this.#fail(context, lost));
    const setup: Setup = { request: ies, step: 'capability', cancel };
    if (ies.UERadioCapability === undefined) {
      context.setup = setup;
      this.#toPhone(context, order.capabilityEnquiry());
    } else this.#secure(context, setup);
  }

  #secure(context: Context, setup: Setup): void {
    const mask = setup.request.UESecurityCapabilities.integrityProtectionAlgorithms;
    const algorithm = integrityAlgorithm(mask);
    context.setup = { ...setup, step: 'security' };
    if (algorithm === undefined)
      this.#fail(context, { radioNetwork: 'encryption-and-or-integrity-protection-algorithms-not-supported' });
    else this.#toPhone(context, order.securityMode(algorithm));
  }

  #reconfigure(context: Context, setup: Setup): void {
    const items = setup.request['E-RABToBeSetupListCtxtSUReq'].map(wanted);
    const by = 'InitialContextSetupRequest';
    const bearers = items.flatMap((item) => (item !== undefined && this.#install(context, item, by) ? [item] : []));
    if (bearers.length === 0) {
      this.#fail(context, { radioNetwork: 'radio-resources-not-available' });
      return;
    }
    context.setup = { ...setup, step: 'reconfiguration' };
    const nas = bearers.flatMap((bearer) => bearer.nas ?? []);
    this.#toPhone(context, order.reconfiguration({ added: bearers.map(({ ebi }) => ebi), nas, first: true }));
  }

  #finish(context: Context, setup: Setup): void {
    setup.cancel();
    context.setup = undefined;
    const asked = setup.request['E-RABToBeSetupListCtxtSUReq'].map((item) => item['e-RAB-ID']);
    const missing = asked.filter((ebi) => !context.bearers.has(ebi));
    this.#options.toMme(
      s1ap('InitialContextSetupResponse', {
        ...ids(context),
        'E-RABSetupListCtxtSURes': [...context.bearers.values()].map((bearer) => this.#tunnel(bearer)),
        'E-RABFailedToSetupListCtxtSURes': refusals(missing),
      }),
    );
  }

  #fail(context: Context, cause: Cause): void {
    context.setup?.cancel();
    context.setup = undefined;
    this.#removeBearers(context);
    if (context.mmeId !== undefined)
      this.#options.toMme(s1ap('InitialContextSetupFailure', { ...ids(context), Cause: cause }));
  }

  // Bearers

  /** @param learntFrom the message that wants the bearer */
  #install(context: Context, { ebi, qci, teidOut, peer }: Wanted, learntFrom: MessageName): boolean {
    this.#remove(context, ebi);
    const teidIn = this.#nextTeid;
    const handle = this.#options.userPlane.install(context.phone, { teidIn, teidOut, peer });
    if (handle === undefined) return false;
    this.#nextTeid = Math.max(1, (teidIn + 1) % TEIDS);
    context.bearers.set(ebi, { ebi, qci, teidIn, teidOut, peer, learntFrom, handle });
    return true;
  }

  #tunnel({ ebi, teidIn }: Bearer): ElementValue<'E-RABSetupListCtxtSURes'>[number] {
    return {
      'e-RAB-ID': ebi,
      transportLayerAddress: transportLayerAddress(this.#options.config.s1u.local),
      'gTP-TEID': bigEndian(teidIn, 4),
    };
  }

  #addBearers(context: Context, { name, ies }: S1apMessage<'E-RABSetupRequest'>): void {
    const asked = ies['E-RABToBeSetupListBearerSUReq'];
    const items = asked.map(wanted);
    const done = items.flatMap((item) => (item !== undefined && this.#install(context, item, name) ? [item] : []));
    const added = done.map(({ ebi }) => ebi);
    if (done.length > 0)
      this.#toPhone(context, order.reconfiguration({ added, nas: done.flatMap((bearer) => bearer.nas ?? []) }));
    const made = added.flatMap((ebi) => context.bearers.get(ebi) ?? []).map((bearer) => this.#tunnel(bearer));
    this.#options.toMme(
      s1ap('E-RABSetupResponse', {
        ...ids(context),
        'E-RABSetupListBearerSURes': made.length === 0 ? undefined : made,
        'E-RABFailedToSetupListBearerSURes': refusals(
          asked.map((item) => item['e-RAB-ID']).filter((ebi) => !added.includes(ebi)),
        ),
      }),
    );
  }

  #releaseBearers(context: Context, { ies }: S1apMessage<'E-RABReleaseCommand'>): void {
    const asked = ies['E-RABToBeReleasedList'].map((item) => item['e-RAB-ID']);
    const released = asked.filter((ebi) => this.#remove(context, ebi));
    const nas = ies['NAS-PDU'];
    if (released.length > 0 || nas !== undefined)
      this.#toPhone(context, order.reconfiguration({ released, nas: nas === undefined ? [] : [nas] }));
    this.#options.toMme(
      s1ap('E-RABReleaseResponse', {
        ...ids(context),
        'E-RABReleaseListBearerRelComp':
          released.length === 0 ? undefined : released.map((ebi) => ({ 'e-RAB-ID': ebi })),
        'E-RABFailedToReleaseList': refusals(
          asked.filter((ebi) => !released.includes(ebi)),
          'unknown-E-RAB-ID',
        ),
      }),
    );
  }

  /** The SGW does not know a tunnel (TS 29.281, 7.3.1): its bearer is no more, and the MME is told (TS 36.413, 8.2.3.3). */
  tunnelLost({ teid, peer }: RejectedTunnel): void {
    for (const context of this.contexts)
      for (const { ebi, teidOut, peer: gateway } of context.bearers.values())
        if (teidOut === teid && gateway === peer) this.#bearerLost(context, ebi);
  }

  #bearerLost(context: Context, ebi: number): void {
    const cause: Cause = { transport: 'transport-resource-unavailable' };
    if (context.setup !== undefined) {
      this.#fail(context, cause);
      return;
    }
    this.#remove(context, ebi);
    this.#toPhone(context, order.reconfiguration({ released: [ebi], nas: [] }));
    this.#options.toMme(
      s1ap('E-RABReleaseIndication', { ...ids(context), 'E-RABReleasedList': [{ 'e-RAB-ID': ebi, cause }] }),
    );
  }

  #remove(context: Context, ebi: number): boolean {
    const bearer = context.bearers.get(ebi);
    if (bearer === undefined) return false;
    context.bearers.delete(ebi);
    this.#options.userPlane.remove(bearer.handle);
    return true;
  }

  #removeBearers(context: Context): void {
    for (const ebi of [...context.bearers.keys()]) this.#remove(context, ebi);
  }

  // The end of a context

  #releaseCommand({ ies }: S1apMessage<'UEContextReleaseCommand'>): void {
    const named = ies['UE-S1AP-IDs'];
    const pair = named['uE-S1AP-ID-pair'];
    const mmeId = pair?.['mME-UE-S1AP-ID'] ?? named['mME-UE-S1AP-ID'];
    const context = this.contexts.find((context) =>
      pair === undefined ? context.mmeId === mmeId : context.enbId === pair['eNB-UE-S1AP-ID'],
    );
    if (mmeId === undefined) return;
    if (context === undefined) {
      this.#options.toMme(
        s1ap('ErrorIndication', { 'MME-UE-S1AP-ID': mmeId, Cause: { radioNetwork: 'unknown-mme-ue-s1ap-id' } }),
      );
      return;
    }
    this.#release(context);
    this.#options.toMme(s1ap('UEContextReleaseComplete', { 'MME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': context.enbId }));
  }

  /** Everything about a connection goes; the phone is told. */
  #release(context: Context): void {
    context.setup?.cancel();
    this.#removeBearers(context);
    this.#toPhone(context, order.connectionRelease());
    this.#contexts.delete(context.enbId);
    if (this.#byPhone.get(context.phone) === context) this.#byPhone.delete(context.phone);
  }

  /** The phone has left this connection for a new one; the MME has to agree before it is forgotten. */
  #lose(context: Context): void {
    context.gone = true;
    context.setup?.cancel();
    context.setup = undefined;
    this.#removeBearers(context);
    this.#byPhone.delete(context.phone);
    if (context.mmeId === undefined) this.#contexts.delete(context.enbId);
    else this.#options.toMme(s1ap('UEContextReleaseRequest', { ...ids(context), Cause: lost }));
  }

  #toPhone(context: Context, what: order.Order): void {
    if (!context.gone) this.#options.toPhone(context.phone, what);
  }

  #place(): { readonly 'EUTRAN-CGI': ElementValue<'EUTRAN-CGI'>; readonly TAI: ElementValue<'TAI'> } {
    const { id, cell, plmn, tac } = this.#options.config;
    const pLMNidentity = encodePlmn(plmn);
    return {
      'EUTRAN-CGI': { pLMNidentity, 'cell-ID': cellIdentity(id, cell) },
      TAI: { pLMNidentity, tAC: bigEndian(tac, 2) },
    };
  }

  #newId(): number {
    while (this.#contexts.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % ENB_IDS;
    const id = this.#nextId;
    this.#nextId = (id + 1) % ENB_IDS;
    return id;
  }
}

/** Both numbers of a connection; the MME's is known wherever this is used. */
const ids = ({
  mmeId = 0,
  enbId,
}: Context): { readonly 'MME-UE-S1AP-ID': number; readonly 'eNB-UE-S1AP-ID': number } => ({
  'MME-UE-S1AP-ID': mmeId,
  'eNB-UE-S1AP-ID': enbId,
});

/** A list of E-RABs that something could not be done with; undefined instead of an empty one. */
const refusals = (
  ebis: readonly number[],
  cause: 'radio-resources-not-available' | 'unknown-E-RAB-ID' = 'radio-resources-not-available',
): ElementValue<'E-RABFailedToReleaseList'> | undefined =>
  ebis.length === 0 ? undefined : ebis.map((ebi) => ({ 'e-RAB-ID': ebi, cause: { radioNetwork: cause } }));

/** 128-EIA2 before 128-EIA1: the first bits of the mask are EIA1, EIA2. */
const integrityAlgorithm = (mask: unknown): 'eia1' | 'eia2' | undefined => {
  const bits = typeof mask === 'number' ? mask : 0;
  if ((bits & 0x4000) !== 0) return 'eia2';
  return (bits & 0x8000) === 0 ? undefined : 'eia1';
};
