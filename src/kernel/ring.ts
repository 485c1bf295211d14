/**
 * A TPACKET_V3 receive ring: memory shared with the kernel, cut into blocks that the kernel fills with frames and hands
 * over ("retires") when they are full or 50 ms old. Reading costs no system call. See the kernel's
 * Documentation/networking/packet_mmap.rst; the structures are those of <linux/if_packet.h>.
 *
 *     block:  version | offset_to_priv | block_status | num_pkts | offset_to_first_pkt | blk_len | ...
 *     frame:  next_offset sec nsec snaplen len status mac:16 net:16 rxhash vlan_tci vlan_tpid:16 ... | sockaddr_ll
 */
import { check, errno, libc, SystemError, view } from './libc.ts';
import {
  ETH_P_8021Q,
  PACKET,
  PACKET_OUTGOING,
  setPacketOption,
  SOL_PACKET,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
  VNET_HEADER_LENGTH,
  VNET_NEEDS_CHECKSUM,
} from './packet-socket.ts';

/** Octets of a block: four of the largest frames (64 KiB, GSO). */
export const BLOCK_LENGTH = 1 << 18;
/**
 * Milliseconds after which the kernel hands over a block that is not full. Routers chatter all the time, and then a ring
 * uses up one block in that time: with 10 ms, 16 blocks were gone while a busy machine took 160 ms to start a program.
 */
export const RETIRE_TIMEOUT = 50;

const FRAME_LENGTH = 2048; // only has to divide BLOCK_LENGTH: version 3 packs frames of any length
const TPACKET_V3 = 2;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
/** What mmap(2) returns instead of an address, (void *) -1. */
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const TP_STATUS_KERNEL = 0;
const TP_STATUS_USER = 1;

/** Fields of struct tpacket_block_desc, as indexes of 32-bit words. */
const block = { status: 2, packets: 3, firstPacket: 4 } as const;
/** Fields of struct tpacket3_hdr and, from 48, struct sockaddr_ll, in octets. */
const header = { next: 0, sec: 4, nsec: 8, snaplen: 12, length: 16, status: 20, mac: 24, tci: 32, tpid: 36 } as const;
const address = { interface: 52, hardware: 56, packetType: 58 } as const;

/** A frame as the ring has it. `bytes` is a copy. */
export interface RingFrame {
  readonly time: bigint;
  readonly interfaceIndex: number;
  /** ARPHRD_ number of the interface, <linux/if_arp.h>. */
  readonly hardwareType: number;
  readonly outgoing: boolean;
  readonly bytes: Uint8Array;
  readonly wireLength: number;
  readonly offload: { gsoType: number; gsoSize: number; partialChecksum: boolean } | undefined;
}

export class Ring {
  /** Blocks read since the ring was made. */
  consumed = 0;
  readonly #pointer: unknown;
  readonly #blocks: number;
  readonly #octets: Buffer;
  readonly #words: Int32Array;
  /** The same memory, because the slice of a Buffer would not copy. */
  readonly #bytes: Uint8Array;
  #current = 0;
  /** The last second seen and its nanoseconds: most frames share their second, and BigInt products are not cheap. */
  #second = -1;
  #secondInNanoseconds = 0n;

