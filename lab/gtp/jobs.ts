/**
 * The directions of traffic, one endless function each. Every one runs in a thread of its own and blocks in the kernel
 * until a packet comes. None of them is an IP hop: the phone's packet passes as it is, its TTL included; the first
 * router that it meets is the kernel of the PGW.
 */
import { libc } from '../../src/kernel/libc.ts';
import { ipOctets, macOctets } from '../../src/address/octets.ts';
import { type CellDown, cellDown, type CellUp, cellUp } from './cell.ts';
import type { Counters, Direction } from './counters.ts';
import type { Tell } from './event.ts';
import { HEADROOM, peerAddresses, receiveGtpu, sendTo } from './endpoint.ts';
import { HEADER_LENGTH, messageType, writeGpduHeader, writeTeid } from './message.ts';
import { NO_TEID, type Session } from './config.ts';
import { arpReply, ETHERNET_HEADER_LENGTH, etherType, neighbourAdvertisement } from './neighbour.ts';
import type { SessionTable, Side } from './session-table.ts';
import { PACKET_BUFFER_LENGTH, received } from './sockets.ts';

/** A radio's descriptors and addresses. */
export interface RadioPort {
  /** The session it belongs to. */
  readonly slot: number;
  readonly socket: number;
  readonly mac: string;
  readonly phoneMac: string;
  readonly gateway: string;
  readonly gateway6?: string | undefined;
}

/** What a thread does, in a form that can be handed to it. */
export type Job =
  | { readonly job: 'radioUp'; readonly radio: RadioPort; readonly socket: number }
  | {
      readonly job: 'radioDown';
      readonly radios: readonly RadioPort[];
      readonly local: string;
      readonly socket: number;
    }
  | CellUp
  | CellDown
  /** From one tunnel to the other: `side` is where packets come from. */
  | {
      readonly job: 'relay';
      readonly side: Side;
      readonly local: string;
      readonly socket: number;
      readonly out: number;
    }
  | { readonly job: 'tunUp'; readonly local: string; readonly socket: number; readonly tun: number }
  | { readonly job: 'tunDown'; readonly socket: number; readonly tun: number };

type Of<Name extends Job['job']> = Extract<Job, { job: Name }>;

/** EtherType of a packet by its version, or undefined when it is no IP packet. */
const etherTypeOf = (firstOctet: number | undefined): number | undefined => {
  const version = (firstOctet ?? 0) >> 4;
  if (version === 4) return etherType.ipv4;
  return version === 6 ? etherType.ipv6 : undefined;
};

const sendFrame = (socket: number, frame: Buffer, counters: Counters): boolean => {
  const sent = Number(libc.send(socket, frame, frame.length, 0)) >= 0;
  if (!sent) counters.event('sendErrors');
  return sent;
};

/** eNodeB, from the phone: answers for the gateway's MAC, and puts every IP packet into the phone's tunnel. */
const radioUp = ({ radio, socket }: Of<'radioUp'>, table: SessionTable, counters: Counters): never => {
  const mac = macOctets(radio.mac);
  const gateway = ipOctets(radio.gateway);
  const gateway6 = radio.gateway6 === undefined ? undefined : ipOctets(radio.gateway6);
  const peerOf = peerAddresses();
  const buffer = Buffer.alloc(PACKET_BUFFER_LENGTH);
  // The GTP-U header takes the place of the last octets of the Ethernet header.
  const start = ETHERNET_HEADER_LENGTH - HEADER_LENGTH;
  for (;;) {
    const octets = received(libc.recv(radio.socket, buffer, buffer.length, 0), 'recv radio');
    if (octets <= ETHERNET_HEADER_LENGTH) continue;
    const type = buffer.readUInt16BE(12);
    if (type === etherType.arp) {
      const reply = arpReply(buffer.subarray(0, octets), gateway, mac);
      if (reply !== undefined) sendFrame(radio.socket, reply, counters);
      continue;
    }
    if (type !== etherType.ipv4 && type !== etherType.ipv6) continue;
    if (type === etherType.ipv6 && gateway6 !== undefined) {
      const advertisement = neighbourAdvertisement(buffer.subarray(0, octets), gateway6, mac);
      if (advertisement !== undefined) {
        sendFrame(radio.socket, advertisement, counters);
        continue;
      }
    }
    // Broadcast and multicast of the phone's Ethernet are not traffic of its bearer.
    if (buffer.compare(mac, 0, mac.length, 0, mac.length) !== 0) continue;
    const tunnel = table.bySlot(radio.slot)?.core;
    if (tunnel === undefined) continue;
    const length = octets - ETHERNET_HEADER_LENGTH;
    writeGpduHeader(buffer, start, tunnel.teidOut, length);
    sendTo(socket, buffer.subarray(start, octets), peerOf(tunnel.peer), counters);
    counters.packet(radio.slot, 'up', length);
  }
};

