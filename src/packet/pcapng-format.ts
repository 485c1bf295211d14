/** The numbers of the pcapng format (draft-ietf-opsawg-pcapng) that its writer and its reader share. */

/** Block types (section 4 and appendix A), all with their length before and behind them, all multiples of 4 octets. */
export const block = { section: 0x0a0d_0d0a, interface: 1, oldPacket: 2, simplePacket: 3, packet: 6 } as const;
/** Written in the writer's byte order, it tells which that is. */
export const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
/** Option codes: common, of a section, an interface and a packet. */
export const option = {
  end: 0,
  comment: 1,
  userApplication: 4,
  interfaceName: 2,
  resolution: 9,
  offset: 14,
  flags: 2,
} as const;
/** The first two bits of a packet's flags (section 4.3.1). */
export const direction = { in: 1, out: 2 } as const;
/** Times are powers of ten of a second, 10^-6 unless an interface says otherwise (section 4.2). */
export const MICROSECONDS = 6;
export const NANOSECONDS = 9;

/** Blocks' data and options are padded to 32 bits. */
export const padded = (length: number): number => (length + 3) & ~3;
