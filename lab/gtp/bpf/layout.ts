/** The keys and values of the maps in program.bpf.c, as octets. Numbers are the machine's, what comes of packets is network order. */
import { ipOctets, macOctets } from '../../../src/address/octets.ts';

/** enum action. */
const action = { toRadio: 0, toTun: 1, toTunnel: 2 } as const;
/** enum program: places in the map `programs`. */
export const place = { radio: 0, gtpu: 1, tun: 2 } as const;
export type Place = keyof typeof place;

/** Octets of the structures; a unit test compares them with the maps of the compiled object. */
export const lengths = { way: 40, tunnelKey: 8, phoneKey: 12, addressKey: 4, route: 8, count: 16 } as const;

export interface TunnelEnd {
  readonly teid: number;
  /** Own address and the other end's. */
  readonly source: string;
  readonly destination: string;
}

const way = (kind: keyof typeof action, counter: number): Buffer => {
  const octets = Buffer.alloc(lengths.way);
  octets.writeUInt32LE(action[kind], 0);
  octets.writeUInt32LE(counter, 4);
  return octets;
};

/** Into a tunnel. @param to the MAC that a frame must have been sent to; of radio interfaces */
export const wayIntoTunnel = (counter: number, { teid, source, destination }: TunnelEnd, to?: string): Buffer => {
  const octets = way('toTunnel', counter);
  octets.writeUInt32BE(teid, 16);
  octets.set(ipOctets(source), 20);
  octets.set(ipOctets(destination), 24);
  if (to !== undefined) octets.set(macOctets(to), 28);
  return octets;
};

/** Out of a tunnel, to an interface whose packets have at most `mtu` octets. */
const wayOut = (kind: 'toRadio' | 'toTun', counter: number, index: number, mtu: number): Buffer => {
  const octets = way(kind, counter);
  octets.writeUInt32LE(index, 8);
  octets.writeUInt32LE(mtu, 12);
  return octets;
};

export const wayToTun = (counter: number, index: number, mtu: number): Buffer => wayOut('toTun', counter, index, mtu);

/** To a phone, in a frame with these MACs. */
export const wayToRadio = (counter: number, index: number, mtu: number, to: string, from: string): Buffer => {
  const octets = wayOut('toRadio', counter, index, mtu);
  octets.set(macOctets(to), 28);
  octets.set(macOctets(from), 34);
  return octets;
};

/** A tunnel by its end that is here. */
export const tunnelKey = (address: string, teid: number): Buffer => {
  const octets = Buffer.alloc(lengths.tunnelKey);
  octets.set(ipOctets(address), 0);
  octets.writeUInt32BE(teid, 4);
  return octets;
};

/** A phone by its MAC on a radio interface. */
export const phoneKey = (index: number, mac: string): Buffer => {
  const octets = Buffer.alloc(lengths.phoneKey);
  octets.writeUInt32LE(index, 0);
  octets.set(macOctets(mac), 4);
  return octets;
};

/** An IPv4 address: a phone's, or the other end of a tunnel. */
export const addressKey = (address: string): Buffer => Buffer.from(ipOctets(address));

export const routeValue = (index: number, mtu: number): Buffer => Buffer.from(new Uint32Array([index, mtu]).buffer);

/** Place in `counters` of a session's direction. */
export const counterOf = (slot: number, direction: 'up' | 'down'): number => slot * 2 + (direction === 'up' ? 0 : 1);
