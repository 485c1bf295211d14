/**
 * The eNodeB as a state machine: RRC messages of phones on one side, S1AP messages of the MME on the other (3GPP TS
 * 36.300, 36.331, 36.413). It carries NAS messages without reading them, and tells the user plane which tunnels there are.
 */
import type { RejectedTunnel } from '../../gtp/message.ts';
import { encodePlmn } from '../../../src/signalling/identity.ts';
import { bigEndian } from '../../../src/signalling/octets.ts';
import type { OnAir, RandomAccess } from '../radio.ts';
import {
  type Cause,
  causeText,
  errorIndication,
  type S1apError,
  s1ap,
  type S1apMessage,
  type S1apPdu,
} from '../../../src/signalling/s1ap/s1ap.ts';
import { addBearers, releaseBearers } from './bearers.ts';
import { connect, dedicated } from './connection.ts';
import type { Context } from './context.ts';
import { SETUP_LIMIT, setUpContext } from './context-setup.ts';
import { errorIndicated, page, releaseCommand, resetByMme } from './from-mme.ts';
import { cancelled, command, preparationFailed, requireHandover } from './handover-source.ts';
import { admit, arrive, statusTransferred } from './handover-target.ts';
import { requestRelease } from './inactivity.ts';
import { tunnelLost } from './lost-tunnel.ts';
import * as order from './orders.ts';
import { type EnodebOptions, ids, Station } from './station.ts';

/** TimeToWait (TS 36.413, 9.2.1.61) in milliseconds; without it the eNodeB waits as long as this. */
const waits = { v1s: 1000, v2s: 2000, v5s: 5000, v10s: 10_000, v20s: 20_000, v60s: 60_000 } as const;
const DEFAULT_WAIT = 5000;
export class Enodeb {
  readonly #station: Station;
  #s1: 'down' | 'setting-up' | 'up' = 'down';
  #mme: string | undefined;
  #cancelRetry: () => void = () => undefined;
  #resetDone: () => void = () => undefined;

  constructor(options: EnodebOptions) {
    this.#station = new Station(options);
  }

