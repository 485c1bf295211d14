/**
 * A GTP-U socket and what every node does with what arrives there, whatever its role: user packets (and end markers) go
 * to the session that their TEID names; an Echo Request is answered; a TEID that nobody knows is answered by an Error
 * Indication (3GPP TS 29.281, 7.2 and 7.3).
 */
import { libc } from '../../src/kernel/libc.ts';
import { ipOctets } from '../../src/address/octets.ts';
import type { Counters } from './counters.ts';
import type { Tell } from './event.ts';
import { decodeHeader, echoResponse, errorIndication, type Header, messageType, rejectedTunnel } from './message.ts';
import type { Entry, SessionTable, Side } from './session-table.ts';
import { gtpuAddress, PACKET_BUFFER_LENGTH, received, SOCKADDR_IN_ADDRESS, SOCKADDR_IN_LENGTH } from './sockets.ts';

/** Octets kept free before a received message, so that an Ethernet header can be written there without a copy. */
export const HEADROOM = 32;

/** A message for a session, in a buffer that is used again after the call. The message begins at HEADROOM. */
export type Deliver = (entry: Entry, octets: Buffer, header: Header) => void;

/** Sends one datagram to the GTP-U port of a node. */
export const sendTo = (socket: number, octets: Buffer, address: Buffer, counters: Counters): void => {
  if (Number(libc.sendto(socket, octets, octets.length, 0, address, SOCKADDR_IN_LENGTH)) < 0)
    counters.event('sendErrors');
};

/** Addresses of peers as the kernel wants them, made once each. */
export const peerAddresses = (): ((peer: string) => Buffer) => {
  const made = new Map<string, Buffer>();
  return (peer) => {
    const known = made.get(peer);
    if (known !== undefined) return known;
    const address = gtpuAddress(peer);
    made.set(peer, address);
    return address;
  };
};

/**
 * Receives for ever. Only returns by throwing a SystemError, when the socket is broken.
 *
 * @param socket a GTP-U socket bound to the address `local` @param side where its tunnels lead
 * @param tell hears of each tunnel that its other end does not know, once while the sessions stay as they are
 */
export const receiveGtpu = (
  socket: number,
  local: string,
  side: Side,
  table: SessionTable,
  counters: Counters,
  tell: Tell,
  deliver: Deliver,
): never => {
  const buffer = Buffer.alloc(PACKET_BUFFER_LENGTH);
  const room = buffer.subarray(HEADROOM);
  const source = Buffer.alloc(SOCKADDR_IN_LENGTH);
  const sourceLength = Buffer.alloc(4);
  sourceLength.writeUInt32LE(SOCKADDR_IN_LENGTH);
  const ownAddress = ipOctets(local);
  const peerOf = peerAddresses();
  /** Every packet under way brings a complaint of its own; entries are made anew when a session comes or goes. */
  const told = new WeakSet<Entry>();
  const complained = (header: Header): void => {
    counters.event('errorIndications');
    const tunnel = rejectedTunnel(buffer, header);
    // Nobody is believed about tunnels that there are not.
    const entry = tunnel && table.byRemote(side, tunnel.teid, tunnel.peer);
    if (tunnel === undefined || entry === undefined || told.has(entry)) return;
    told.add(entry);
    tell({ event: 'errorIndication', side, ...tunnel });
  };

  for (;;) {
    const octets = received(libc.recvfrom(socket, room, room.length, 0, source, sourceLength), 'recvfrom');
    if (octets === 0) continue;
    const header = decodeHeader(buffer, HEADROOM, HEADROOM + octets);
    if (header === undefined) {
      counters.event('malformed');
      continue;
    }
    switch (header.type) {
      case messageType.gpdu:
      case messageType.endMarker: {
        const entry = table.byTeid(side, header.teid);
        if (entry !== undefined) {
          deliver(entry, buffer, header);
          break;
        }
        counters.event('unknownTeid');
        // To the GTP-U port, whatever port the packet came from (7.3.1); no answer is owed to an end marker.
        const sender = source.subarray(SOCKADDR_IN_ADDRESS, SOCKADDR_IN_ADDRESS + 4).join('.');
        if (header.type === messageType.gpdu)
          sendTo(socket, errorIndication(header.teid, ownAddress), peerOf(sender), counters);
        break;
      }
      case messageType.echoRequest:
        counters.event('echoRequests');
        // To the port the request came from (4.4.2.1 of the same).
        sendTo(socket, echoResponse(header.sequence ?? 0), source, counters);
        break;
      case messageType.errorIndication:
        complained(header);
        break;
      default:
        // Echo Responses and lists of extension headers need no action; what is not known is ignored.
        break;
    }
  }
};
