/** What can be wrong with a NAS message, in the terms in which its sender has to be told (3GPP TS 24.301, clause 7). */

/**
 * - `too-short`: not even a whole header; the message is ignored (7.2)
 * - `unknown-protocol`: a protocol discriminator other than mobility and session management; ignored
 * - `unknown-type`: a message type that is not defined, not implemented, or not for this direction (7.4)
 * - `mandatory`: an element that the message cannot do without is missing or makes no sense (7.5.1)
 * - `unencodable`: the message to be written holds a value that has no form; a mistake of the caller
 */
export type NasFault = 'too-short' | 'unknown-protocol' | 'unknown-type' | 'mandatory' | 'unencodable';

/** EMM and ESM causes of the same number (TS 24.301, 9.9.3.9 and 9.9.4.4). */
const causes: Readonly<Record<NasFault, number>> = {
  'too-short': 111,
  'unknown-protocol': 111,
  'unknown-type': 97,
  mandatory: 96,
  unencodable: 111,
};

/** The only error that reading or writing a NAS message can give. */
export class NasError extends Error {
  override readonly name = 'NasError';
  readonly fault: NasFault;

  constructor(fault: NasFault, what: string) {
    super(`NAS: ${what}`);
    this.fault = fault;
  }

  /** The cause that tells the sender, for an EMM STATUS or an ESM STATUS. */
  get causeValue(): number {
    return causes[this.fault];
  }
}
