/**
 * Messages out of SCTP (RFC 9260): DATA chunks of one message have consecutive TSNs, the first with the B bit, the last
 * with the E bit. Several chunks can share a packet, and a chunk that was not acknowledged in time is sent again with
 * the same TSN. Everything else in SCTP keeps the association and is told as what it is.
 */
import { DIAMETER_PPID } from '../signalling/diameter/message.ts';
import { S1AP_PPID } from '../signalling/s1ap/s1ap.ts';
import type { Chunk, DataChunk } from '../signalling/sctp/chunk.ts';
import { decodePacket } from '../signalling/sctp/decode.ts';
import type { SignallingPacket } from './packet.ts';
import type { Protocol, Unit } from './unit.ts';

/** Payload protocols that this file knows (IANA registry "SCTP Payload Protocol Identifiers"). */
const protocols: Readonly<Record<number, Protocol>> = { [S1AP_PPID]: 'S1AP', [DIAMETER_PPID]: 'Diameter' };

interface Piece {
  readonly chunk: DataChunk;
  readonly packet: SignallingPacket;
}

/** One direction of an association. */
interface Flow {
  readonly pieces: Map<number, Piece>;
  /** Messages by each of their TSNs. */
  readonly units: Map<number, Unit>;
  /** Chunks that came again before their message was whole. */
  readonly repeated: Piece[];
}

const chunkNames: Readonly<Partial<Record<Chunk['type'], string>>> = {
  init: 'INIT',
  initAck: 'INIT ACK',
  sack: 'SACK',
  heartbeat: 'HEARTBEAT',
  heartbeatAck: 'HEARTBEAT ACK',
  abort: 'ABORT',
  error: 'ERROR',
  shutdown: 'SHUTDOWN',
  shutdownAck: 'SHUTDOWN ACK',
  shutdownComplete: 'SHUTDOWN COMPLETE',
  cookieEcho: 'COOKIE ECHO',
  cookieAck: 'COOKIE ACK',
};

const next = (tsn: number): number => (tsn + 1) >>> 0;
const previous = (tsn: number): number => (tsn - 1) >>> 0;

/** The pieces of the message that a TSN belongs to, as far as they were seen, and whether they are all. */
const messageAround = (
  { pieces }: Flow,
  tsn: number,
): { readonly parts: readonly Piece[]; readonly whole: boolean } => {
  const parts: Piece[] = [];
  let at = tsn;
  while (pieces.get(at)?.chunk.first === false && pieces.has(previous(at))) at = previous(at);
  for (let piece = pieces.get(at); piece !== undefined; piece = pieces.get((at = next(at)))) {
    parts.push(piece);
    if (piece.chunk.last) break;
  }
  return { parts, whole: parts[0]?.chunk.first === true && parts.at(-1)?.chunk.last === true };
};

const unitOf = (parts: readonly Piece[], problem: string | undefined): Unit | undefined => {
  const [first] = parts;
  if (first === undefined) return undefined;
  const { ppid } = first.chunk;
  const protocol = protocols[ppid] ?? 'other';
  return {
    protocol,
    octets: Buffer.concat(parts.map(({ chunk }) => chunk.payload)),
    packet: first.packet,
    packets: new Set(parts.map(({ packet }) => packet)).size,
    ...(problem === undefined ? {} : { problem }),
    ...(protocol === 'other' ? { ppid } : {}),
  };
};

const takeData = (flow: Flow, chunk: DataChunk, packet: SignallingPacket, units: Unit[]): void => {
  const { tsn } = chunk;
  if (flow.pieces.has(tsn)) {
    const known = flow.units.get(tsn);
    if (known === undefined) flow.repeated.push({ chunk, packet });
    // A packet that brings several chunks of a message again repeats the message once.
    else if (!units.some(({ repeats, packet: of }) => repeats === known && of === packet))
      units.push({ ...known, packet, packets: 1, repeats: known });
    return;
  }
  flow.pieces.set(tsn, { chunk, packet });
  const { parts, whole } = messageAround(flow, tsn);
  const unit = whole ? unitOf(parts, undefined) : undefined;
  if (unit === undefined) return;
  for (const piece of parts) flow.units.set(piece.chunk.tsn, unit);
  units.push(unit);
};

/** What is left when the capture ends: parts of messages that never became whole. */
const leftOvers = (flow: Flow): readonly Unit[] => {
  const units: Unit[] = [];
  for (const tsn of flow.pieces.keys()) {
    if (flow.units.has(tsn)) continue;
    const { parts } = messageAround(flow, tsn);
    const unit = unitOf(parts, 'fragments of it were not captured');
    if (unit === undefined) continue;
    for (const { chunk } of parts) flow.units.set(chunk.tsn, unit);
    units.push(unit);
  }
  for (const { chunk, packet } of flow.repeated) {
    const known = flow.units.get(chunk.tsn);
    if (known !== undefined) units.push({ ...known, packet, packets: 1, repeats: known });
  }
  return units;
};

const controlName = (chunks: readonly Chunk[]): string =>
  chunks
    .filter(({ type }) => type !== 'data')
    .map((chunk) => (chunk.type === 'unknown' ? `chunk ${chunk.code}` : (chunkNames[chunk.type] ?? chunk.type)))
    .join(', ');

/** The messages in SCTP packets, which are in order of time, and the packets that only keep the association. */
export const sctpUnits = (packets: readonly SignallingPacket[]): readonly Unit[] => {
  const flows = new Map<string, Flow>();
  const units: Unit[] = [];
  const only = (packet: SignallingPacket, more: Pick<Unit, 'name' | 'problem'>): Unit => ({
    ...{ protocol: 'SCTP', octets: packet.payload, packet, packets: 1 },
    ...more,
  });
  for (const packet of packets) {
    const decoded = packet.problem ?? decodePacket(packet.payload);
    if (typeof decoded === 'string') {
      const problem = decoded === 'checksum' ? 'its checksum is wrong' : decoded === 'short' ? 'no packet' : decoded;
      units.push(only(packet, { problem }));
      continue;
    }
    const { sourcePort, destinationPort, tag, chunks, malformed } = decoded;
    const way = `${packet.source}:${sourcePort} > ${packet.destination}:${destinationPort} ${tag}`;
    const flow = flows.get(way) ?? { pieces: new Map(), units: new Map(), repeated: [] };
    flows.set(way, flow);
    for (const chunk of chunks) if (chunk.type === 'data') takeData(flow, chunk, packet, units);
    const name = controlName(chunks);
    if (name !== '' || malformed)
      units.push(only(packet, { name, ...(malformed ? { problem: 'a chunk in it makes no sense' } : {}) }));
  }
  return [...units, ...[...flows.values()].flatMap(leftOvers)];
};
