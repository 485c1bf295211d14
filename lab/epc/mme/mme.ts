/**
 * The mobility management entity (3GPP TS 23.401, 4.4.2): it knows the phones, and has no part in their packets. This
 * file gives each message of an eNodeB to the procedure that waits for it, or begins the one that it asks for.
 */
import { decodePlmn } from '../../../src/signalling/identity.ts';
import type { Incoming } from '../gtpv2/transaction.ts';
import { decodeNas } from '../../../src/signalling/nas/message.ts';
import { NasError } from '../../../src/signalling/nas/error.ts';
import { NasSecurityError } from '../../../src/signalling/nas/security.ts';
import { readBigEndian } from '../../../src/signalling/octets.ts';
import { type Ies, s1ap, type S1apPdu } from '../../../src/signalling/s1ap/s1ap.ts';
import { attach } from './attach.ts';
import type { MmeConfig } from './config.ts';
import { Connection, type Place } from './connection.ts';
import { Core, type MmePorts } from './core.ts';
import { detach } from './detach.ts';
import { Enodeb } from './enodeb.ts';
import { handOver } from './handover.ts';
import { bearerLost, forgetSessions, serveGateway } from './gateway.ts';
import type { Phone } from './phone.ts';
import { type NasEvent, Procedure } from './procedure.ts';
import { loseConnection, releaseConnection } from './release.ts';
import { beginAnew, resetEnodeb, serveReset } from './reset.ts';
import { setUp } from './s1-setup.ts';
import { refuse, serve, update } from './service.ts';
import { idleBearer } from './session.ts';

type Initial = Ies<'InitialUEMessage'>;

const placeOf = (ies: Pick<Initial, 'TAI' | 'EUTRAN-CGI'>): Place | undefined => {
  const plmn = decodePlmn(ies.TAI.pLMNidentity);
  if (plmn === undefined) return undefined;
  return { tai: { plmn, tac: readBigEndian(ies.TAI.tAC) }, cell: ies['EUTRAN-CGI']['cell-ID'] };
};

const sameOctets = (one: Uint8Array | undefined, other: Uint8Array): boolean =>
  one !== undefined && Buffer.compare(one, other) === 0;

export class Mme {
  readonly #core: Core;

  constructor(config: MmeConfig, ports: MmePorts) {
    this.#core = new Core(config, ports);
  }

  /** An eNodeB has connected. */
  join(address: string, send: Enodeb['send']): Enodeb {
    const enodeb = new Enodeb(address, send);
    this.#core.enodebs.add(enodeb);
    return enodeb;
  }

  /** An eNodeB is gone, and with it the connections of its phones. */
  leave(enodeb: Enodeb, reason: string): void {
    this.#core.enodebs.delete(enodeb);
    for (const connection of enodeb.connections.values()) this.#lose(connection, reason);
  }

