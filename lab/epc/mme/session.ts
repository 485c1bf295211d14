/** What the MME asks the gateways (3GPP TS 29.274, 7.2): a session, its bearer's end at the eNodeB, and its end. */
import type { ApnConfiguration, Subscription } from '../../../src/signalling/diameter/index.ts';
import {
  ambr,
  apn,
  apnRestriction,
  bearerContext,
  bearerQos,
  cause,
  causeName,
  ebi,
  find,
  fteid,
  type Fteid,
  ie,
  imsi,
  indication,
  isAccepted,
  messageType,
  msisdn,
  pco,
  pdnAddress,
  pdnType,
  type Ie,
  ratType,
  ratTypes,
  required,
  selectionMode,
  servingNetwork,
  tunnelInterface,
  userLocation,
} from '../../../src/signalling/gtpv2/index.ts';
import type { MessageOf } from '../../../src/signalling/nas/message.ts';
import type { Connection, Place } from './connection.ts';
import type { Core } from './core.ts';
import type { Pdn, Phone } from './phone.ts';
import { learnt } from '../learnt.ts';
import { causeOfGateway, Refusal } from './refusal.ts';

/** The default bearer of the only connection that a phone has here (TS 24.007, 11.2.3.1.5: 5 is the first). */
const DEFAULT_BEARER = 5;
const NO_RATES = { uplink: 0, downlink: 0 } as const;
/** Kilobits of a rate in bits. */
const kilobits = (bits: number): number => Math.ceil(bits / 1000);

/** Which access point the phone gets. @throws {Refusal} when the subscriber has no such one (TS 23.401, 5.3.2.1) */
export const chooseApn = ({ apns, defaultApn }: Subscription, asked: string | undefined): ApnConfiguration => {
  const matches = ({ apn: name, id }: ApnConfiguration): boolean =>
    asked === undefined ? id === defaultApn : name === '*' || name.toLowerCase() === asked.toLowerCase();
  const found = apns.find(matches);
  if (found === undefined)
    throw new Refusal('ESM failure', `no subscription for ${asked ?? 'any access point'}`, 'Missing or unknown APN');
  return found.apn === '*' && asked !== undefined ? { ...found, apn: asked } : found;
};

const locationOf = ({ tai, cell }: Place): Ie => ie(userLocation, { tai, ecgi: { plmn: tai.plmn, eci: cell } });

const fullName = (name: string, { plmn }: Core['config']): string =>
  `${name}.mnc${plmn.mnc.padStart(3, '0')}.mcc${plmn.mcc}.gprs`;

