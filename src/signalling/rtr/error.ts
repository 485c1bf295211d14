/** What can be wrong between a router and its cache, in the terms in which the other side has to be told (RFC 8210, 12). */

/** Error codes. All but `noData` end the session. */
export const errorCodes = {
  corrupt: 0,
  internal: 1,
  /** The cache has no data yet; the router asks again later. */
  noData: 2,
  invalidRequest: 3,
  version: 4,
  type: 5,
  unknownWithdrawal: 6,
  duplicate: 7,
  /** Another version than the one that was agreed on; not in version 0. */
  unexpectedVersion: 8,
} as const;

/** The only error that reading RTR octets can give. */
export class RtrError extends Error {
  override readonly name = 'RtrError';
  /** One of `errorCodes`. */
  readonly code: number;
  /** The octets that were wrong, as far as they came: an Error Report carries them. */
  readonly about: Uint8Array;

  constructor(code: number, what: string, about: Uint8Array = new Uint8Array()) {
    super(what);
    this.code = code;
    this.about = about;
  }
}
