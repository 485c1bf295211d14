/** What the fast path has to know of a session: entries of the maps in program.bpf.c. */
import { NO_TEID, type Session, type Tunnel } from '../config.ts';
import type { Direction } from '../counters.ts';
import { addressKey, counterOf, phoneKey, tunnelKey, wayIntoTunnel, wayToRadio, wayToTun } from './layout.ts';

/** A phone's place on the radio. */
export interface RadioPlace {
  /** The radio interface: index, MTU, MAC. */
  readonly index: number;
  readonly mtu: number;
  readonly mac: string;
  /** The phone's. */
  readonly phone: string;
}

/** What the sessions of a node have in common: its ends of tunnels, and what lies behind them. */
export interface Ground {
  /** Own address towards the phones: SGW (S1-U), PGW (S5/S8-U). */
  readonly access?: string | undefined;
  /** Own address towards the Internet: eNodeB (S1-U), SGW (S5/S8-U). */
  readonly core?: string | undefined;
  /** eNodeB: where the phone of a session is. */
  readonly radioOf?: ((slot: number, session: Session) => RadioPlace | undefined) | undefined;
  /** PGW: the TUN device. */
  readonly tun?: { readonly index: number; readonly mtu: number } | undefined;
}

export type SessionMap = 'tunnels' | 'phones' | 'addresses';

export interface Entry {
  readonly map: SessionMap;
  readonly key: Buffer;
  readonly value: Buffer;
}

/** The way into a tunnel, or undefined while its other end is not known. */
const into = (
  slot: number,
  direction: Direction,
  source: string,
  { teidOut, peer }: Tunnel,
  to?: string,
): Buffer | undefined =>
  teidOut === NO_TEID
    ? undefined
    : wayIntoTunnel(counterOf(slot, direction), { teid: teidOut, source, destination: peer }, to);

const entry = (map: SessionMap, key: Buffer, value: Buffer | undefined): Entry[] =>
  value === undefined ? [] : [{ map, key, value }];

/** The entries of a session. Packets that find none stay with the threads, so a session may have fewer than two. */
export const entriesOf = ({ access, core, radioOf, tun }: Ground, slot: number, session: Session): Entry[] => {
  if (access !== undefined && core !== undefined) {
    if (session.access === undefined || session.core === undefined) return [];
    return [
      ...entry('tunnels', tunnelKey(access, session.access.teidIn), into(slot, 'up', core, session.core)),
      ...entry('tunnels', tunnelKey(core, session.core.teidIn), into(slot, 'down', access, session.access)),
    ];
  }
  if (core !== undefined && session.core !== undefined) {
    const radio = radioOf?.(slot, session);
    if (radio === undefined) return [];
    const { index, mtu, mac, phone } = radio;
    const down = wayToRadio(counterOf(slot, 'down'), index, mtu, phone, mac);
    return [
      ...entry('phones', phoneKey(index, phone), into(slot, 'up', core, session.core, mac)),
      ...entry('tunnels', tunnelKey(core, session.core.teidIn), down),
    ];
  }
  if (access !== undefined && session.access !== undefined && tun !== undefined) {
    const up = wayToTun(counterOf(slot, 'up'), tun.index, tun.mtu);
    const down = into(slot, 'down', access, session.access);
    return [
      ...entry('tunnels', tunnelKey(access, session.access.teidIn), up),
      ...(session.address === undefined ? [] : entry('addresses', addressKey(session.address), down)),
    ];
  }
  return [];
};
