/**
 * Why a phone is refused, in the words of each interface: what HSS and gateways answer becomes an EMM or ESM cause that
 * the phone understands (3GPP TS 29.272, annex A; TS 29.274, annex C for the gateways).
 */
import {
  DiameterError,
  experimentalResults,
  type Result,
  VENDOR_3GPP,
} from '../../../src/signalling/diameter/index.ts';
import { DiameterPeerError } from '../diameter/pending.ts';
import { causes, Gtpv2Error } from '../../../src/signalling/gtpv2/index.ts';
import { Gtpv2Timeout } from '../gtpv2/transaction.ts';
import {
  emmCause,
  type EmmCauseName,
  emmCauseName,
  esmCause,
  type EsmCauseName,
} from '../../../src/signalling/nas/cause.ts';
import { NoAnswer } from './procedure.ts';

/** The end of a procedure that the phone is told of. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly emm: number;
  /** With EMM cause 19, ESM failure. */
  readonly esm: number | undefined;

  constructor(emm: EmmCauseName, message: string, esm?: EsmCauseName) {
    super(message);
    this.emm = emmCause[emm];
    this.esm = esm === undefined ? undefined : esmCause[esm];
  }

  override toString(): string {
    return `${emmCauseName(this.emm)} (${this.emm}): ${this.message}`;
  }
}

const byResult: Readonly<Record<number, EmmCauseName>> = {
  [experimentalResults.DIAMETER_ERROR_USER_UNKNOWN]: 'EPS services and non-EPS services not allowed',
  [experimentalResults.DIAMETER_ERROR_ROAMING_NOT_ALLOWED]: 'PLMN not allowed',
  [experimentalResults.DIAMETER_ERROR_UNKNOWN_EPS_SUBSCRIPTION]: 'EPS services not allowed',
  [experimentalResults.DIAMETER_ERROR_RAT_NOT_ALLOWED]: 'No suitable cells in tracking area',
};

/** What the HSS's refusal means to the phone. */
export const causeOfResult = ({ code, vendor }: Result): EmmCauseName =>
  (vendor === VENDOR_3GPP ? byResult[code] : undefined) ?? 'Network failure';

const byGatewayCause: Readonly<Record<number, EsmCauseName>> = {
  [causes['Missing or unknown APN']]: 'Missing or unknown APN',
  [causes['All dynamic addresses are occupied']]: 'Insufficient resources',
  [causes['No resources available']]: 'Insufficient resources',
  [causes['No memory available']]: 'Insufficient resources',
  [causes['User authentication failed']]: 'User authentication failed',
  [causes['APN access denied - no subscription']]: 'Requested service option not subscribed',
  [causes['Preferred PDN type not supported']]: 'Unknown PDN type',
  [causes['Remote peer not responding']]: 'Network failure',
  [causes['Service denied']]: 'Service option temporarily out of order',
};

/** What a gateway's cause means to the phone. */
export const causeOfGateway = (value: number): EsmCauseName =>
  byGatewayCause[value] ?? 'Request rejected by Serving GW or PDN GW';

/** What an error of any kind means to a phone that attaches. */
export const asRefusal = (error: unknown): Refusal | undefined => {
  if (error instanceof Refusal) return error;
  if (error instanceof DiameterPeerError || error instanceof DiameterError)
    return new Refusal('Network failure', error.message);
  if (error instanceof Gtpv2Timeout || error instanceof Gtpv2Error)
    return new Refusal('ESM failure', error.message, 'Network failure');
  // The phone does not answer: a reject would not reach it either, but the connection ends (TS 24.301, 5.5.1.2.7).
  return error instanceof NoAnswer ? new Refusal('Network failure', error.message) : undefined;
};
