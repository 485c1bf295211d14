/**
 * Setting up an association from the side that begins (RFC 9260, 5.1): INIT, then the cookie that the INIT ACK brought,
 * until the COOKIE ACK. What stands in the messages is in setup.ts; the answers to an INIT of the peer are in restart.ts.
 */
import { put32 } from '../../../src/packet/octets.ts';
import type { InitChunk } from '../../../src/signalling/sctp/chunk.ts';
import { parameterTypes, type Tlv } from '../../../src/signalling/sctp/tlv.ts';
import type { Core } from './core.ts';
import * as setup from './setup.ts';

/** Sends the INIT (5.1, A), with parameters beyond what every INIT has. */
export const initiate = (core: Core, parameters: readonly Tlv[] = []): void => {
  core.state = 'cookie-wait';
  const init = setup.initChunk('init', core.own, core.around.parameters, parameters);
  core.persistence.start(() => core.transmit([init], 0));
};

/** An INIT ACK: its cookie goes back (5.1, C). */
export const initAck = (core: Core, chunk: InitChunk): void => {
  if (core.state !== 'cookie-wait') return;
  const { cookie, unrecognized, refusal } = setup.readInitAck(chunk);
  if (cookie === undefined) {
    if (refusal !== undefined) core.transmit([refusal], chunk.tag);
    core.end({ kind: 'aborted', by: 'local', detail: 'its INIT ACK is invalid' });
    return;
  }
  core.persistence.answered();
  const { streams } = core.around.parameters;
  core.begin({
    remoteTag: chunk.tag,
    localTsn: core.own.tsn,
    remoteTsn: chunk.initialTsn,
    window: chunk.window,
    outboundStreams: Math.min(streams, chunk.inboundStreams),
    inboundStreams: Math.min(streams, chunk.outboundStreams),
  });
  core.state = 'cookie-echoed';
  core.persistence.start(() => core.transmit([{ type: 'cookieEcho', cookie }, ...unrecognized]));
};

/** The cookie was acknowledged (5.1, E). */
export const cookieAck = (core: Core): void => {
  if (core.state !== 'cookie-echoed') return;
  core.persistence.answered();
  established(core);
};

/** A stale cookie: another try, asking for one that lives longer by two RTOs (5.2.6). */
export const staleCookie = (core: Core): void => {
  if (core.state !== 'cookie-echoed') return;
  core.staleCookies += 1;
  if (core.staleCookies > core.around.parameters.maxInitRetransmits) {
    core.end({ kind: 'aborted', by: 'peer', detail: 'staleCookie' });
    return;
  }
  const value = new Uint8Array(4);
  put32(value, 0, 2 * core.path.rto);
  initiate(core, [{ type: parameterTypes.cookiePreservative, value }]);
};

/** The handshake is done, on either side: whoever waits for the association hears of it. */
export const established = (core: Core): void => {
  core.persistence.stop();
  core.state = 'established';
  core.heartbeat.start();
  core.around.opened();
};