  get s1(): 'down' | 'setting-up' | 'up' {
    return this.#s1;
  }
  /** The MME's name. */
  get mme(): string | undefined {
    return this.#mme;
  }
  get contexts(): readonly Context[] {
    return [...this.#station.contexts.values()];
  }

  // The S1 interface

  /** There is an association with the MME (8.7.3). */
  associated(): void {
    const { id, name, plmn, tac } = this.#station.options.config;
    const pLMNidentity = encodePlmn(plmn);
    this.#s1 = 'setting-up';
    this.#station.toMme(
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
    for (const context of this.contexts) this.#station.release(context);
  }

  /** A message that the MME sent and that makes no sense. */
  notUnderstood(error: S1apError): void {
    if (error.criticality === 'reject') this.#station.toMme(errorIndication(error));
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
        return this.#withContext(pdu, (context) => {
          context.messages += 1;
          this.#station.toPhone(context, order.informationTransfer(pdu.ies['NAS-PDU']));
        });
      case 'InitialContextSetupRequest':
        return this.#withContext(pdu, (context) => setUpContext(this.#station, context, pdu));
      case 'E-RABSetupRequest':
        return this.#withContext(pdu, (context) => addBearers(this.#station, context, pdu));
      case 'E-RABReleaseCommand':
        return this.#withContext(pdu, (context) => releaseBearers(this.#station, context, pdu));
      case 'UEContextModificationRequest':
        return this.#withContext(pdu, (context) =>
          this.#station.toMme(s1ap('UEContextModificationResponse', ids(context))),
        );
      case 'UEContextReleaseCommand':
        return releaseCommand(this.#station, pdu);
      case 'HandoverRequest':
        return admit(this.#station, pdu);
      case 'HandoverCommand':
        return this.#withContext(pdu, (context) => command(this.#station, context, pdu));
      case 'HandoverPreparationFailure':
        return this.#withContext(pdu, (context) => preparationFailed(this.#station, context, pdu));
      case 'HandoverCancelAcknowledge':
        return this.#withContext(pdu, (context) => cancelled(this.#station, context));
      case 'MMEStatusTransfer':
        return this.#withContext(pdu, (context) => statusTransferred(context, pdu));
      case 'Paging':
        return page(this.#station, pdu);
      case 'Reset':
        return resetByMme(this.#station, pdu);
      case 'ResetAcknowledge':
        this.#resetDone();
        return undefined;
      case 'ErrorIndication':
        return errorIndicated(this.#station, pdu);
      default:
        return undefined;
    }
  }

  #setupFailed({ ies }: S1apMessage<'S1SetupFailure'>): void {
    this.#station.options.log(`S1: the MME refuses: ${causeText(ies.Cause)}`);
    this.#s1 = 'down';
    const wait =
      ies.TimeToWait === undefined ? DEFAULT_WAIT : (waits[ies.TimeToWait as keyof typeof waits] ?? DEFAULT_WAIT);
    this.#cancelRetry = this.#station.options.clock.after(wait, () => this.associated());
  }

  #withContext(
    pdu: S1apPdu & { readonly ies: { readonly 'MME-UE-S1AP-ID': number; readonly 'eNB-UE-S1AP-ID': number } },
    action: (context: Context) => void,
  ): void {
    const { 'MME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': enbId } = pdu.ies;
    const context = this.#station.contexts.get(enbId);
    if (context === undefined || (context.mmeId !== undefined && context.mmeId !== mmeId)) {
      const cause = context === undefined ? 'unknown-enb-ue-s1ap-id' : 'unknown-pair-ue-s1ap-id';
      this.#station.toMme(
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

  /**
   * Forgets connections, of some phones or of all, and has the MME forget them (8.7.1.2.2).
   *
   * @returns how many; false instead when the MME has not acknowledged in time
   */
  reset(phones: readonly string[] | undefined): Promise<number | false> {
    const { clock, toMme } = this.#station.options;
    const chosen = this.contexts.filter(({ phone }) => phones === undefined || phones.includes(phone ?? ''));
    if (phones !== undefined && chosen.length === 0) return Promise.resolve(0);
    const part = chosen.map(({ enbId, mmeId }) => ({ 'eNB-UE-S1AP-ID': enbId, 'mME-UE-S1AP-ID': mmeId }));
    const ResetType = phones === undefined ? { 's1-Interface': 'reset-all' as const } : { 'partOfS1-Interface': part };
    for (const context of chosen) this.#station.release(context);
    return new Promise((resolve) => {
      const cancel = clock.after(SETUP_LIMIT, () => resolve(false));
      this.#resetDone = () => {
        cancel();
        resolve(chosen.length);
      };
      toMme(s1ap('Reset', { Cause: { misc: 'om-intervention' }, ResetType }));
    });
  }

  // Phones

  fromPhone(phone: string, air: OnAir | RandomAccess): void {
    if (air.channel === 'MAC') arrive(this.#station, phone, air.crnti);
    if (air.channel === 'UL-CCCH') connect(this.#station, phone, air.message, this.#s1 === 'up');
    if (air.channel !== 'UL-DCCH') return;
    const context = this.#station.byPhone.get(phone);
    if (context !== undefined) dedicated(this.#station, context, air.message);
  }

  /** The phone has nothing to say for a while, or an operator says so: the MME shall make it idle (8.3.2). */
  requestRelease(phone: string, cause?: Cause): boolean {
    const context = this.#station.byPhone.get(phone);
    if (context?.mmeId === undefined) return false;
    requestRelease(this.#station, context, cause);
    return true;
  }

  /** The SGW does not know a tunnel. */
  tunnelLost(tunnel: RejectedTunnel): void {
    tunnelLost(this.#station, tunnel);
  }

  /**
   * Hands a phone over to a neighbour, by its name or its address on the radio link; an operator says so.
   *
   * @returns why the phone stays; undefined when it has gone
   */
  handOver(phone: string, target: string): Promise<string | undefined> {
    const { neighbours } = this.#station.options.config;
    const neighbour = neighbours.find(({ name, radio }) => name === target || radio === target);
    const context = this.#station.byPhone.get(phone);
    if (neighbour === undefined) return Promise.resolve(`no neighbour is called ${target}`);
    if (context === undefined) return Promise.resolve(`no phone ${phone} is connected here`);
    return new Promise((resolve) => {
      const problem = requireHandover(this.#station, context, neighbour, resolve);
      if (problem !== undefined) resolve(problem);
    });
  }
}
