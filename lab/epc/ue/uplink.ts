/**
 * What an idle phone has to send (3GPP TS 24.301, 5.6.1): the first packet of its applications has it ask for service, and
 * goes on its way when the bearer is there. The kernel knows nothing of radio bearers and puts the packet on the link,
 * where no eNodeB takes it from a phone that is idle; a packet socket sees it, keeps it, and sends it again.
 */
import { check, libc } from '../../../src/kernel/libc.ts';
import {
  attachFilter,
  bindPacketSocket,
  openPacketSocket,
  PACKET,
  setPacketOption,
  VNET_HEADER_LENGTH,
} from '../../../src/kernel/packet-socket.ts';
import { ipOctets, macOctets } from '../../../src/address/octets.ts';

/** Packets that are kept at most: the first ones, which begin what an application wants. */
const MOST_PACKETS = 16;
const FRAME_LENGTH = 65_536;

/** Instructions of classic BPF: load from the frame, compare, return. */
const LOAD_16 = 0x28;
const LOAD_32 = 0x20;
const EQUAL = 0x15;
const RETURN = 0x06;
const ETHER_TYPE = 12;
const IPV4 = 0x0800;
const SOURCE = 14 + 12;

const nothing = [[RETURN, 0, 0, 0]] as const;
/** Packets of IPv4 from this address. */
const from = (address: string): (readonly [number, number, number, number])[] => [
  [LOAD_16, 0, 0, ETHER_TYPE],
  [EQUAL, 0, 3, IPV4],
  [LOAD_32, 0, 0, SOURCE],
  [EQUAL, 0, 1, Buffer.from(ipOctets(address)).readUInt32BE(0)],
  [RETURN, 0, 0, FRAME_LENGTH],
  [RETURN, 0, 0, 0],
];

export interface Uplink {
  /** The phone is idle: packets of this address are kept, and `wanted` is called for each. */
  readonly watch: (address: string) => void;
  /** The phone is connected: what was kept is sent to the MAC address of its eNodeB; undefined when it is not known. */
  readonly flush: (mac: string | undefined) => void;
  /** The phone has no bearer any more. */
  readonly drop: () => void;
}

/** @param index of the radio interface @param wanted called when the phone has something to send */
export const openUplink = (index: number, wanted: () => void): Uplink => {
  const socket = openPacketSocket();
  // Checksums that are left to the hardware stay so in the frames that are sent again.
  setPacketOption(socket, PACKET.VNET_HDR, 1, 'PACKET_VNET_HDR');
  attachFilter(socket, nothing);
  bindPacketSocket(socket, index);
  const buffer = Buffer.alloc(FRAME_LENGTH + VNET_HEADER_LENGTH);
  let watching = false;
  let kept: Buffer[] = [];

  /** One call waits in the kernel, in a thread of libuv; a phone that is connected has a filter that lets nothing in. */
  const receive = (): void => {
    libc.recv.async(socket, buffer, buffer.length, 0, (_error: unknown, result: unknown) => {
      const octets = Number(result);
      if (octets > VNET_HEADER_LENGTH && watching) {
        if (kept.length < MOST_PACKETS) kept.push(Buffer.from(buffer.subarray(0, octets)));
        wanted();
      }
      // An interface that is down is told once; a phone without one has nothing to send.
      if (octets >= 0) receive();
    });
  };
  receive();

  const stop = (): Buffer[] => {
    const packets = kept;
    kept = [];
    if (watching) attachFilter(socket, nothing);
    watching = false;
    return packets;
  };
  return {
    watch: (address) => {
      kept = [];
      watching = true;
      attachFilter(socket, from(address));
    },
    flush: (mac) => {
      const packets = stop();
      if (mac === undefined) return;
      for (const packet of packets) {
        packet.set(macOctets(mac), VNET_HEADER_LENGTH);
        check(libc.send(socket, packet, packet.length, 0), 'send AF_PACKET');
      }
    },
    drop: () => void stop(),
  };
};
