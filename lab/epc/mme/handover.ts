/**
 * S1 handover between two eNodeBs of this MME (3GPP TS 23.401, 5.5.1.2; TS 36.413, 8.4): the target is asked for a place,
 * the source is told to send the phone there, and when the phone has arrived the SGW is told where packets go.
 *
 *     source        MME        target
 *       | Required -> | Request -> |
 *       | <- Command  | <- Ack     |
 *       | Status   -> | -> Status  |       the phone moves
 *       |             | <- Notify  |       Modify Bearer on S11
 *       | <- Release  |            |
 */
import { deriveNextHop } from '../../../src/signalling/aka/kdf.ts';
import { tunnelInterface, type Fteid } from '../../../src/signalling/gtpv2/index.ts';
import { s1apSecurityCapabilities } from '../../../src/signalling/nas/capability.ts';
import { bigEndian, readBigEndian } from '../../../src/signalling/octets.ts';
import {
  type Cause,
  type Ies,
  s1ap,
  transportLayerAddress,
  transportLayerAddresses,
} from '../../../src/signalling/s1ap/s1ap.ts';
import { Connection, type Place } from './connection.ts';
import { qosOf, ratesOf } from './context-setup.ts';
import type { Core } from './core.ts';
import type { Enodeb } from './enodeb.ts';
import type { Pdn, Phone } from './phone.ts';
import { Aborted, Procedure, type S1apOf } from './procedure.ts';
import { dropConnection, releaseConnection } from './release.ts';
import { connectBearer } from './session.ts';

type Required = Ies<'HandoverRequired'>;

/** The eNodeB that is meant; undefined when none of that identity and tracking area has set up S1. */
const targetOf = (enodebs: Iterable<Enodeb>, { HandoverType: type, TargetID }: Required): Enodeb | undefined => {
  const meant = TargetID['targeteNB-ID'];
  const id = meant?.['global-ENB-ID']['eNB-ID']['macroENB-ID'];
  if (type !== 'intralte' || meant === undefined || id === undefined) return undefined;
  const tac = readBigEndian(meant['selected-TAI'].tAC);
  return [...enodebs].find((one) => one.id === id && one.tais.some((tai) => tai.tac === tac));
};

/** Where the phone is going to be, until the target says which cell it is. */
const placeAt = ({ tais }: Enodeb, before: Place): Place => ({ ...before, tai: tais[0] ?? before.tai });

/** The next hop of the chain of keys: each handover takes one, so that the source cannot know the target's (TS 33.401, 7.2.8.4.3). */
const nextHop = (phone: Phone): Ies<'HandoverRequest'>['SecurityContext'] => {
  if (phone.security === undefined || phone.nextHop === undefined) throw new Error(`${phone.imsi} has no keys`);
  const { chainingCount, key } = phone.nextHop;
  phone.nextHop = { chainingCount: (chainingCount + 1) % 8, key: deriveNextHop(phone.security.kasme, key) };
  return { nextHopChainingCount: phone.nextHop.chainingCount, nextHopParameter: phone.nextHop.key };
};

const request = (target: Connection, phone: Phone, pdn: Pdn, required: Required): void => {
  if (phone.capability === undefined) throw new Error(`${phone.imsi} has no security context`);
  const { encryption, integrity } = s1apSecurityCapabilities(phone.capability);
  target.send(
    s1ap('HandoverRequest', {
      'MME-UE-S1AP-ID': target.mmeId,
      HandoverType: 'intralte',
      Cause: required.Cause,
      uEaggregateMaximumBitrate: ratesOf(phone, pdn),
      'E-RABToBeSetupListHOReq': [
        {
          'e-RAB-ID': pdn.ebi,
          transportLayerAddress: transportLayerAddress(pdn.sgwUser.ipv4 ?? ''),
          'gTP-TEID': bigEndian(pdn.sgwUser.teid, 4),
          'e-RABlevelQosParameters': qosOf(pdn),
        },
      ],
      'Source-ToTarget-TransparentContainer': required['Source-ToTarget-TransparentContainer'],
      UESecurityCapabilities: { encryptionAlgorithms: encryption, integrityProtectionAlgorithms: integrity },
      SecurityContext: nextHop(phone),
    }),
  );
};

/** The target's end of the tunnel; undefined when it has no room for the bearer. */
const admittedTunnel = ({ ies }: S1apOf<'HandoverRequestAcknowledge'>, ebi: number): Fteid | undefined => {
  const bearer = ies['E-RABAdmittedList'].find((one) => one['e-RAB-ID'] === ebi);
  const [ipv4] = bearer === undefined ? [] : transportLayerAddresses(bearer.transportLayerAddress);
  if (bearer === undefined || ipv4 === undefined) return undefined;
  return { interface: tunnelInterface['S1-U eNodeB GTP-U'], teid: readBigEndian(bearer['gTP-TEID']), ipv4 };
};

/** The target shall forget the phone; it has not come, or not to stay. */
const giveUp = async (core: Core, target: Connection, cause: Cause): Promise<void> => {
  target.procedure = undefined;
  await releaseConnection(core, target, cause);
};

/** Why the phone stays where it is; undefined when that is not the MME's to say. */
interface Failure {
  readonly cause: Cause | undefined;
}

