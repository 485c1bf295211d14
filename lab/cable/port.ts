/**
 * One end of a cable: a packet socket that passes whole frames, with what a plain read would lose. Segmentation and
 * checksums that a sender left to the "hardware" travel in the virtio_net_hdr before each frame and stay undone; a VLAN
 * tag, which the kernel takes out on reception, comes as auxiliary data and is put back. See packet(7).
 */
import os from 'node:os';
import { addressOf, check, errno, int32, libc, SystemError } from '../../src/kernel/libc.ts';
import {
  bindPacketSocket,
  ETH_P_8021Q,
  openPacketSocket,
  PACKET,
  setPacketOption,
  SOL_PACKET,
  SOL_SOCKET,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
  VNET_HEADER_LENGTH,
  VNET_NEEDS_CHECKSUM,
} from '../../src/kernel/packet-socket.ts';

const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
/** Room for what arrives while the thread is not scheduled. */
const SOCKET_BUFFER_LENGTH = 16 << 20;
const MSG_DONTWAIT = 0x40;

const TAG_LENGTH = 4;
/** Octets before a VLAN tag: the two MAC addresses, and the virtio_net_hdr before them. */
const BEFORE_TAG = VNET_HEADER_LENGTH + 12;
/** The largest frame (64 KiB of GSO) with headers. */
const FRAME_BUFFER_LENGTH = 65_536 + 256;
/** struct virtio_net_hdr: hdr_len and csum_start count from the beginning of the frame. */
const vnet = { headerLength: 2, checksumStart: 6 } as const;
/** struct msghdr, struct iovec and a struct cmsghdr with struct tpacket_auxdata, 64-bit. */
const MSGHDR_LENGTH = 56;
const msghdr = { iov: 16, iovLength: 24, control: 32, controlLength: 40 } as const;
const IOVEC_LENGTH = 16;
const CONTROL_LENGTH = 40;
const auxdata = { status: 16, tci: 32, tpid: 34 } as const;

/** Opens a socket on an interface for `Receiver` and `sendFrame`; it does not see what it sends itself. */
export const openPort = (device: string): number => {
  const index = libc.ifNameToIndex(device);
  if (index === 0) throw new SystemError(`if_nametoindex ${device}`, errno());
  const socket = openPacketSocket();
  setPacketOption(socket, PACKET.VNET_HDR, 1, 'PACKET_VNET_HDR');
  setPacketOption(socket, PACKET.AUXDATA, 1, 'PACKET_AUXDATA');
  setPacketOption(socket, PACKET.IGNORE_OUTGOING, 1, 'PACKET_IGNORE_OUTGOING');
  for (const option of [SO_SNDBUFFORCE, SO_RCVBUFFORCE])
    check(libc.setsockopt(socket, SOL_SOCKET, option, int32(SOCKET_BUFFER_LENGTH), 4), 'setsockopt buffer');
  bindPacketSocket(socket, index);
  return socket;
};

/** Frames that the kernel dropped since the last call because nobody had read the ones before. */
export const droppedSince = (socket: number): number => {
  const counters = Buffer.alloc(8); // struct tpacket_stats
  check(libc.getsockopt(socket, SOL_PACKET, PACKET.STATISTICS, counters, [8]), 'getsockopt PACKET_STATISTICS');
  return counters.readUInt32LE(4);
};

/** Sends a frame with its virtio_net_hdr; false when the kernel refuses it. */
export const sendFrame = (socket: number, octets: Buffer): boolean =>
  Number(libc.send(socket, octets, octets.length, 0)) >= 0;

export class Receiver {
  readonly #socket: number;
  readonly #buffer = Buffer.alloc(TAG_LENGTH + FRAME_BUFFER_LENGTH);
  readonly #control = Buffer.alloc(CONTROL_LENGTH);
  readonly #iov = Buffer.alloc(IOVEC_LENGTH);
  readonly #message = Buffer.alloc(MSGHDR_LENGTH);

  constructor(socket: number) {
    this.#socket = socket;
    this.#iov.writeBigUInt64LE(addressOf(this.#buffer) + BigInt(TAG_LENGTH), 0);
    this.#iov.writeBigUInt64LE(BigInt(FRAME_BUFFER_LENGTH), 8);
    this.#message.writeBigUInt64LE(addressOf(this.#iov), msghdr.iov);
    this.#message.writeBigUInt64LE(1n, msghdr.iovLength);
    this.#message.writeBigUInt64LE(addressOf(this.#control), msghdr.control);
  }

  /**
   * The next frame with its virtio_net_hdr, in memory that the next call overwrites; undefined when none waits.
   * @throws SystemError when the socket is broken.
   */
  receive(): Buffer | undefined {
    // The kernel writes the length it used, so it has to be set again each time.
    this.#message.writeUInt32LE(CONTROL_LENGTH, msghdr.controlLength);
    const octets = Number(libc.recvmsg(this.#socket, this.#message, MSG_DONTWAIT));
    if (octets < 0) {
      const code = errno();
      const { EAGAIN, EINTR, ENETDOWN } = os.constants.errno;
      if (code === EAGAIN || code === EINTR || code === ENETDOWN) return undefined;
      throw new SystemError('recvmsg', code);
    }
    const end = TAG_LENGTH + octets;
    const status = this.#control.readUInt32LE(auxdata.status);
    if ((status & TP_STATUS_VLAN_VALID) === 0) return this.#buffer.subarray(TAG_LENGTH, end);
    const tpid = (status & TP_STATUS_VLAN_TPID_VALID) === 0 ? ETH_P_8021Q : this.#control.readUInt16LE(auxdata.tpid);
    return putTagBack(this.#buffer.subarray(0, end), tpid, this.#control.readUInt16LE(auxdata.tci));
  }
}

/**
 * Moves what stands before the tag to the beginning of `octets`, which are TAG_LENGTH longer than the frame, and writes
 * the tag into the gap.
 */
export const putTagBack = (octets: Buffer, tpid: number, tci: number): Buffer => {
  octets.copyWithin(0, TAG_LENGTH, TAG_LENGTH + BEFORE_TAG);
  octets.writeUInt16BE(tpid, BEFORE_TAG);
  octets.writeUInt16BE(tci, BEFORE_TAG + 2);
  const shift = (at: number): void => void octets.writeUInt16LE(octets.readUInt16LE(at) + TAG_LENGTH, at);
  if (((octets[0] ?? 0) & VNET_NEEDS_CHECKSUM) !== 0) shift(vnet.checksumStart);
  if (octets.readUInt16LE(vnet.headerLength) !== 0) shift(vnet.headerLength);
  return octets;
};