/** Makes a session at SGW and PGW. @throws {Refusal} when they refuse, Gtpv2Timeout when the SGW does not answer */
export const createSession = async (
  core: Core,
  connection: Connection,
  phone: Phone,
  subscription: Subscription,
  { apn: name, qci, priority, ambr: apnRates }: ApnConfiguration,
  options: MessageOf<'pdn-connectivity-request'>['pco'],
): Promise<Pdn> => {
  const { config } = core;
  const bits = apnRates ?? subscription.ambr ?? { uplink: 50_000_000, downlink: 100_000_000 };
  const rates = { uplink: kilobits(bits.uplink), downlink: kilobits(bits.downlink) };
  const qos = { priority, qci, maximum: NO_RATES, guaranteed: NO_RATES };
  const teid = core.takeTeid(phone);
  const own: Fteid = { interface: tunnelInterface['S11 MME GTP-C'], teid, ipv4: config.s11.local };
  const pgw: Fteid = { interface: tunnelInterface['S5/S8 PGW GTP-C'], teid: 0, ipv4: config.pgw };
  try {
    const answer = await core.ports.askSgw({
      type: messageType['Create Session Request'],
      teid: 0,
      ies: [
        ie(imsi, phone.imsi),
        ...(subscription.msisdn === undefined ? [] : [ie(msisdn, subscription.msisdn)]),
        locationOf(connection.place),
        ie(servingNetwork, config.plmn),
        ie(ratType, ratTypes.EUTRAN),
        ie(fteid, own),
        ie(fteid, pgw, 1),
        ie(apn, fullName(name, config)),
        ie(selectionMode, 0),
        ie(pdnType, 1),
        ie(pdnAddress, { ipv4: '0.0.0.0' }),
        ie(apnRestriction, 0),
        ie(ambr, rates),
        ...(options === undefined ? [] : [ie(pco, options)]),
        ie(bearerContext, [ie(ebi, DEFAULT_BEARER), ie(bearerQos, qos)]),
        core.recovery,
      ],
    });
    const { ies } = answer;
    const { value } = required(ies, cause);
    if (!isAccepted(value))
      throw new Refusal('ESM failure', `the gateways say ${causeName(value)}`, causeOfGateway(value));
    const bearer = required(ies, bearerContext);
    const address = required(ies, pdnAddress).ipv4;
    if (address === undefined) throw new Refusal('ESM failure', 'the PGW gave no IPv4 address', 'Unknown PDN type');
    return {
      ...{ ebi: DEFAULT_BEARER, apn: name, address, qos, teid },
      ambr: find(ies, ambr) ?? rates,
      pco: find(ies, pco),
      sgw: learnt(required(ies, fteid), answer),
      sgwUser: required(bearer, fteid),
      enodeb: undefined,
    };
  } catch (error) {
    core.releaseTeid(teid);
    throw error;
  }
};

const tellEnodeb = async (core: Core, place: Place, pdn: Pdn, enodeb: Fteid): Promise<void> => {
  const context = ie(bearerContext, [ie(ebi, pdn.ebi), ie(fteid, enodeb)]);
  const { ies } = await core.askAbout(pdn, 'Modify Bearer Request', [locationOf(place), context]);
  const { value } = required(ies, cause);
  if (!isAccepted(value)) throw new Refusal('Network failure', `the SGW says ${causeName(value)}`);
  pdn.enodeb = enodeb;
};

/** Tells the SGW the eNodeB's end of the tunnel: packets flow. @throws {Refusal} when it has forgotten the session */
export const connectBearer = async (core: Core, connection: Connection, pdn: Pdn, enodeb: Fteid): Promise<void> => {
  const told = tellEnodeb(core, connection.place, pdn, enodeb);
  pdn.connecting = told;
  try {
    await told;
  } finally {
    if (pdn.connecting === told) pdn.connecting = undefined;
  }
};

/** Takes the eNodeB's end away: the phone is idle, and its session stays. */
export const idleBearer = async (core: Core, phone: Phone): Promise<void> => {
  const { pdn, connection } = phone;
  if (pdn?.connecting !== undefined) {
    // The connection went while the SGW was being told of it; it has to hear the two in their order.
    await pdn.connecting.catch(() => undefined);
    // Meanwhile the phone may have come back by another one.
    if (phone.connection !== connection) return;
  }
  if (pdn?.enodeb === undefined) return;
  pdn.enodeb = undefined;
  await core.askAbout(pdn, 'Release Access Bearers Request', []);
};

/** Ends a session at the gateways. Whatever they say, it is over here. */
export const endSession = async (core: Core, pdn: Pdn, place: Place | undefined): Promise<void> => {
  core.releaseTeid(pdn.teid);
  try {
    const where = place === undefined ? [] : [locationOf(place)];
    await core.askAbout(pdn, 'Delete Session Request', [ie(ebi, pdn.ebi), ...where, ie(indication, ['OI'])]);
  } catch (error) {
    core.ports.warn(error instanceof Error ? error.message : error);
  }
};

/** Ends a phone's session, if it has one. */
export const deleteSession = async (core: Core, phone: Phone): Promise<void> => {
  const { connection, pdn, tai, cell } = phone;
  if (pdn === undefined) return;
  phone.pdn = undefined;
  const last = tai === undefined || cell === undefined ? undefined : { tai, cell };
  await endSession(core, pdn, connection?.place ?? last);
};
