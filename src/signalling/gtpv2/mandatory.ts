/**
 * What a message cannot do without (3GPP TS 29.274, the tables of clause 7). A receiver refuses a request that lacks
 * one of these elements, and says which (7.7.6); conditional ones are the business of each procedure.
 */
import { ambr, bearerContext, bearerQos, bearerTft, ebi } from './bearer.ts';
import { type IeReader, required, valueOf } from './element.ts';
import { Gtpv2Error } from './error.ts';
import type { Message } from './message.ts';
import { type MessageName, messageType } from './message-type.ts';
import { apn, cause, ratType, recovery } from './subscriber.ts';
import { fteid } from './tunnel.ts';

type Reader = IeReader<unknown>;

interface Rule {
  /** Instance 0 of these. */
  readonly elements?: readonly Reader[];
  /** At least one bearer context of instance 0, and these in each. */
  readonly inBearer?: readonly Reader[];
}

const rules: Partial<Record<MessageName, Rule>> = {
  'Echo Request': { elements: [recovery] },
  'Echo Response': { elements: [recovery] },
  'Create Session Request': { elements: [ratType, fteid, apn], inBearer: [ebi, bearerQos] },
  'Create Session Response': { elements: [cause] },
  'Modify Bearer Response': { elements: [cause] },
  'Delete Session Response': { elements: [cause] },
  'Create Bearer Request': { elements: [ebi], inBearer: [ebi, bearerTft, bearerQos] },
  'Create Bearer Response': { elements: [cause], inBearer: [ebi, cause] },
  'Update Bearer Request': { elements: [ambr], inBearer: [ebi] },
  'Update Bearer Response': { elements: [cause], inBearer: [ebi, cause] },
  'Delete Bearer Response': { elements: [cause] },
  'Release Access Bearers Response': { elements: [cause] },
  'Downlink Data Notification Acknowledge': { elements: [cause] },
  'Downlink Data Notification Failure Indication': { elements: [cause] },
};
const byType = new Map<number, Rule>(
  Object.entries(rules).map(([name, rule]) => [messageType[name as MessageName], rule]),
);

/**
 * Finds every mandatory element of the message and reads it.
 *
 * @throws {Gtpv2Error} `missing`, `length` or `incorrect`, with the element and the message's header
 */
export const checkMandatory = (message: Message): void => {
  const { elements = [], inBearer = [] } = byType.get(message.type) ?? {};
  try {
    for (const reader of elements) required(message.ies, reader);
    if (inBearer.length === 0) return;
    required(message.ies, bearerContext);
    for (const element of message.ies) {
      if (element.type !== bearerContext.type || element.instance !== 0) continue;
      for (const reader of inBearer) required(valueOf(bearerContext, element), reader);
    }
  } catch (error) {
    throw error instanceof Gtpv2Error ? error.at({ header: message }) : error;
  }
};
