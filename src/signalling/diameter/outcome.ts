/** Results in messages: Result-Code or Experimental-Result, and the AVPs that explain a failure (RFC 6733, 7). */
import type { Avp } from './avp.ts';
import {
  errorMessage,
  experimentalResult,
  experimentalResultCode,
  failedAvp,
  resultCode,
  vendorId,
} from './base-avps.ts';
import { avp, find, required, VENDOR_3GPP } from './definition.ts';
import { DiameterError } from './error.ts';
import { type Result, results } from './result.ts';

/** How the request of this answer went. @throws {DiameterError} 5005 when the answer does not say */
export const resultOf = (answer: { readonly avps: readonly Avp[] }): Result => {
  const group = find(answer.avps, experimentalResult);
  return group === undefined
    ? { code: required(answer.avps, resultCode), vendor: 0 }
    : { code: required(group, experimentalResultCode), vendor: required(group, vendorId) };
};

/** A value of `results`. */
export const result = (code: number): Avp => avp(resultCode, code);

/** DIAMETER_SUCCESS. */
export const success: Avp = result(results.DIAMETER_SUCCESS);

/** A value of `experimentalResults`. */
export const tgppResult = (code: number): Avp =>
  avp(experimentalResult, [avp(vendorId, VENDOR_3GPP), avp(experimentalResultCode, code)]);

/** What tells a peer about an error on this side: 5012 for anything that is no DiameterError. */
export const failure = (error: unknown): Avp[] => {
  if (!(error instanceof DiameterError)) return [result(results.DIAMETER_UNABLE_TO_COMPLY)];
  return [
    result(error.code),
    avp(errorMessage, error.message),
    ...(error.failed === undefined ? [] : [avp(failedAvp, [error.failed])]),
  ];
};
