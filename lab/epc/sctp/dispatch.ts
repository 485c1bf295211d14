/**
 * Packets of the peer, chunk by chunk (RFC 9260, 8.5 and the sections of each chunk): which state takes what, and what
 * the peer must not say.
 */
import { put16, put32 } from '../../../src/packet/octets.ts';
import { type Chunk, type DataChunk, type Packet, unknownAction } from '../../../src/signalling/sctp/chunk.ts';
import { causes, describeCauses } from '../../../src/signalling/sctp/tlv.ts';
import { type Core, receivingStates, sendingStates } from './core.ts';
import { cookieAck, initAck, staleCookie } from './initiate.ts';
import { ProtocolViolation } from './reassembly.ts';
import * as setup from './setup.ts';
import { acknowledged, shutdown, shutdownAck } from './shutdown.ts';
import type { Transfer } from './transfer.ts';

/** Takes a packet; INIT and COOKIE ECHO, which decide what it belongs to, were taken before. */
export const receive = (core: Core, { tag, chunks }: Packet): void => {
  core.packetsReceived += 1;
  core.corked(() => {
    let hasData = false;
    for (const chunk of chunks) {
      if (core.state === 'closed' || !isTagged(core, tag, chunk)) break;
      hasData ||= chunk.type === 'data';
      if (!read(core, chunk)) break;
    }
    if (hasData && core.state !== 'closed') core.transfer?.dataRead();
    core.handOver();
  });
};

/** The verification tag (8.5, 8.5.1). */
const isTagged = (core: Core, tag: number, chunk: Chunk): boolean => {
  const reflected = (chunk.type === 'abort' || chunk.type === 'shutdownComplete') && chunk.reflected;
  return tag !== 0 && tag === (reflected ? core.remoteTag : core.own.tag);
};

/** Reads a chunk; false when the rest of the packet is to be ignored. */
const read = (core: Core, chunk: Chunk): boolean => {
  try {
    return dispatch(core, chunk);
  } catch (error) {
    if (!(error instanceof ProtocolViolation)) throw error;
    return core.refuse(setup.abortChunk(causes.protocolViolation, Buffer.from(error.message)), error.message);
  }
};

const dispatch = (core: Core, chunk: Chunk): boolean => {
  switch (chunk.type) {
    case 'initAck':
      initAck(core, chunk);
      break;
    case 'cookieAck':
      cookieAck(core);
      break;
    case 'abort':
      // Everything was delivered both ways, and a late packet has told the peer's endpoint that it knows us no more.
      if (chunk.reflected && core.state === 'shutdown-ack-sent') core.end({ kind: 'shutdown' });
      else core.end({ kind: 'aborted', by: 'peer', detail: describeCauses(chunk.causes) });
      break;
    case 'error':
      if (chunk.causes.some(({ type }) => type === causes.staleCookie)) staleCookie(core);
      break;
    case 'unknown': {
      const { skip, report } = unknownAction(chunk.code >>> 6);
      if (report) core.control(setup.errorChunk(causes.unrecognizedChunkType, chunk.octets));
      return skip;
    }
    case 'shutdownAck':
      shutdownAck(core);
      break;
    case 'shutdownComplete':
      if (core.state === 'shutdown-ack-sent') core.end({ kind: 'shutdown' });
      break;
    case 'init':
    case 'cookieEcho':
      // Neither may come behind another chunk (6.10).
      break;
    default:
      return core.settingUp || core.transfer === undefined || exchange(core, chunk, core.transfer);
  }
  return true;
};

/** The chunks that only an association that is set up understands. */
const exchange = (
  core: Core,
  chunk: Extract<Chunk, { type: 'data' | 'sack' | 'shutdown' | 'heartbeat' | 'heartbeatAck' }>,
  transfer: Transfer,
): boolean => {
  switch (chunk.type) {
    case 'data':
      return data(core, chunk, transfer);
    case 'sack':
      if (!sendingStates.has(core.state)) break;
      transfer.acknowledge(chunk);
      acknowledged(core);
      break;
    case 'heartbeat':
      core.control({ type: 'heartbeatAck', information: chunk.information });
      break;
    case 'heartbeatAck':
      if (core.heartbeat.answer(chunk.information)) core.path.errors = 0;
      break;
    case 'shutdown':
      shutdown(core, chunk.cumulative, transfer);
      break;
  }
  return true;
};

const data = (core: Core, chunk: DataChunk, { inbound }: Transfer): boolean => {
  if (!receivingStates.has(core.state)) return true;
  const value = new Uint8Array(4);
  if (chunk.payload.length === 0) {
    put32(value, 0, chunk.tsn);
    return core.refuse(setup.abortChunk(causes.noUserData, value), `TSN ${chunk.tsn} has no user data`);
  }
  const isForeign = chunk.stream >= core.streams.inbound;
  const isNew = inbound.receive(chunk, isForeign);
  if (isForeign && isNew) {
    put16(value, 0, chunk.stream);
    core.control(setup.errorChunk(causes.invalidStreamIdentifier, value));
  }
  // The peer has not seen the SHUTDOWN: it is sent again, with the SACK (9.2).
  if (core.state === 'shutdown-sent') {
    inbound.requestSack();
    core.control({ type: 'shutdown', cumulative: inbound.cumulative });
  }
  return true;
};
