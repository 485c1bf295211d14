/**
 * Packet sockets, packet(7): raw Ethernet frames of one interface or of all interfaces of a network namespace.
 * Numbers are from <linux/if_packet.h>, <linux/if_ether.h>, <linux/virtio_net.h> and <bits/socket.h>.
 */
import { addressOf, check, int32, libc } from './libc.ts';

export const AF_PACKET = 17;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0x8_0000;
export const SOL_SOCKET = 1;
export const SOL_PACKET = 263;
/** Every protocol, both directions. */
export const ETH_P_ALL = 3;

/** Options of level SOL_PACKET. */
export const PACKET = {
  RX_RING: 5,
  STATISTICS: 6,
  AUXDATA: 8,
  VERSION: 10,
  VNET_HDR: 15,
  IGNORE_OUTGOING: 23,
} as const;

/** Value of sockaddr_ll.sll_pkttype for frames that this namespace sent. */
export const PACKET_OUTGOING = 4;

/** Octets of struct virtio_net_hdr, which PACKET_VNET_HDR puts before every frame. */
export const VNET_HEADER_LENGTH = 10;
/** Bit of virtio_net_hdr.flags: the checksum is left to the hardware. */
export const VNET_NEEDS_CHECKSUM = 1;

/** Bits that say the kernel took a VLAN tag out of the frame, and that it remembers the tag's TPID. */
export const TP_STATUS_VLAN_VALID = 1 << 4;
export const TP_STATUS_VLAN_TPID_VALID = 1 << 6;
/** TPID of a customer VLAN tag (IEEE 802.1Q), where the kernel did not remember another. */
export const ETH_P_8021Q = 0x8100;

const SO_ATTACH_FILTER = 26;
/** Octets of struct sockaddr_ll. */
const SOCKADDR_LL_LENGTH = 20;

/** A packet socket that receives nothing until `bindPacketSocket`: options come first, so no frame slips in before them. */
export const openPacketSocket = (): number =>
  check(libc.socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), 'socket AF_PACKET');

/** Sets a 32-bit option of level SOL_PACKET. */
export const setPacketOption = (socket: number, option: number, value: number, name: string): void => {
  check(libc.setsockopt(socket, SOL_PACKET, option, int32(value), 4), `setsockopt ${name}`);
};

/** Starts reception of all protocols on an interface; index 0 means every interface of the namespace, also later ones. */
export const bindPacketSocket = (socket: number, interfaceIndex: number): void => {
  const address = Buffer.alloc(SOCKADDR_LL_LENGTH);
  address.writeUInt16LE(AF_PACKET, 0);
  address.writeUInt16BE(ETH_P_ALL, 2);
  address.writeInt32LE(interfaceIndex, 4);
  check(libc.bind(socket, address, address.length), 'bind AF_PACKET');
};

/** An instruction of classic BPF: code, jumps if true and if false, operand; struct sock_filter of <linux/filter.h>. */
export type FilterInstruction = readonly [code: number, jumpTrue: number, jumpFalse: number, operand: number];

const RETURN = 0x06; // BPF_RET | BPF_K

/** A program that says how many octets of each frame the socket gets; in the place of the one before. */
export const attachFilter = (socket: number, instructions: readonly FilterInstruction[]): void => {
  const code = Buffer.alloc(8 * instructions.length);
  for (const [index, [operation, jumpTrue, jumpFalse, operand]] of instructions.entries()) {
    code.writeUInt16LE(operation, index * 8);
    code.writeUInt8(jumpTrue, index * 8 + 2);
    code.writeUInt8(jumpFalse, index * 8 + 3);
    code.writeUInt32LE(operand, index * 8 + 4);
  }
  const program = Buffer.alloc(16); // struct sock_fprog: count, padding, pointer
  program.writeUInt16LE(instructions.length, 0);
  program.writeBigUInt64LE(addressOf(code), 8);
  check(libc.setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, program, program.length), 'setsockopt SO_ATTACH_FILTER');
};

/** Cuts every frame to at most `octets`. */
export const attachSnaplen = (socket: number, octets: number): void => attachFilter(socket, [[RETURN, 0, 0, octets]]);
