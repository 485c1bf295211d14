/** How a node says that a request went wrong before any procedure had a word in it (3GPP TS 29.274, 7.7). */
import { causes } from './cause.ts';
import { ie } from './element.ts';
import { Gtpv2Error, type Header } from './error.ts';
import type { Message } from './message.ts';
import { answersTo } from './message-type.ts';
import { type Cause, cause } from './subscriber.ts';

/** The Cause element that tells a sender about an error on this side. */
export const causeOf = (error: unknown): Cause => {
  if (!(error instanceof Gtpv2Error)) return { value: causes['System failure'] };
  return { value: error.causeValue, ...(error.offending === undefined ? {} : { offending: error.offending }) };
};

/** The usual answer of a request with nothing but a Cause. The TEID of the sender is not known here, so it is 0 (5.5.2). */
export const refusal = (request: Header, error: unknown): Omit<Message, 'sequence'> => ({
  type: answersTo(request.type)[0] ?? 0,
  teid: 0,
  ies: [ie(cause, causeOf(error))],
});
