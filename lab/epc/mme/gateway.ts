/** What the SGW asks of the MME (3GPP TS 29.274, 7.2.9.2, 7.2.11): a session ends, packets wait for an idle phone. */
import { accepted, cause, causes, ebi, find, ie, messageType } from '../../../src/signalling/gtpv2/index.ts';
import type { Draft, Incoming } from '../gtpv2/transaction.ts';
import type { Core } from './core.ts';
import { networkDetach, sendAway } from './detach.ts';
import { serveNotification } from './paging.ts';
import type { Phone } from './phone.ts';
import { deleteSession } from './session.ts';

/** The answer's type and the SGW's TEID for it. */
const answerFor = (phone: Phone | undefined, type: number): Pick<Draft, 'type' | 'teid'> => ({
  type,
  teid: phone?.pdn?.sgw.teid ?? 0,
});

/** The gateways end a phone's only session: it is sent away, and they need not wait until it has gone. */
const endSession = (core: Core, { message, answer }: Incoming): void => {
  const phone = core.byTeid(message.teid);
  const head = answerFor(phone, messageType['Delete Bearer Response']);
  if (phone === undefined) {
    answer({ ...head, ies: [ie(cause, { value: causes['Context Not Found'] })] });
    return;
  }
  const bearer = find(message.ies, ebi) ?? phone.pdn?.ebi ?? 0;
  answer({ ...head, ies: [ie(cause, accepted), ie(ebi, bearer)] });
  core.dropPdn(phone);
  const isWelcome = find(message.ies, cause)?.value === causes['Reactivation Requested'];
  sendAway(core, phone, networkDetach[isWelcome ? 'reattach' : 'stayAway']).catch(core.ports.warn);
};

/** A request on S11. */
export const serveGateway = (core: Core, incoming: Incoming): void => {
  if (incoming.message.type === messageType['Downlink Data Notification']) {
    serveNotification(core, incoming);
    return;
  }
  if (incoming.message.type !== messageType['Delete Bearer Request'])
    throw new Error(`nobody serves GTPv2 message type ${incoming.message.type} on S11`);
  endSession(core, incoming);
};

/**
 * The eNodeB has given up a phone's only bearer, because the SGW does not know its tunnel (TS 36.413, 8.2.3.3): without
 * one the phone is not attached (TS 23.401, 5.4.4.2). It may come back at once.
 */
export const bearerLost = (core: Core, phone: Phone): void => {
  deleteSession(core, phone).catch(core.ports.warn);
  sendAway(core, phone, networkDetach.reattach).catch(core.ports.warn);
};

/** The SGW has restarted: it knows no session any more (TS 23.007, 14.1). Phones may come back at once. */
export const forgetSessions = (core: Core): void => {
  for (const phone of core.phones)
    if (core.dropPdn(phone) !== undefined) sendAway(core, phone, networkDetach.reattach).catch(core.ports.warn);
};