/** Asks the target for a place. */
const prepare = async (
  core: Core,
  target: Connection,
  procedure: Procedure,
  phone: Phone,
  pdn: Pdn,
  required: Required,
): Promise<Failure | { readonly tunnel: Fteid; readonly container: Uint8Array }> => {
  const names = ['HandoverRequestAcknowledge', 'HandoverFailure', 'HandoverCancel'] as const;
  const answer = procedure.s1ap(core.config.timers.s1, ...names);
  request(target, phone, pdn, required);
  const prepared = await answer;
  if (prepared?.name === 'HandoverFailure') {
    target.procedure = undefined;
    dropConnection(core, target, 'the eNodeB has no place');
    return { cause: prepared.ies.Cause };
  }
  const tunnel = prepared?.name === 'HandoverRequestAcknowledge' ? admittedTunnel(prepared, pdn.ebi) : undefined;
  if (prepared?.name === 'HandoverRequestAcknowledge' && tunnel !== undefined)
    return { tunnel, container: prepared.ies['Target-ToSource-TransparentContainer'] };
  void giveUp(core, target, { radioNetwork: 'handover-cancelled' });
  // Whoever has cancelled waits for no other answer.
  if (prepared?.name === 'HandoverCancel') return { cause: undefined };
  return { cause: { radioNetwork: 'ho-failure-in-target-EPC-eNB-or-target-system' } };
};

/** Sends the phone to the target; false when it has not arrived there. */
const execute = async (
  core: Core,
  source: Connection,
  target: Connection,
  procedure: Procedure,
  container: Uint8Array,
): Promise<boolean> => {
  const arrival = procedure.s1ap(core.config.timers.handover, 'HandoverNotify', 'HandoverCancel');
  source.handoverTo = target;
  source.send(
    s1ap('HandoverCommand', {
      ...source.ids,
      HandoverType: 'intralte',
      'Target-ToSource-TransparentContainer': container,
    }),
  );
  const arrived = await arrival;
  if (arrived?.name === 'HandoverNotify') return true;
  void giveUp(core, target, { radioNetwork: arrived === undefined ? 'tS1relocoverall-expiry' : 'handover-cancelled' });
  return false;
};

const run = async (
  core: Core,
  source: Connection,
  target: Connection,
  procedure: Procedure,
  phone: Phone,
  pdn: Pdn,
  required: Required,
): Promise<Failure | undefined> => {
  const prepared = await prepare(core, target, procedure, phone, pdn, required);
  if ('cause' in prepared) return prepared;
  if (!(await execute(core, source, target, procedure, prepared.container))) return undefined;
  // From here on the phone is at the target, whatever becomes of its packets.
  source.procedure = undefined;
  target.phone = phone;
  target.security = source.security;
  phone.connection = target;
  try {
    await procedure.during(connectBearer(core, target, pdn, prepared.tunnel));
    core.ports.log(`handover: ${phone.imsi} is at ${target.enodeb.name}`);
  } catch (error) {
    if (!(error instanceof Aborted)) void giveUp(core, target, { nas: 'unspecified' });
    throw error;
  } finally {
    void releaseConnection(core, source, { radioNetwork: 'successful-handover' });
  }
  return undefined;
};

/** Refuses a handover; the phone stays. */
const refuse = (source: Connection, cause: Cause): void =>
  source.send(s1ap('HandoverPreparationFailure', { ...source.ids, Cause: cause }));

/** Serves a HANDOVER REQUIRED to its end; never throws. */
export const handOver = async (core: Core, source: Connection, required: Required): Promise<void> => {
  const { phone } = source;
  const { log } = core.ports;
  const enodeb = targetOf(core.enodebs, required);
  if (phone?.pdn?.enodeb === undefined || phone.state !== 'registered' || phone.connection !== source)
    return refuse(source, { radioNetwork: 'unspecified' });
  if (source.procedure !== undefined) return refuse(source, { radioNetwork: 'interaction-with-other-procedure' });
  if (enodeb === undefined || enodeb === source.enodeb) return refuse(source, { radioNetwork: 'unknown-targetID' });
  const procedure = new Procedure('handover', core.ports.clock);
  const ids = { mmeId: core.connectionIds.take(), enbId: undefined };
  const target = new Connection(enodeb, ids, placeAt(enodeb, source.place), log);
  enodeb.connections.set(target.mmeId, target);
  source.procedure = procedure;
  target.procedure = procedure;
  try {
    const failure = await run(core, source, target, procedure, phone, phone.pdn, required);
    if (failure?.cause !== undefined) refuse(source, failure.cause);
  } catch (error) {
    log(`handover: ${phone.imsi}: ${String(error)}`);
    await abandon(core, source, target, error);
  } finally {
    source.handoverTo = undefined;
    for (const connection of [source, target]) if (connection.procedure === procedure) connection.procedure = undefined;
  }
  return undefined;
};

/** Something came between: the source hears of it while it still waits, and nobody comes to the target any more. */
const abandon = async (core: Core, source: Connection, target: Connection, error: unknown): Promise<void> => {
  if (!(error instanceof Aborted)) core.ports.warn(error);
  if (target.phone !== undefined) return;
  const isConnected = (one: Connection): boolean => one.enodeb.connections.get(one.mmeId) === one;
  if (isConnected(source) && source.handoverTo === undefined)
    refuse(source, { radioNetwork: 'ho-failure-in-target-EPC-eNB-or-target-system' });
  if (isConnected(target)) await giveUp(core, target, { radioNetwork: 'handover-cancelled' });
};
