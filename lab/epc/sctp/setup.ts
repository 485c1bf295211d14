/**
 * Setting up an association (RFC 9260, section 5): what stands in INIT and INIT ACK, which of them are refused, and
 * what a cookie means for an association that exists already.
 */
import { concatenate, put16, put32, u32 } from '../../../src/packet/octets.ts';
import { type Chunk, type InitChunk, unknownAction } from '../../../src/signalling/sctp/chunk.ts';
import type { Cookie } from './cookie.ts';
import type { Parameters } from './parameters.ts';
import { causes, parameterTypes, type Tlv, tlvOctets } from '../../../src/signalling/sctp/tlv.ts';

/** The smallest window that an INIT may advertise (RFC 9260, 3.3.2). */
const SMALLEST_WINDOW = 1500;
/** How much longer than usual a cookie may live because the peer asks for it, milliseconds. Ours. */
const LONGEST_EXTENSION = 60_000;

const known: ReadonlySet<number> = new Set(Object.values(parameterTypes));

/** An ABORT with one cause. */
export const abortChunk = (cause: number, value: Uint8Array = new Uint8Array(0), reflected = false): Chunk => ({
  type: 'abort',
  reflected,
  causes: [{ type: cause, value }],
});

/** An ERROR with one cause. */
export const errorChunk = (cause: number, value: Uint8Array): Chunk => ({
  type: 'error',
  causes: [{ type: cause, value }],
});

interface Examined {
  readonly cookie: Uint8Array | undefined;
  /** Milliseconds by which the peer would like its cookie to live longer. */
  readonly extension: number;
  /** The peer names itself by a host name, which is forbidden (3.3.2.1.4). */
  readonly hostName: Tlv | undefined;
  /** Unknown parameters that have to be reported, whole. */
  readonly unrecognized: readonly Uint8Array[];
}

/** Reads the parameters of an INIT or INIT ACK; unknown ones by the two high bits of their type (3.2.1). */
const examine = (parameters: readonly Tlv[]): Examined => {
  const unrecognized: Uint8Array[] = [];
  let [extension, cookie, hostName]: [number, Uint8Array | undefined, Tlv | undefined] = [0, undefined, undefined];
  for (const parameter of parameters) {
    const { type, value } = parameter;
    if (type === parameterTypes.stateCookie) cookie = value;
    else if (type === parameterTypes.cookiePreservative && value.length === 4)
      extension = Math.min(LONGEST_EXTENSION, u32(value, 0));
    else if (type === parameterTypes.hostNameAddress) hostName = parameter;
    else if (!known.has(type)) {
      const { skip, report } = unknownAction(type >>> 14);
      if (report) unrecognized.push(tlvOctets(parameter));
      if (!skip) break;
    }
  }
  return { cookie, extension, hostName, unrecognized };
};

/** Why an INIT or INIT ACK cannot be the beginning of an association, as an ABORT; undefined when it can. */
const refusal = (init: InitChunk, { hostName }: Examined): Chunk | undefined => {
  if (hostName !== undefined) return abortChunk(causes.unresolvableAddress, tlvOctets(hostName));
  const impossible = init.outboundStreams === 0 || init.inboundStreams === 0 || init.window < SMALLEST_WINDOW;
  return impossible ? abortChunk(causes.invalidMandatoryParameter) : undefined;
};

/** What one side brings into an association. */
export interface Side {
  readonly tag: number;
  readonly tsn: number;
}

/** An INIT or INIT ACK of ours. */
export const initChunk = (
  type: 'init' | 'initAck',
  { tag, tsn }: Side,
  { receiveBuffer, streams }: Parameters,
  parameters: readonly Tlv[],
): InitChunk => ({
  type,
  tag,
  window: receiveBuffer,
  outboundStreams: streams,
  inboundStreams: streams,
  initialTsn: tsn,
  parameters,
});

/** Who answers an INIT, and what there is already. */
export interface Answerer {
  readonly now: number;
  readonly parameters: Parameters;
  readonly localPort: number;
  readonly remotePort: number;
  readonly own: Side;
  /** The tags of an association that exists. */
  readonly tie?: { readonly local: number; readonly remote: number } | undefined;
  /** Makes octets of a cookie. */
  readonly bake: (cookie: Cookie) => Uint8Array;
}

