/**
 * What a phone makes of a cause (3GPP TS 24.301, 5.5.1.2.5 and 5.5.1.2.6): some are for ever, or until it is switched off
 * and on again, after others it tries again a little later.
 */
import { emmCause, emmCauseName, esmCauseName } from '../../../src/signalling/nas/cause.ts';
import { type MessageOf, decodePlain } from '../../../src/signalling/nas/message.ts';
import { NasError } from '../../../src/signalling/nas/error.ts';

export interface Refusal {
  /** For people. */
  readonly error: string;
  readonly cause: number;
  /**
   * - `final`: not again before the phone is switched on anew; what the network gave it is forgotten
   * - `later`: not before T3402
   * - `again`: after T3411
   */
  readonly retry: 'final' | 'later' | 'again';
}

/** Causes after which the phone deletes its GUTI and its keys, and makes no more attempts. */
const final: ReadonlySet<number> = new Set([
  emmCause['IMSI unknown in HSS'],
  emmCause['Illegal UE'],
  emmCause['IMEI not accepted'],
  emmCause['Illegal ME'],
  emmCause['EPS services not allowed'],
  emmCause['EPS services and non-EPS services not allowed'],
  emmCause['PLMN not allowed'],
  emmCause['Tracking area not allowed'],
  emmCause['Roaming not allowed in this tracking area'],
  emmCause['EPS services not allowed in this PLMN'],
  emmCause['No suitable cells in tracking area'],
  emmCause['Requested service option not authorized in this PLMN'],
]);

/** Mistakes in messages, which the next attempt would only repeat. */
const mistakes: ReadonlySet<number> = new Set([95, 96, 97, 99, 111]);

/** ESM causes that do not pass: barring, unknown access point, not supported, not subscribed (5.5.1.2.6, item d). */
const lastingEsm: ReadonlySet<number> = new Set([8, 27, 29, 32, 33]);

const retryAfter = (cause: number): Refusal['retry'] => {
  if (final.has(cause)) return 'final';
  return mistakes.has(cause) ? 'later' : 'again';
};

export const isFinal = (cause: number): boolean => final.has(cause);

/** The ESM cause in an ATTACH REJECT, when it has one. */
const esmCauseIn = (container: Uint8Array | undefined): number | undefined => {
  if (container === undefined) return undefined;
  try {
    const message = decodePlain(container, 'downlink');
    return message.kind === 'pdn-connectivity-reject' ? message.cause : undefined;
  } catch (error) {
    if (error instanceof NasError) return undefined;
    throw error;
  }
};

/** What an ATTACH REJECT means. An ESM failure is explained by the ESM cause that came with it. */
export const attachRefusal = ({ cause, esm }: MessageOf<'attach-reject'>): Refusal => {
  const behind = cause === emmCause['ESM failure'] ? esmCauseIn(esm) : undefined;
  const emm = `EMM cause ${cause}: ${emmCauseName(cause)}`;
  if (behind === undefined) return { error: `attach rejected, ${emm}`, cause, retry: retryAfter(cause) };
  return {
    error: `attach rejected, ${emm} (ESM cause ${behind}: ${esmCauseName(behind)})`,
    cause,
    retry: lastingEsm.has(behind) ? 'later' : 'again',
  };
};

/** AUTHENTICATION REJECT has no cause of its own; the phone behaves as after "Illegal UE" (5.4.2.5). */
export const authenticationRefusal: Refusal = {
  error: 'authentication rejected: the network does not accept the answer of this SIM card',
  cause: emmCause['Illegal UE'],
  retry: 'final',
};
