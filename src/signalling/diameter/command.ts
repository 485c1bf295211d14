/**
 * Commands: names, numbers, and which AVPs their messages cannot do without (RFC 6733, 5.3 to 5.5; TS 29.272, 7.2;
 * RFC 8506, 3). Request and answer share a number.
 */
import type { Avp } from './avp.ts';
import * as base from './base-avps.ts';
import * as credit from './credit-control-avps.ts';
import { type AvpReader, required } from './definition.ts';
import { DiameterError } from './error.ts';
import type { DiameterHeader, DiameterMessage } from './message.ts';
import { resultOf } from './outcome.ts';
import { isSuccess } from './result.ts';
import * as s6a from './s6a-avps.ts';

/** Application numbers; the relay's stands for all (RFC 6733, 2.4; TS 29.272, 7.1.8; RFC 8506, 2). */
export const application = { base: 0, creditControl: 4, s6a: 16_777_251, relay: 0xffff_ffff } as const;

export const command = {
  capabilitiesExchange: 257,
  reAuth: 258,
  creditControl: 272,
  abortSession: 274,
  sessionTermination: 275,
  deviceWatchdog: 280,
  disconnectPeer: 282,
  updateLocation: 316,
  cancelLocation: 317,
  authenticationInformation: 318,
  insertSubscriberData: 319,
  deleteSubscriberData: 320,
  purgeUe: 321,
  reset: 322,
  notify: 323,
} as const;

type Reader = AvpReader<unknown>;
interface Rule {
  readonly name: string;
  readonly abbreviation: string;
  readonly request: readonly Reader[];
  /** Of an answer that says yes; who refuses needs no more than a name and a result (RFC 6733, 7.2). */
  readonly answer: readonly Reader[];
}

const origin: readonly Reader[] = [base.originHost, base.originRealm];
const session: readonly Reader[] = [base.sessionId, ...origin];
const credits: readonly Reader[] = [...session, base.authApplicationId, credit.ccRequestType, credit.ccRequestNumber];
/** An S6a request from MME to HSS is addressed to a realm, one in the other direction to a host. */
const toRealm: readonly Reader[] = [...session, base.authSessionState, base.destinationRealm];
const toHost: readonly Reader[] = [...toRealm, base.destinationHost];
const s6aAnswer: readonly Reader[] = [...session, base.authSessionState];

const rule = (
  name: string,
  abbreviation: string,
  request: readonly Reader[] = session,
  answer: readonly Reader[] = session,
): Rule => ({ name, abbreviation, request, answer });

const capabilities: readonly Reader[] = [...origin, base.hostIpAddress, base.vendorId, base.productName];

const rules: Readonly<Record<number, Rule>> = {
  [command.capabilitiesExchange]: rule('Capabilities-Exchange', 'CE', capabilities, capabilities),
  [command.reAuth]: rule('Re-Auth', 'RA'),
  [command.creditControl]: rule(
    'Credit-Control',
    'CC',
    [...credits, base.destinationRealm, credit.serviceContextId],
    credits,
  ),
  [command.abortSession]: rule('Abort-Session', 'AS'),
  [command.sessionTermination]: rule('Session-Termination', 'ST'),
  [command.deviceWatchdog]: rule('Device-Watchdog', 'DW', origin, origin),
  [command.disconnectPeer]: rule('Disconnect-Peer', 'DP', [...origin, base.disconnectCause], origin),
  [command.updateLocation]: rule(
    'Update-Location',
    'UL',
    [...toRealm, base.userName, s6a.ratType, s6a.ulrFlags, s6a.visitedPlmnId],
    s6aAnswer,
  ),
  [command.cancelLocation]: rule('Cancel-Location', 'CL', [...toHost, base.userName, s6a.cancellationType], s6aAnswer),
  [command.authenticationInformation]: rule(
    'Authentication-Information',
    'AI',
    [...toRealm, base.userName, s6a.visitedPlmnId],
    s6aAnswer,
  ),
  [command.insertSubscriberData]: rule(
    'Insert-Subscriber-Data',
    'ID',
    [...toHost, base.userName, s6a.subscriptionData],
    s6aAnswer,
  ),
  [command.deleteSubscriberData]: rule('Delete-Subscriber-Data', 'DS', [...toHost, base.userName], s6aAnswer),
  [command.purgeUe]: rule('Purge-UE', 'PU', [...toRealm, base.userName], s6aAnswer),
  [command.reset]: rule('Reset', 'RS', toHost, s6aAnswer),
  [command.notify]: rule('Notify', 'NO', [...toRealm, base.userName], s6aAnswer),
};

/** `Update-Location-Request`; `command 999 request` for one that is not known. */
export const commandName = ({ command: code, request }: Pick<DiameterHeader, 'command' | 'request'>): string => {
  const known = rules[code];
  if (known === undefined) return `command ${code} ${request ? 'request' : 'answer'}`;
  return `${known.name}-${request ? 'Request' : 'Answer'}`;
};

/** `ULR`. */
export const commandAbbreviation = ({ command: code, request }: Pick<DiameterHeader, 'command' | 'request'>): string =>
  `${rules[code]?.abbreviation ?? code}${request ? 'R' : 'A'}`;

export const isKnownCommand = (code: number): boolean => rules[code] !== undefined;

/**
 * Finds every AVP that the command must have, and reads it; in an answer also its result. Applications other than ours
 * that share a command (Gx has Credit-Control too) are not looked into.
 *
 * @throws {DiameterError} 5005 for one that is missing, 5004 or 5014 for one that is wrong; with the message in `received`
 */
export const checkRequired = (message: DiameterMessage): void => {
  const known = rules[message.command];
  const foreign = !Object.values<number>(application).includes(message.application);
  if (known === undefined || foreign) return;
  try {
    const whole = message.request ? known.request : isSuccess(resultOf(message)) ? known.answer : origin;
    for (const reader of whole) required<unknown>(message.avps, reader);
  } catch (error) {
    throw error instanceof DiameterError ? error.at({ received: message }) : error;
  }
};

/** An answer to a request: its identifiers, its Session-Id first and its Proxy-Info last (RFC 6733, 6.2). */
export const answerTo = (request: DiameterMessage, avps: readonly Avp[], error = false): DiameterMessage => {
  const copied = (reader: Reader): Avp[] =>
    request.avps.filter(({ code, vendor }) => code === reader.code && vendor === reader.vendor);
  return {
    ...request,
    request: false,
    error,
    retransmitted: false,
    avps: [...copied(base.sessionId).slice(0, 1), ...avps, ...copied(base.proxyInfo)],
  };
};
