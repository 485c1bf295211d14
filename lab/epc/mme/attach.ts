/**
 * Attach (3GPP TS 23.401, 5.3.2; TS 24.301, 5.5.1): who is it, is it true, what may it do, a session, a bearer. Each
 * step that fails ends the attach with a cause that the phone is told.
 */
import { emmCause } from '../../../src/signalling/nas/cause.ts';
import { attachResult } from '../../../src/signalling/nas/emm.ts';
import { decodePlain, encodeNas, type MessageOf } from '../../../src/signalling/nas/message.ts';
import { NasError } from '../../../src/signalling/nas/error.ts';
import { AuthenticationRejected, askIdentity, authenticate, takeKeysIntoUse } from './authentication.ts';
import type { Connection } from './connection.ts';
import { requestContext, tunnelOf } from './context-setup.ts';
import type { Core } from './core.ts';
import { updateLocation } from './home.ts';
import { areasFor } from './paging.ts';
import type { Pdn, Phone } from './phone.ts';
import { Aborted, NoAnswer, type Procedure } from './procedure.ts';
import { asRefusal, type Refusal } from './refusal.ts';
import { releaseConnection } from './release.ts';
import { chooseApn, connectBearer, createSession, deleteSession, endSession } from './session.ts';

type AttachRequest = MessageOf<'attach-request'>;
type ConnectivityRequest = MessageOf<'pdn-connectivity-request'>;

/** T3412, after which an idle phone tells that it is still there: 54 minutes (TS 24.008, table 11.2). */
const PERIODIC_UPDATE = 54 * 60;

/** The phone that asks. An earlier connection of it is one that it has lost. */
const identify = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  { identity }: AttachRequest,
): Promise<Phone> => {
  const known = identity.kind === 'guti' ? core.byGuti(identity.guti) : undefined;
  const imsi =
    known?.imsi ?? (identity.kind === 'imsi' ? identity.digits : await askIdentity(core, connection, procedure));
  const phone = known ?? core.phone(imsi);
  const before = phone.connection;
  connection.phone = phone;
  phone.connection = connection;
  if (before !== undefined && before !== connection)
    void releaseConnection(core, before, { radioNetwork: 'radio-connection-with-ue-lost' });
  return phone;
};

/** The wish for a connection in the attach request, with what the phone would tell only under protection. */
const connectivity = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  esm: ConnectivityRequest,
): Promise<Pick<ConnectivityRequest, 'apn' | 'pco'>> => {
  if (esm.informationTransfer === undefined) return esm;
  const { nas } = await procedure.exchange(
    () => connection.sendNas({ kind: 'esm-information-request', ebi: 0, pti: esm.pti }),
    core.config.timers.t3489,
    'esm-information-response',
  );
  return { apn: nas.apn, pco: nas.pco ?? esm.pco };
};

const attachAccept = (core: Core, phone: Phone, pdn: Pdn, connection: Connection, pti: number): Uint8Array =>
  connection.wrap({
    kind: 'attach-accept',
    attachResult: attachResult.eps,
    t3412: { seconds: PERIODIC_UPDATE },
    taiList: [{ type: 0, tais: phone.areas }],
    guti: phone.guti ?? core.newGuti(phone),
    esm: encodeNas({
      kind: 'activate-default-bearer-request',
      ebi: pdn.ebi,
      pti,
      qos: { qci: pdn.qos.qci, rates: new Uint8Array() },
      apn: `${pdn.apn}.mnc${core.config.plmn.mnc.padStart(3, '0')}.mcc${core.config.plmn.mcc}.gprs`,
      address: { ipv4: pdn.address },
      ambr: pdn.ambr,
      pco: pdn.pco,
    }),
  });

/** Attach Accept and the bearer: both the eNodeB and the phone have to answer, in whichever order. */
const accept = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  phone: Phone,
  pdn: Pdn,
  keyCount: number,
  pti: number,
): Promise<void> => {
  const { t3450, s1 } = core.config.timers;
  const context = procedure.s1ap(s1, 'InitialContextSetupResponse', 'InitialContextSetupFailure');
  core.newGuti(phone);
  phone.areas = areasFor(core, connection);
  let first = true;
  const complete = procedure.exchange(
    () => {
      const octets = attachAccept(core, phone, pdn, connection, pti);
      if (first) requestContext(connection, phone, pdn, keyCount, octets);
      else connection.sendRaw(octets);
      first = false;
    },
    t3450,
    'attach-complete',
  );
  // The phone may never answer when the eNodeB has failed: then nobody waits for it.
  complete.catch(() => undefined);
  const enodeb = tunnelOf(await context, pdn.ebi);
  await complete;
  await procedure.during(connectBearer(core, connection, pdn, enodeb));
};

