/** NAS messages for the log. */
import { emmCauseName, esmCauseName } from '../../../src/signalling/nas/cause.ts';
import type { PlainMessage } from '../../../src/signalling/nas/message.ts';

/** A message in a few words, for logs. */
export const describe = (message: PlainMessage): string => {
  if ('identity' in message && message.identity.kind === 'guti')
    return `${message.kind} M-TMSI=0x${message.identity.guti.mTmsi.toString(16)}`;
  if ('identity' in message && message.identity.kind === 'imsi')
    return `${message.kind} IMSI=${message.identity.digits}`;
  if (!('cause' in message) || message.cause === undefined) return message.kind;
  return `${message.kind} cause ${message.cause}: ${'pti' in message ? esmCauseName(message.cause) : emmCauseName(message.cause)}`;
};
