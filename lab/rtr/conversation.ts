/**
 * The cache's side of one router's connection (RFC 8210, 7 and 8): the router asks, the cache answers in the version that
 * the router's first question has, down to version 0 (RFC 6810). No socket here: octets come in and go out by functions.
 */
import {
  decodePdu,
  encodePdu,
  errorCodes,
  type Intervals,
  isErrorReport,
  type Payload,
  type Pdu,
  pduReader,
  RtrError,
  type RtrVersion,
} from '../../src/signalling/rtr/index.ts';
import { join } from '../../src/signalling/octets.ts';
import type { Cache } from './cache.ts';

export interface Ways {
  readonly send: (octets: Uint8Array) => void;
  /** Ends the connection when all is sent. */
  readonly end: () => void;
  /** What was asked and answered, in words. */
  readonly log: (text: string) => void;
}

export interface Terms {
  readonly intervals: Intervals;
  /** The highest version that is spoken. */
  readonly version: RtrVersion;
}

const prefixes = (announce: boolean, payloads: readonly Payload[]): Pdu[] =>
  payloads.map((payload) => ({ pdu: 'prefix', announce, ...payload }));

export class Conversation {
  readonly #cache: Cache;
  readonly #terms: Terms;
  readonly #ways: Ways;
  readonly #read: (piece: Uint8Array) => void;
  /** What the router's first question agreed on. */
  #version: RtrVersion | undefined;
  /** The serial number that the router has been told last. */
  #told: number | undefined;
  #ended = false;

  constructor(cache: Cache, terms: Terms, ways: Ways) {
    this.#cache = cache;
    this.#terms = terms;
    this.#ways = ways;
    this.#read = pduReader((octets) => {
      if (!this.#ended) this.#take(octets);
    });
  }

  /** What is agreed on and told so far. */
  get state(): { readonly version: RtrVersion | undefined; readonly serial: number | undefined } {
    return { version: this.#version, serial: this.#told };
  }

  /** Octets from the router, in whatever pieces they come. */
  receive(piece: Uint8Array): void {
    if (this.#ended) return;
    try {
      this.#read(piece);
    } catch (error) {
      if (!(error instanceof RtrError)) throw error;
      this.#refuse(error);
    }
  }

  /**
   * Tells the router that there is something new; it may ask then, or later. Not before a version is agreed on, and not when
   * it has it already.
   */
  notify(): void {
    if (this.#ended || this.#version === undefined || this.#told === this.#cache.serial) return;
    const { session, serial } = this.#cache;
    this.#ways.log(`told that there is serial ${serial}`);
    this.#send({ pdu: 'serial-notify', session, serial });
  }

  #send(...pdus: readonly Pdu[]): void {
    const version = this.#version ?? this.#terms.version;
    this.#ways.send(join(pdus.map((pdu) => encodePdu(pdu, version))));
  }

  /** Ends the session with an Error Report. */
  #refuse({ code, message, about }: RtrError): void {
    this.#ended = true;
    this.#ways.log(`refused, code ${code}: ${message}`);
    // Nobody answers an Error Report with another one (RFC 8210, 5.11).
    if (!isErrorReport(about)) this.#send({ pdu: 'error-report', code, about, text: message });
    this.#ways.end();
  }

  #take(octets: Uint8Array): void {
    const { version, pdu } = decodePdu(octets);
    if (this.#version !== undefined && version !== this.#version)
      throw new RtrError(
        this.#version === 0 ? errorCodes.version : errorCodes.unexpectedVersion,
        `version ${version} after version ${this.#version}`,
        octets,
      );
    // The router comes again with a lower version, or gives up (RFC 8210, 7).
    if (version > this.#terms.version)
      throw new RtrError(errorCodes.version, `version ${version}; this cache speaks ${this.#terms.version}`, octets);
    switch (pdu.pdu) {
      case 'reset-query':
        this.#version = version;
        this.#ways.log(`reset query, version ${version}: ${this.#cache.payloads.length} payloads`);
        this.#answer(prefixes(true, this.#cache.payloads));
        return;
      case 'serial-query':
        this.#version = version;
        this.#since(pdu.session, pdu.serial);
        return;
      case 'error-report':
        this.#ended = true;
        this.#ways.log(`error report of the router, code ${pdu.code}: ${pdu.text}`);
        this.#ways.end();
        return;
      case 'serial-notify':
      case 'cache-response':
      case 'prefix':
      case 'end-of-data':
      case 'cache-reset':
      case 'router-key':
        throw new RtrError(errorCodes.invalidRequest, `a router does not send a ${pdu.pdu}`, octets);
    }
  }

  #since(session: number, serial: number): void {
    // A router that knew the cache before its restart. RFC 8210, 5.1, can be read as asking for an error here; after a
    // Cache Reset (5.9) it takes everything anew and keeps what it has until then, and so caches in service do it.
    const difference = session === this.#cache.session ? this.#cache.since(serial) : undefined;
    if (difference === undefined) {
      this.#ways.log(`serial query for ${serial} of session ${session}: reset`);
      this.#send({ pdu: 'cache-reset' });
      return;
    }
    const { announced, withdrawn } = difference;
    this.#ways.log(`serial query for ${serial}: ${announced.length} announced, ${withdrawn.length} withdrawn`);
    // What is new comes first: where one payload takes the place of another, a route is covered all the time.
    this.#answer([...prefixes(true, announced), ...prefixes(false, withdrawn)]);
  }

  #answer(payloads: readonly Pdu[]): void {
    const { session, serial } = this.#cache;
    this.#told = serial;
    const { intervals } = this.#terms;
    this.#send({ pdu: 'cache-response', session }, ...payloads, { pdu: 'end-of-data', session, serial, intervals });
  }
}