/** The answer to an INIT: an INIT ACK, or an ABORT that says what is wrong with it. */
export const answerInit = (init: InitChunk, answerer: Answerer): Chunk => {
  const examined = examine(init.parameters);
  const refused = refusal(init, examined);
  if (refused !== undefined) return refused;
  const { parameters, own, tie } = answerer;
  const cookie = answerer.bake({
    created: answerer.now,
    life: parameters.cookieLife + examined.extension,
    localPort: answerer.localPort,
    remotePort: answerer.remotePort,
    localTag: own.tag,
    remoteTag: init.tag,
    localTsn: own.tsn,
    remoteTsn: init.initialTsn,
    window: init.window,
    outboundStreams: Math.min(parameters.streams, init.inboundStreams),
    inboundStreams: Math.min(parameters.streams, init.outboundStreams),
    localTieTag: tie?.local ?? 0,
    remoteTieTag: tie?.remote ?? 0,
  });
  return initChunk('initAck', own, parameters, [
    { type: parameterTypes.stateCookie, value: cookie },
    ...examined.unrecognized.map((value) => ({ type: parameterTypes.unrecognizedParameter, value })),
  ]);
};

/** Milliseconds by which a cookie is too old; 0 when it is still good. */
export const staleness = (cookie: Cookie, now: number): number => Math.max(0, now - cookie.created - cookie.life);

/** The ERROR for a cookie that came too late, with how much too late in microseconds (3.3.10.3). */
export const staleCookieError = (late: number): Chunk => {
  const value = new Uint8Array(4);
  put32(value, 0, Math.min(0xffff_ffff, Math.ceil(late * 1000)));
  return errorChunk(causes.staleCookie, value);
};

export interface ReadInitAck {
  /** The cookie to echo; undefined when the INIT ACK is no good. */
  readonly cookie: Uint8Array | undefined;
  /** An ERROR about parameters that nobody here knows, to go behind the cookie; at most one. */
  readonly unrecognized: readonly Chunk[];
  /** What to answer to an INIT ACK that is no good. */
  readonly refusal: Chunk | undefined;
}

/** Reads an INIT ACK (5.1, C; 3.3.3). */
export const readInitAck = (chunk: InitChunk): ReadInitAck => {
  const examined = examine(chunk.parameters);
  const refused = refusal(chunk, examined);
  if (chunk.tag === 0 || refused !== undefined) return { cookie: undefined, unrecognized: [], refusal: refused };
  const { cookie, unrecognized } = examined;
  if (cookie === undefined)
    return { cookie, unrecognized: [], refusal: abortChunk(causes.missingMandatoryParameter, missingCookie()) };
  const report = unrecognized.length === 0 ? [] : [errorChunk(causes.unrecognizedParameters, joined(unrecognized))];
  return { cookie, unrecognized: report, refusal: undefined };
};

/** The value of the cause "missing mandatory parameter": one, the state cookie (3.3.10.2). */
const missingCookie = (): Uint8Array => {
  const value = new Uint8Array(6);
  put32(value, 0, 1);
  put16(value, 4, parameterTypes.stateCookie);
  return value;
};

/** The value of the cause "unrecognized parameters", each padded but the last (3.3.10.8). */
const joined = (parameters: readonly Uint8Array[]): Uint8Array =>
  concatenate(
    ...parameters.flatMap((octets, index) =>
      index === parameters.length - 1 ? [octets] : [octets, new Uint8Array(-octets.length & 3)],
    ),
  );

/**
 * What a cookie means for an association with these tags (RFC 9260, 5.2.4, table 12): `restart` is its action A,
 * `collision` B, `duplicate` D; `discard` is C and everything that the table does not name.
 */
export const cookieMeaning = (
  cookie: Cookie,
  localTag: number,
  remoteTag: number,
): 'restart' | 'collision' | 'duplicate' | 'discard' => {
  if (cookie.localTag === localTag) return cookie.remoteTag === remoteTag ? 'duplicate' : 'collision';
  const ties = cookie.localTieTag === localTag && cookie.remoteTieTag === remoteTag;
  return cookie.remoteTag !== remoteTag && ties ? 'restart' : 'discard';
};
