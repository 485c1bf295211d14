/** What a node looks at before a request reaches its application, and before an answer leaves it (RFC 6733, 6.1.4 and 4.1). */
import type { Avp } from '../../../src/signalling/diameter/avp.ts';
import { experimentalResult, resultCode } from '../../../src/signalling/diameter/base-avps.ts';
import type { LocalIdentity } from '../../../src/signalling/diameter/capabilities.ts';
import { application, isKnownCommand } from '../../../src/signalling/diameter/command.ts';
import { find } from '../../../src/signalling/diameter/definition.ts';
import { unsupported } from '../../../src/signalling/diameter/dictionary.ts';
import { DiameterError } from '../../../src/signalling/diameter/error.ts';
import type { DiameterMessage } from '../../../src/signalling/diameter/message.ts';
import { results } from '../../../src/signalling/diameter/result.ts';

/** @throws {DiameterError} 3007, 3001 or 5001 when this node does not speak what the request needs */
export const checkServed = (received: DiameterMessage, local: LocalIdentity): void => {
  const spoken = local.applications.some(({ id }) => id === received.application);
  if (received.application !== application.base && !spoken)
    throw new DiameterError(results.DIAMETER_APPLICATION_UNSUPPORTED, `application ${received.application}`, {
      received,
    });
  if (received.application === application.base || !isKnownCommand(received.command))
    throw new DiameterError(results.DIAMETER_COMMAND_UNSUPPORTED, `command ${received.command}`, { received });
  const [failed] = unsupported(received);
  if (failed !== undefined)
    throw new DiameterError(results.DIAMETER_AVP_UNSUPPORTED, `AVP ${failed.code}`, { failed, received });
};

/** The AVPs of an answer. @throws {TypeError} when they do not say how it went: a mistake of the application */
export const checkResult = (avps: readonly Avp[]): readonly Avp[] => {
  if (find(avps, resultCode) === undefined && find(avps, experimentalResult) === undefined)
    throw new TypeError('an answer without Result-Code or Experimental-Result');
  return avps;
};
