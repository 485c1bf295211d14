/**
 * Packets wait for an idle phone at the SGW: it is called in all cells of its tracking areas (3GPP TS 23.401, 5.3.4.3; TS
 * 24.301, 5.6.2; TS 36.413, 8.5). It answers with a SERVICE REQUEST, or the SGW hears that it cannot be found.
 */
import { accepted, cause, causes, ie, messageType } from '../../../src/signalling/gtpv2/index.ts';
import type { Incoming } from '../gtpv2/transaction.ts';
import { encodePlmn } from '../../../src/signalling/identity.ts';
import type { Tai } from '../../../src/signalling/guti.ts';
import { bigEndian } from '../../../src/signalling/octets.ts';
import { s1ap, type S1apMessage } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Connection } from './connection.ts';
import type { Core } from './core.ts';
import type { Phone } from './phone.ts';
import { releaseConnection } from './release.ts';

/** How often a phone is called, T3413 apart: the standard leaves it to the network (TS 24.301, 5.6.2.3). */
export const CALLS = 3;
/** TS 36.304, 7.1. */
const INDEX_VALUES = 1024n;
/** Tracking areas in a list at most (TS 24.301, 9.9.3.33). */
const MOST_AREAS = 16;

const isSame = (one: Tai, other: Tai): boolean =>
  one.tac === other.tac && one.plmn.mcc === other.plmn.mcc && one.plmn.mnc === other.plmn.mnc;

/** The tracking areas that a phone may move in without a word: its own, then those of all eNodeBs here. */
export const areasFor = (core: Core, connection: Connection): readonly Tai[] => {
  const all = [connection.place.tai, ...[...core.enodebs].flatMap(({ tais }) => tais)];
  return all.filter((tai, index) => all.findIndex((other) => isSame(tai, other)) === index).slice(0, MOST_AREAS);
};

const paging = ({ imsi, guti, areas }: Phone): S1apMessage<'Paging'> | undefined =>
  guti === undefined
    ? undefined
    : s1ap('Paging', {
        UEIdentityIndexValue: Number(BigInt(imsi) % INDEX_VALUES),
        UEPagingID: { 's-TMSI': { mMEC: bigEndian(guti.mmeCode, 1), 'm-TMSI': bigEndian(guti.mTmsi, 4) } },
        CNDomain: 'ps',
        TAIList: areas.map(({ plmn, tac }) => ({ tAI: { pLMNidentity: encodePlmn(plmn), tAC: bigEndian(tac, 2) } })),
      });

/** The SGW shall drop the packets. */
const notFound = (core: Core, phone: Phone): void => {
  core.ports.log(`paging: ${phone.imsi} does not answer`);
  if (phone.pdn === undefined) return;
  core.ports.tellSgw({
    type: messageType['Downlink Data Notification Failure Indication'],
    teid: phone.pdn.sgw.teid,
    ies: [ie(cause, { value: causes['UE not responding'] })],
  });
};

/** Calls a phone until it answers; whoever gives it a connection ends that (Phone.connection). */
const call = (core: Core, phone: Phone): void => {
  let calls = 0;
  const attempt = (): void => {
    const pdu = paging(phone);
    if (calls === CALLS || pdu === undefined || phone.state !== 'registered') {
      phone.paging = undefined;
      notFound(core, phone);
      return;
    }
    calls += 1;
    for (const enodeb of core.enodebs)
      if (enodeb.tais.some((tai) => phone.areas.some((area) => isSame(tai, area)))) enodeb.send(pdu, 0);
    phone.paging = core.ports.clock.after(core.config.timers.t3413, attempt);
  };
  attempt();
};

/** Serves a Downlink Data Notification. */
export const serveNotification = (core: Core, { message, answer }: Incoming): void => {
  const phone = core.byTeid(message.teid);
  const head = { type: messageType['Downlink Data Notification Acknowledge'], teid: phone?.pdn?.sgw.teid ?? 0 };
  if (phone?.pdn === undefined) return answer({ ...head, ies: [ie(cause, { value: causes['Context Not Found'] })] });
  if (phone.state !== 'registered')
    return answer({ ...head, ies: [ie(cause, { value: causes['Unable to page UE'] })] });
  answer({ ...head, ies: [ie(cause, accepted)] });
  const { connection } = phone;
  // It is called already, or is about to be connected: Modify Bearer will come.
  if (phone.paging !== undefined || connection?.procedure !== undefined) return undefined;
  if (connection === undefined) call(core, phone);
  else void recall(core, phone, connection);
  return undefined;
};

/** The SGW has lost the eNodeB's end of a tunnel (TS 23.007, 21): the connection is of no use, and another has to come. */
const recall = async (core: Core, phone: Phone, connection: Connection): Promise<void> => {
  if (phone.pdn !== undefined) phone.pdn.enodeb = undefined;
  await releaseConnection(core, connection, { radioNetwork: 'release-due-to-eutran-generated-reason' });
  if (phone.connection === undefined && phone.paging === undefined) call(core, phone);
};
