/** What can be wrong with a Diameter message, in the terms in which its sender has to be told (RFC 6733, 7). */
import type { Avp } from './avp.ts';
import type { DiameterMessage } from './message.ts';
import { resultName } from './result.ts';

export interface DiameterErrorDetails {
  /** What goes into Failed-AVP. */
  readonly failed?: Avp | undefined;
  readonly received?: DiameterMessage | undefined;
}

/** The only error that reading Diameter octets can give; a handler throws it too, to answer with its code. */
export class DiameterError extends Error {
  override readonly name = 'DiameterError';
  /** One of `results`. */
  readonly code: number;
  readonly failed: Avp | undefined;
  /** The message as far as it could be read, if its header could: what an answer needs. */
  readonly received: DiameterMessage | undefined;
  readonly #what: string;

  constructor(code: number, what: string, { failed, received }: DiameterErrorDetails = {}) {
    super(`Diameter: ${resultName({ code, vendor: 0 })}: ${what}`);
    this.code = code;
    this.failed = failed;
    this.received = received;
    this.#what = what;
  }

  /** The same error with more known about its place; what was known already stays. */
  at(details: DiameterErrorDetails): DiameterError {
    const { failed = details.failed, received = details.received } = this;
    return new DiameterError(this.code, this.#what, { failed, received });
  }
}
