/**
 * An eNodeB whose phones share one radio interface: who sent a frame is told by its source MAC address, which is part of
 * the session, so phones come and go while the threads run. Every frame of a phone that has a session here goes into its
 * tunnel, whatever next hop the phone chose: LTE's radio link has two ends only, and ARP is answered accordingly.
 */
import { libc } from '../../src/kernel/libc.ts';
import { macOctets } from '../../src/address/octets.ts';
import type { Counters } from './counters.ts';
import { peerAddresses, receiveGtpu, sendTo } from './endpoint.ts';
import type { Tell } from './event.ts';
import { HEADER_LENGTH, messageType, writeGpduHeader } from './message.ts';
import { arpReply, ETHERNET_HEADER_LENGTH, etherType } from './neighbour.ts';
import type { SessionTable } from './session-table.ts';
import { PACKET_BUFFER_LENGTH, received } from './sockets.ts';

/** From the phones of a radio interface to their tunnels. */
export interface CellUp {
  readonly job: 'cellUp';
  /** The radio interface: its packet socket and its MAC address. */
  readonly radio: number;
  readonly mac: string;
  /** The GTP-U socket. */
  readonly socket: number;
}

/** From the tunnels to the phones of a radio interface. */
export interface CellDown {
  readonly job: 'cellDown';
  readonly radio: number;
  readonly mac: string;
  readonly local: string;
  readonly socket: number;
}

const MAC_LENGTH = 6;
/** Octets of an IPv4 header without options; where its destination stands. */
const IPV4_HEADER_LENGTH = 20;
const DESTINATION = ETHERNET_HEADER_LENGTH + 16;
/** Where the sender's and the target's protocol address stand in an ARP frame. */
const ARP_SENDER = ETHERNET_HEADER_LENGTH + 14;
const ARP_TARGET = ETHERNET_HEADER_LENGTH + 24;
const ARP_END = ARP_TARGET + 4;

/** 169.254.0.0/16 never leaves its link (RFC 3927, 7): it is what RRC travels with. */
const isLinkLocal = (octets: Buffer, at: number): boolean => octets.readUInt16BE(at) === 0xa9fe;

/** The answer to a phone's ARP request; undefined for one that is not ours to answer. */
const answerArp = (frame: Buffer, mac: Buffer): Buffer | undefined => {
  if (frame.length < ARP_END || isLinkLocal(frame, ARP_TARGET)) return undefined;
  const target = Buffer.from(frame.subarray(ARP_TARGET, ARP_END));
  // A phone that asks for its own address tells it, or wants to know whether it is free (RFC 5227).
  if (frame.compare(target, 0, 4, ARP_SENDER, ARP_SENDER + 4) === 0 || frame.readUInt32BE(ARP_SENDER) === 0)
    return undefined;
  return arpReply(frame, target, mac);
};

const send = (socket: number, frame: Buffer, counters: Counters): boolean => {
  const sent = Number(libc.send(socket, frame, frame.length, 0)) >= 0;
  if (!sent) counters.event('sendErrors');
  return sent;
};

/** Only returns by throwing a SystemError, when the radio is broken. */
export const cellUp = ({ radio, mac, socket }: CellUp, table: SessionTable, counters: Counters): never => {
  const own = macOctets(mac);
  const peerOf = peerAddresses();
  const buffer = Buffer.alloc(PACKET_BUFFER_LENGTH);
  // The GTP-U header takes the place of the last octets of the Ethernet header.
  const start = ETHERNET_HEADER_LENGTH - HEADER_LENGTH;
  for (;;) {
    const octets = received(libc.recv(radio, buffer, buffer.length, 0), 'recv radio');
    if (octets < ETHERNET_HEADER_LENGTH + IPV4_HEADER_LENGTH) continue;
    const entry = table.byMac(buffer, MAC_LENGTH);
    const tunnel = entry?.session.core;
    if (entry === undefined || tunnel === undefined) continue;
    const type = buffer.readUInt16BE(12);
    if (type === etherType.arp) {
      const reply = answerArp(buffer.subarray(0, octets), own);
      if (reply !== undefined) send(radio, reply, counters);
      continue;
    }
    // Broadcasts and the phone's words with other stations of the link are not traffic of its bearer.
    if (type !== etherType.ipv4 || buffer.compare(own, 0, MAC_LENGTH, 0, MAC_LENGTH) !== 0) continue;
    if (isLinkLocal(buffer, DESTINATION)) continue;
    const length = octets - ETHERNET_HEADER_LENGTH;
    writeGpduHeader(buffer, start, tunnel.teidOut, length);
    sendTo(socket, buffer.subarray(start, octets), peerOf(tunnel.peer), counters);
    counters.packet(entry.slot, 'up', length);
  }
};

/** Only returns by throwing a SystemError, when the GTP-U socket is broken. */
export const cellDown = (
  { radio, mac, local, socket }: CellDown,
  table: SessionTable,
  counters: Counters,
  tell: Tell,
): never => {
  const own = macOctets(mac);
  const headers = new Map<string, Buffer>();
  const headerFor = (phone: string): Buffer => {
    const known = headers.get(phone);
    if (known !== undefined) return known;
    const made = Buffer.concat([macOctets(phone), own, Buffer.from([etherType.ipv4 >> 8, etherType.ipv4 & 255])]);
    headers.set(phone, made);
    return made;
  };
  return receiveGtpu(
    socket,
    local,
    'core',
    table,
    counters,
    tell,
    ({ slot, session }, octets, { type, payload, end }) => {
      if (session.mac === undefined || type !== messageType.gpdu || (octets[payload] ?? 0) >> 4 !== 4) return;
      const start = payload - ETHERNET_HEADER_LENGTH;
      octets.set(headerFor(session.mac), start);
      if (send(radio, octets.subarray(start, end), counters)) counters.packet(slot, 'down', end - payload);
    },
  );
};