/** eNodeB, to the phones: takes packets out of their tunnels and puts them on the radio. */
const radioDown = (
  { radios, local, socket }: Of<'radioDown'>,
  table: SessionTable,
  counters: Counters,
  tell: Tell,
): never => {
  const ports = new Map(
    radios.map((radio) => {
      const header = Buffer.concat([macOctets(radio.phoneMac), macOctets(radio.mac), Buffer.alloc(2)]);
      return [radio.slot, { socket: radio.socket, header }];
    }),
  );
  return receiveGtpu(socket, local, 'core', table, counters, tell, ({ slot }, octets, { type, payload, end }) => {
    const port = ports.get(slot);
    const protocol = etherTypeOf(octets[payload]);
    if (port === undefined || protocol === undefined || type !== messageType.gpdu) return;
    const start = payload - ETHERNET_HEADER_LENGTH;
    port.header.writeUInt16BE(protocol, 12);
    octets.set(port.header, start);
    if (sendFrame(port.socket, octets.subarray(start, end), counters)) counters.packet(slot, 'down', end - payload);
  });
};

/** Packets of a session that are given to the control plane at once; it takes fewer, and it is not to drown in them. */
const HELD = 128;

/** Gives packets for idle phones to the control plane; false when it does not want them. Sessions are made anew when they change. */
const holding = (): ((slot: number, session: Session, packet: Buffer, tell: Tell) => boolean) => {
  const given = new WeakMap<Session, number>();
  return (slot, session, packet, tell) => {
    const count = given.get(session) ?? 0;
    if (session.held !== true || count === HELD) return false;
    given.set(session, count + 1);
    tell({ event: 'downlinkData', slot, packet: Uint8Array.from(packet) });
    return true;
  };
};

/** SGW: the same message, with the other tunnel's TEID, to the other tunnel's peer. */
const relay = (
  { side, local, socket, out }: Of<'relay'>,
  table: SessionTable,
  counters: Counters,
  tell: Tell,
): never => {
  const other: Side = side === 'access' ? 'core' : 'access';
  const direction: Direction = side === 'access' ? 'up' : 'down';
  const peerOf = peerAddresses();
  const hold = holding();
  return receiveGtpu(
    socket,
    local,
    side,
    table,
    counters,
    tell,
    ({ slot, session }, octets, { type, payload, end }) => {
      const tunnel = session[other];
      if (tunnel === undefined) return;
      // The other end is not known: the phone is idle, or its eNodeB has not answered yet.
      if (tunnel.teidOut === NO_TEID) {
        if (type !== messageType.gpdu || !hold(slot, session, octets.subarray(payload, end), tell))
          counters.event('idle');
        return;
      }
      writeTeid(octets, HEADROOM, tunnel.teidOut);
      sendTo(out, octets.subarray(HEADROOM, end), peerOf(tunnel.peer), counters);
      if (type === messageType.gpdu) counters.packet(slot, direction, end - payload);
    },
  );
};

/** PGW, from the phones: packets leave their tunnel and enter the kernel through the TUN device. */
const tunUp = ({ local, socket, tun }: Of<'tunUp'>, table: SessionTable, counters: Counters, tell: Tell): never =>
  receiveGtpu(socket, local, 'access', table, counters, tell, ({ slot }, octets, { type, payload, end }) => {
    if (type !== messageType.gpdu || payload === end) return;
    const length = end - payload;
    if (Number(libc.write(tun, octets.subarray(payload, end), length)) < 0) counters.event('sendErrors');
    else counters.packet(slot, 'up', length);
  });

/** Where the destination stands in an IPv4 and in an IPv6 header. */
const DESTINATION_4 = 16;
const DESTINATION_6 = 24;

/** PGW, to the phones: what the kernel routes into the TUN device goes into the tunnel of its destination. */
const tunDown = ({ socket, tun }: Of<'tunDown'>, table: SessionTable, counters: Counters): never => {
  const buffer = Buffer.alloc(PACKET_BUFFER_LENGTH);
  const room = buffer.subarray(HEADER_LENGTH);
  const peerOf = peerAddresses();
  for (;;) {
    const octets = received(libc.read(tun, room, room.length), 'read TUN');
    if (octets === 0) continue;
    const entry =
      etherTypeOf(room[0]) === etherType.ipv4
        ? table.byAddress(room, DESTINATION_4, 4)
        : table.byAddress(room, DESTINATION_6, 16);
    const tunnel = entry?.session.access;
    if (entry === undefined || tunnel === undefined) {
      counters.event('unknownAddress');
      continue;
    }
    writeGpduHeader(buffer, 0, tunnel.teidOut, octets);
    sendTo(socket, buffer.subarray(0, HEADER_LENGTH + octets), peerOf(tunnel.peer), counters);
    counters.packet(entry.slot, 'down', octets);
  }
};

/** Does a job until its descriptor breaks. @throws SystemError */
export const runJob = (job: Job, table: SessionTable, counters: Counters, tell: Tell): never => {
  if (job.job === 'radioUp') return radioUp(job, table, counters);
  if (job.job === 'radioDown') return radioDown(job, table, counters, tell);
  if (job.job === 'cellUp') return cellUp(job, table, counters);
  if (job.job === 'cellDown') return cellDown(job, table, counters, tell);
  if (job.job === 'relay') return relay(job, table, counters, tell);
  if (job.job === 'tunUp') return tunUp(job, table, counters, tell);
  return tunDown(job, table, counters);
};