  /** A whole message of an eNodeB. */
  receive(enodeb: Enodeb, pdu: S1apPdu): void {
    switch (pdu.name) {
      case 'S1SetupRequest':
        this.#core.enodebs.add(enodeb);
        enodeb.send(setUp(this.#core.config, enodeb, pdu.ies), 0);
        this.#beginAnew(enodeb);
        return;
      case 'Reset':
        serveReset(this.#core, enodeb, pdu.ies.ResetType);
        return;
      case 'ResetAcknowledge':
        enodeb.resetDone();
        return;
      case 'InitialUEMessage':
        this.#begin(enodeb, pdu.ies);
        return;
      case 'UplinkNASTransport':
      case 'UEContextReleaseRequest':
      case 'UEContextReleaseComplete':
      case 'E-RABReleaseIndication':
      case 'UECapabilityInfoIndication':
      case 'InitialContextSetupResponse':
      case 'InitialContextSetupFailure':
      case 'HandoverRequired':
      case 'HandoverRequestAcknowledge':
      case 'ENBStatusTransfer':
      case 'HandoverNotify':
      case 'HandoverCancel':
        this.#about(enodeb, pdu);
        return;
      case 'HandoverFailure':
        // The eNodeB has not given the phone a number.
        enodeb.connections.get(pdu.ies['MME-UE-S1AP-ID'])?.procedure?.offer({ s1ap: pdu });
        return;
      default:
        // Error Indications and what is not read ask for nothing; the log has them.
        return;
    }
  }

  /** A request of the SGW. */
  serveGateway(incoming: Incoming): void {
    serveGateway(this.#core, incoming);
  }

  /** The SGW has restarted. */
  forgetSessions(): void {
    forgetSessions(this.#core);
  }

  /** Resets S1 with the eNodeB of a name; undefined when there is none. See `resetEnodeb`. */
  reset(name: string, imsis: readonly string[] | undefined): ReturnType<typeof resetEnodeb> | undefined {
    const enodeb = [...this.#core.enodebs].find((one) => one.name === name);
    return enodeb && resetEnodeb(this.#core, enodeb, imsis);
  }

  status(): Readonly<Record<string, unknown>> {
    return {
      name: this.#core.config.name,
      numbers: this.#core.numbers,
      enodebs: [...this.#core.enodebs].map((enodeb) => enodeb.status()),
      phones: this.#core.phones.map((phone) => phone.status()),
    };
  }

  /** A message about a phone that both sides have a number for. */
  #about(
    enodeb: Enodeb,
    pdu: Extract<S1apPdu, { readonly ies: { readonly 'MME-UE-S1AP-ID': number; readonly 'eNB-UE-S1AP-ID': number } }>,
  ): void {
    const connection = enodeb.connections.get(pdu.ies['MME-UE-S1AP-ID']);
    const { 'MME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': enbId } = pdu.ies;
    if (connection !== undefined) connection.enbId ??= enbId;
    if (connection?.enbId !== enbId) {
      const reason = connection === undefined ? 'unknown-mme-ue-s1ap-id' : 'unknown-pair-ue-s1ap-id';
      const ids = { 'MME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': enbId };
      enodeb.send(s1ap('ErrorIndication', { ...ids, Cause: { radioNetwork: reason } }), 1);
      return;
    }
    if (pdu.name === 'UplinkNASTransport') {
      connection.place = placeOf(pdu.ies) ?? connection.place;
      this.#nas(connection, pdu.ies['NAS-PDU'], connection.read(pdu.ies['NAS-PDU']));
    } else if (pdu.name === 'UECapabilityInfoIndication') {
      if (connection.phone !== undefined) connection.phone.radioCapability = pdu.ies.UERadioCapability;
    } else if (pdu.name === 'UEContextReleaseRequest') {
      this.#idle(connection, pdu.ies.Cause);
    } else if (pdu.name === 'E-RABReleaseIndication') {
      const lost = pdu.ies['E-RABReleasedList'].map((item) => item['e-RAB-ID']);
      const { phone } = connection;
      if (phone?.connection === connection && lost.includes(phone.pdn?.ebi ?? -1)) bearerLost(this.#core, phone);
    } else if (pdu.name === 'HandoverRequired') {
      void handOver(this.#core, connection, pdu.ies);
    } else if (pdu.name === 'ENBStatusTransfer') {
      connection.handoverTo?.send(s1ap('MMEStatusTransfer', { ...pdu.ies, ...connection.handoverTo.ids }));
    } else {
      if (pdu.name === 'HandoverNotify') connection.place = placeOf(pdu.ies) ?? connection.place;
      connection.procedure?.offer({ s1ap: pdu });
      // Nothing is left to be cancelled when the phone has arrived; the answer is the same (8.4.5.2).
      if (pdu.name === 'HandoverCancel') connection.send(s1ap('HandoverCancelAcknowledge', connection.ids));
    }
  }

  /** The first message of a phone: a connection begins. */
  #begin(enodeb: Enodeb, ies: Initial): void {
    const place = placeOf(ies);
    if (place === undefined) return;
    const ids = { mmeId: this.#core.connectionIds.take(), enbId: ies['eNB-UE-S1AP-ID'] };
    const connection = new Connection(enodeb, ids, place, this.#core.ports.log);
    enodeb.connections.set(ids.mmeId, connection);
    const sTmsi = ies['S-TMSI'];
    const claimed = sTmsi && this.#core.bySTmsi(readBigEndian(sTmsi.mMEC), readBigEndian(sTmsi['m-TMSI']));
    const octets = ies['NAS-PDU'];
    if (this.#wantsService(connection, claimed, octets)) return;
    const event = connection.read(octets, claimed?.security);
    if (event === undefined) void releaseConnection(this.#core, connection, { nas: 'unspecified' });
    else this.#nas(connection, octets, event);
  }

  /** Serves a SERVICE REQUEST; false when the message is none. */
  #wantsService(connection: Connection, phone: Phone | undefined, octets: Uint8Array): boolean {
    try {
      if (decodeNas(octets, 'uplink').kind !== 'service-request') return false;
    } catch (error) {
      if (error instanceof NasError) return false;
      throw error;
    }
    this.#core.ports.log(`NAS < ${phone?.imsi ?? connection.who} service-request`);
    try {
      const count = phone?.security?.openServiceRequest(octets);
      if (phone === undefined || count === undefined) throw new NasSecurityError('integrity', 'there are no keys');
      void serve(this.#core, connection, this.#start(connection, 'service request'), phone, count);
    } catch (error) {
      if (!(error instanceof NasSecurityError)) throw error;
      void refuse(this.#core, connection, 'UE identity cannot be derived by the network');
    }
    return true;
  }

  /** A NAS message: the answer that a procedure waits for, or the beginning of one. */
  #nas(connection: Connection, octets: Uint8Array, event: NasEvent | undefined): void {
    if (event === undefined || connection.procedure?.offer(event) === true) return;
    const { nas } = event;
    const core = this.#core;
    if (nas.kind === 'attach-request') {
      // The same request again: the phone has waited for longer than T3410, and the attach goes on (5.5.1.2.7, e).
      if (sameOctets(connection.request, octets)) return;
      const procedure = this.#start(connection, 'attach');
      connection.request = octets;
      void attach(core, connection, procedure, nas);
    } else if (nas.kind === 'detach-request') {
      connection.procedure?.abort('the phone detaches');
      connection.procedure = undefined;
      detach(core, connection, nas).catch(core.ports.warn);
    } else if (nas.kind === 'tracking-area-update-request') {
      update(core, connection, nas, event.count).catch(core.ports.warn);
    } else core.ports.log(`NAS: ${connection.who}: nobody waits for ${nas.kind}`);
  }

  #start(connection: Connection, name: string): Procedure {
    connection.procedure?.abort(`${name} takes over`);
    const procedure = new Procedure(name, this.#core.ports.clock);
    connection.procedure = procedure;
    return procedure;
  }

  /** The eNodeB wants a phone's connection gone, as when nothing has been said for a while. */
  #idle(connection: Connection, cause: Ies<'UEContextReleaseRequest'>['Cause']): void {
    const { phone } = connection;
    const run = async (): Promise<void> => {
      if (phone?.connection === connection) await idleBearer(this.#core, phone);
      await releaseConnection(this.#core, connection, cause);
    };
    run().catch(this.#core.ports.warn);
  }

  /** Erases what there was before S1 Setup, and another association of the same eNodeB. */
  #beginAnew(enodeb: Enodeb): void {
    beginAnew(this.#core, enodeb);
    for (const other of this.#core.enodebs)
      if (other !== enodeb && other.id !== undefined && other.id === enodeb.id)
        this.leave(other, 'the eNodeB has another association');
  }

  #lose(connection: Connection, reason: string): void {
    loseConnection(this.#core, connection, reason).catch(this.#core.ports.warn);
  }
}