  /** Gives the socket a ring; it must not be bound yet and must have PACKET_VNET_HDR on. */
  constructor(socket: number, blocks: number) {
    setPacketOption(socket, PACKET.VERSION, TPACKET_V3, 'PACKET_VERSION');
    setPacketOption(socket, PACKET.VNET_HDR, 1, 'PACKET_VNET_HDR');
    const request = Buffer.alloc(28); // struct tpacket_req3
    const frames = (BLOCK_LENGTH * blocks) / FRAME_LENGTH;
    for (const [index, value] of [BLOCK_LENGTH, blocks, FRAME_LENGTH, frames, RETIRE_TIMEOUT].entries())
      request.writeUInt32LE(value, index * 4);
    check(libc.setsockopt(socket, SOL_PACKET, PACKET.RX_RING, request, request.length), 'setsockopt PACKET_RX_RING');
    const length = BLOCK_LENGTH * blocks;
    this.#pointer = libc.mmap(null, length, PROT_READ_WRITE, MAP_SHARED, socket, 0);
    if (this.#pointer === MAP_FAILED) throw new SystemError('mmap PACKET_RX_RING', errno());
    this.#blocks = blocks;
    this.#octets = view(this.#pointer, length);
    this.#bytes = new Uint8Array(this.#octets.buffer, this.#octets.byteOffset, length);
    this.#words = new Int32Array(this.#octets.buffer, this.#octets.byteOffset, length / 4);
  }

  /** Hands every frame of every block that is ready to `take`, oldest block first, and gives the blocks back. */
  read(take: (frame: RingFrame) => void): void {
    for (let count = 0; count < this.#blocks; count += 1) {
      const at = this.#current * BLOCK_LENGTH;
      const word = at / 4;
      // An atomic load, because the status is what orders the rest of the block's memory.
      if ((Atomics.load(this.#words, word + block.status) & TP_STATUS_USER) === 0) return;
      this.#readBlock(at, take);
      // Cleared here, so that `empty` can tell a block that is not filled yet from one that was.
      this.#words[word + block.packets] = 0;
      Atomics.store(this.#words, word + block.status, TP_STATUS_KERNEL);
      this.#current = (this.#current + 1) % this.#blocks;
      this.consumed += 1;
    }
  }

  /** Whether no frame waits: neither in a block that is ready nor in the one that the kernel is filling. */
  get empty(): boolean {
    return Atomics.load(this.#words, (this.#current * BLOCK_LENGTH) / 4 + block.packets) === 0;
  }

  /** Unmaps the memory; the ring must not be used afterwards. */
  close(): void {
    libc.munmap(this.#pointer, this.#octets.length);
  }

  #readBlock(at: number, take: (frame: RingFrame) => void): void {
    const octets = this.#octets;
    const packets = octets.readUInt32LE(at + block.packets * 4);
    let frame = at + octets.readUInt32LE(at + block.firstPacket * 4);
    for (let count = 0; count < packets; count += 1) {
      take(this.#readFrame(frame));
      frame += octets.readUInt32LE(frame + header.next);
    }
  }

  #readFrame(frame: number): RingFrame {
    const octets = this.#octets;
    const start = frame + octets.readUInt16LE(frame + header.mac);
    const end = start + octets.readUInt32LE(frame + header.snaplen);
    const status = octets.readUInt32LE(frame + header.status);
    const tagged = (status & TP_STATUS_VLAN_VALID) !== 0;
    return {
      time: this.#time(octets.readUInt32LE(frame + header.sec), octets.readUInt32LE(frame + header.nsec)),
      interfaceIndex: octets.readInt32LE(frame + address.interface),
      hardwareType: octets.readUInt16LE(frame + address.hardware),
      outgoing: octets[frame + address.packetType] === PACKET_OUTGOING,
      bytes: tagged
        ? withTag(octets.subarray(start, end), tagOf(octets, frame, status))
        : this.#bytes.slice(start, end),
      wireLength: octets.readUInt32LE(frame + header.length) + (tagged ? TAG_LENGTH : 0),
      offload: offloadOf(octets, start - VNET_HEADER_LENGTH),
    };
  }

  #time(seconds: number, nanoseconds: number): bigint {
    if (seconds !== this.#second) {
      this.#second = seconds;
      this.#secondInNanoseconds = BigInt(seconds) * 1_000_000_000n;
    }
    return this.#secondInNanoseconds + BigInt(nanoseconds);
  }
}

/** struct virtio_net_hdr: flags, gso_type, hdr_len:16, gso_size:16, csum_start:16, csum_offset:16. */
const offloadOf = (octets: Buffer, at: number): RingFrame['offload'] => {
  const partialChecksum = ((octets[at] ?? 0) & VNET_NEEDS_CHECKSUM) !== 0;
  const gsoType = octets[at + 1] ?? 0;
  return partialChecksum || gsoType !== 0
    ? { gsoType, gsoSize: octets.readUInt16LE(at + 4), partialChecksum }
    : undefined;
};

/** Octets of a VLAN tag, and of the two MAC addresses before it. */
const TAG_LENGTH = 4;
const TAG_OFFSET = 12;

/** The tag as one 32-bit number: TPID, then TCI. */
const tagOf = (octets: Buffer, frame: number, status: number): number => {
  const tpid = (status & TP_STATUS_VLAN_TPID_VALID) === 0 ? ETH_P_8021Q : octets.readUInt16LE(frame + header.tpid);
  return ((tpid << 16) | (octets.readUInt32LE(frame + header.tci) & 0xffff)) >>> 0;
};

/** The frame with the VLAN tag back in the place where the wire had it. */
export const withTag = (frame: Uint8Array, tag: number): Uint8Array => {
  const tagged = new Uint8Array(frame.length + TAG_LENGTH);
  tagged.set(frame.subarray(0, TAG_OFFSET), 0);
  new DataView(tagged.buffer).setUint32(TAG_OFFSET, tag);
  tagged.set(frame.subarray(TAG_OFFSET), TAG_OFFSET + TAG_LENGTH);
  return tagged;
};