const run = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  request: AttachRequest,
  esm: ConnectivityRequest,
): Promise<void> => {
  const phone = await identify(core, connection, procedure, request);
  phone.state = 'registering';
  connection.security = undefined;
  const keys = await authenticate(core, connection, procedure, phone);
  const { capability, msNetworkCapability } = request;
  const count = await takeKeysIntoUse(core, connection, procedure, phone, keys, capability, msNetworkCapability);
  const wish = await connectivity(core, connection, procedure, esm);
  // A session of before the phone lost its memory is of no use to it.
  await deleteSession(core, phone);
  const subscription = await procedure.during(updateLocation(core, phone.imsi));
  phone.subscription = subscription;
  const apn = chooseApn(subscription, wish.apn);
  const pdn = await createSession(core, connection, phone, subscription, apn, wish.pco);
  // Overtaken meanwhile: whoever did it cannot know of this session.
  if (procedure.aborted) await endSession(core, pdn, connection.place);
  procedure.check();
  phone.pdn = pdn;
  await accept(core, connection, procedure, phone, pdn, count, esm.pti);
  phone.state = 'registered';
  core.ports.log(`EMM: ${phone.imsi} is attached, ${pdn.address}`);
};

const reject = (connection: Connection, refusal: Refusal, pti: number): void => {
  const { emm, esm } = refusal;
  connection.sendNas({
    kind: 'attach-reject',
    cause: emm,
    ...(esm === undefined ? {} : { esm: encodeNas({ kind: 'pdn-connectivity-reject', ebi: 0, pti, cause: esm }) }),
  });
};

/** The phone is as if it had never asked. */
const undo = async (core: Core, connection: Connection): Promise<void> => {
  const { phone } = connection;
  if (phone?.connection !== connection) return;
  phone.state = 'deregistered';
  await deleteSession(core, phone);
  core.forget(phone);
};

/** The connection is lost in the middle, and no other has come in its place. */
const abandon = async (core: Core, { phone }: Connection): Promise<void> => {
  if (phone?.state !== 'registering' || phone.connection !== undefined) return;
  phone.state = 'deregistered';
  await deleteSession(core, phone);
  core.forget(phone);
};

/** Serves an ATTACH REQUEST to its end; never throws. */
export const attach = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  request: AttachRequest,
): Promise<void> => {
  const { log, warn } = core.ports;
  let pti = 0;
  try {
    const esm = decodePlain(request.esm, 'uplink');
    if (esm.kind !== 'pdn-connectivity-request') throw new NasError('mandatory', `an attach with ${esm.kind}`);
    pti = esm.pti;
    await run(core, connection, procedure, request, esm);
  } catch (error) {
    if (error instanceof Aborted) {
      log(`EMM: ${connection.who}: ${error.message}`);
      await abandon(core, connection);
      return;
    }
    if (error instanceof AuthenticationRejected) {
      log(`EMM: ${error.message}`);
      connection.sendNas({ kind: 'authentication-reject' });
      await undo(core, connection);
      await releaseConnection(core, connection, { nas: 'authentication-failure' });
      return;
    }
    const refusal = asRefusal(error);
    log(`EMM: ${connection.who} is refused: ${String(refusal ?? error)}`);
    if (refusal !== undefined && !(error instanceof NoAnswer)) reject(connection, refusal, pti);
    else if (error instanceof NasError)
      connection.sendNas({ kind: 'attach-reject', cause: emmCause['Invalid mandatory information'] });
    else if (refusal === undefined) {
      warn(error);
      connection.sendNas({ kind: 'attach-reject', cause: emmCause['Network failure'] });
    }
    await undo(core, connection);
    await releaseConnection(core, connection, { nas: 'normal-release' });
  } finally {
    if (connection.procedure === procedure) connection.procedure = undefined;
    connection.request = undefined;
  }
};
