/** What can be wrong with a GTPv2 message, in the terms in which the sender has to be told (3GPP TS 29.274, 7.7). */
import { causes } from './cause.ts';

/** An information element by what identifies it in a message. */
export interface IeId {
  readonly type: number;
  readonly instance: number;
}

/** What is known of a message before its information elements are read. */
export interface Header {
  readonly type: number;
  /** Undefined where the header has none (Echo, Version Not Supported). */
  readonly teid?: number | undefined;
  /** 24 bits. */
  readonly sequence: number;
  /** 0 (highest) to 15, when the sender marked the message with one (the MP flag, clause 5). */
  readonly priority?: number | undefined;
}

/**
 * - `too-short`: not even a header (7.7.3)
 * - `version`: another version of GTP (7.7.2)
 * - `length`: lengths in the message contradict each other, or an element is too short (7.7.3, 7.7.7)
 * - `incorrect`: an element whose content makes no sense (7.7.8)
 * - `missing`: an element that the message cannot do without (7.7.6)
 */
export type Gtpv2Fault = 'too-short' | 'version' | 'length' | 'incorrect' | 'missing';

const causeOf: Readonly<Record<Gtpv2Fault, number>> = {
  'too-short': causes['Invalid length'],
  version: causes['Version not supported by next peer'],
  length: causes['Invalid length'],
  incorrect: causes['Mandatory IE incorrect'],
  missing: causes['Mandatory IE missing'],
};

export interface Gtpv2ErrorDetails {
  readonly offending?: IeId | undefined;
  readonly header?: Header | undefined;
}

/** The only error that reading GTPv2 octets can give. */
export class Gtpv2Error extends Error {
  override readonly name = 'Gtpv2Error';
  readonly fault: Gtpv2Fault;
  /** The element to blame, for the Cause element of an answer. */
  readonly offending: IeId | undefined;
  /** The header of the message, when it could be read: what an answer needs. */
  readonly header: Header | undefined;
  readonly #what: string;

  constructor(fault: Gtpv2Fault, what: string, { offending, header }: Gtpv2ErrorDetails = {}) {
    const where = offending === undefined ? '' : ` in element ${offending.type} instance ${offending.instance}`;
    super(`GTPv2: ${what}${where}`);
    this.fault = fault;
    this.offending = offending;
    this.header = header;
    this.#what = what;
  }

  /** The value of the Cause element that tells the sender. */
  get causeValue(): number {
    return causeOf[this.fault];
  }

  /** The same error with more known about its place; what was known already stays. */
  at(details: Gtpv2ErrorDetails): Gtpv2Error {
    const { offending = details.offending, header = details.header } = this;
    return new Gtpv2Error(this.fault, this.#what, { offending, header });
  }
}
