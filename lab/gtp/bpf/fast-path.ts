/**
 * The programs of program.bpf.c in their places, and the sessions in their maps. Nothing of it has a name anywhere: maps and
 * programs live by descriptors of this process, so a process that starts anew begins with empty maps, and one that was
 * killed forwards nothing (see the entries in program.bpf.c). What is left of it is an idle filter, which the next one replaces.
 */
import {
  attachToSocket,
  createMap,
  loadProgram,
  mapMemory,
  removeEntry,
  setEntry,
  setProgram,
} from '../../../src/kernel/bpf.ts';
import {
  attachFilter,
  closeDoors,
  detachFilter,
  type Door,
  type Filter,
  openDoors,
} from '../../../src/kernel/classifier.ts';
import { libc } from '../../../src/kernel/libc.ts';
import { NetlinkSocket } from '../../../src/kernel/netlink.ts';
import { dumpAddresses, dumpLinks, type LinkFact } from '../../../src/kernel/rtnetlink-read.ts';
import type { Session } from '../config.ts';
import type { Count, Direction } from '../counters.ts';
import { setTunFilter } from '../sockets.ts';
import { compiledObject } from './compile.ts';
import { entriesOf, type Entry, type Ground, type SessionMap } from './entries.ts';
import { counterOf, lengths, type Place, place } from './layout.ts';
import { linked, readObject } from './object.ts';
import { Routes } from './routes.ts';

/** Priority of our filters at a door, by role: functions that share a namespace do not take each other's place. */
const priorities = { enodeb: 2152, sgw: 2153, pgw: 2154 } as const;
export type Role = keyof typeof priorities;

/** What the threads have opened, and the fast path goes in front of. */
export interface FastPorts {
  readonly role: Role;
  /** Own ends of tunnels, as in Ground. */
  readonly access?: string | undefined;
  readonly core?: string | undefined;
  readonly radios: readonly { readonly device: string; readonly socket: number }[];
  /** On which of the radios a session's phone is, the MAC that the radio has, and the phone's. */
  readonly radioOf?:
    | ((
        slot: number,
        session: Session,
      ) => { readonly device: string; readonly mac: string; readonly phone: string } | undefined)
    | undefined;
  readonly tun?: { readonly device: string; readonly descriptor: number } | undefined;
}

/** An Ethernet interface; `lo` and TUN devices are none. */
const isEthernet = ({ index, mac }: LinkFact): boolean => index !== 1 && mac.length === 17;

/** Where packets to an own address come in: the interface that has it, or any when it is the loopback's. */
const holdersOf = (socket: NetlinkSocket, links: readonly LinkFact[], local: string): LinkFact[] => {
  const indexes = new Set(
    dumpAddresses(socket)
      .filter(({ address }) => address.startsWith(`${local}/`))
      .map(({ index }) => index),
  );
  const holders = links.filter((link) => isEthernet(link) && indexes.has(link.index));
  return holders.length > 0 ? holders : links.filter(isEthernet);
};

export class FastPath {
  /** Undone backwards by `close`, and when `open` fails. */
  readonly #undo: (() => void)[] = [];
  readonly #maps = new Map<string, number>();
  readonly #programs = new Map<string, number>();
  readonly #socket = new NetlinkSocket();
  readonly #role: Role;
  readonly #ground: Ground;
  readonly #links: readonly LinkFact[];
  #routes: Routes | undefined;
  #closed = false;
  #counts: Buffer = Buffer.alloc(0);
  /** What each session has in the maps. */
  readonly #sessions = new Map<number, { readonly entries: readonly Entry[]; readonly peers: readonly string[] }>();
  /** Whose an entry is, by its map and key: a phone that comes back takes the entry of its forgotten session. */
  readonly #owners = new Map<string, number>();

  /** @throws Error that says why this machine cannot have it; nothing is left of the attempt */
  static async open(ports: FastPorts): Promise<FastPath> {
    const object = await compiledObject();
    const path = new FastPath(ports);
    try {
      path.#load(object);
      path.#attach(ports);
    } catch (error) {
      path.close();
      throw error;
    }
    return path;
  }

  private constructor({ role, access, core, radioOf, tun }: FastPorts) {
    this.#role = role;
    this.#undo.push(() => this.#socket.close());
    this.#links = dumpLinks(this.#socket);
    this.#ground = {
      access,
      core,
      tun: tun && this.#link(tun.device),
      radioOf: (slot, session) => {
        const radio = radioOf?.(slot, session);
        return radio && { ...this.#link(radio.device), mac: radio.mac, phone: radio.phone };
      },
    };
  }

  /** Adds a session, or changes it. */
  put(slot: number, session: Session): void {
    if (this.#closed) return;
    const before = this.#sessions.get(slot);
    const entries = entriesOf(this.#ground, slot, session);
    const { access, core } = this.#ground;
    const ends = [
      [session.access?.peer, access],
      [session.core?.peer, core],
    ] as const;
    const peers = ends.flatMap(([peer, from]) => {
      if (peer === undefined || peer === '' || from === undefined) return [];
      this.#routes?.add(peer, from);
      return [peer];
    });
    for (const { map, key, value } of entries) {
      this.#owners.set(`${map} ${key.toString('hex')}`, slot);
      setEntry(this.#descriptor(map), key, value);
    }
    this.#sessions.set(slot, { entries, peers });
    if (before !== undefined) this.#forget(slot, before, entries);
  }

  remove(slot: number): void {
    const session = this.#sessions.get(slot);
    if (session === undefined || this.#closed) return;
    this.#sessions.delete(slot);
    this.#forget(slot, session, []);
  }

  /** What the programs have carried for a slot, since the beginning. */
  count(slot: number, direction: Direction): Count {
    const at = counterOf(slot, direction) * lengths.count;
    if (at + lengths.count > this.#counts.length) return { packets: 0, octets: 0 };
    const read = (offset: number): number => Number(this.#counts.readBigUInt64LE(at + offset));
    return { packets: read(0), octets: read(8) };
  }

  /** Packets of all slots. */
  get carried(): number {
    let packets = 0;
    for (let at = 0; at < this.#counts.length; at += lengths.count) packets += Number(this.#counts.readBigUInt64LE(at));
    return packets;
  }

  /** Takes everything away; the threads carry all packets again. */
  close(): void {
    this.#closed = true;
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }

  #forget(
    slot: number,
    { entries, peers }: { readonly entries: readonly Entry[]; readonly peers: readonly string[] },
    kept: readonly Entry[],
  ): void {
    const name = ({ map, key }: Entry): string => `${map} ${key.toString('hex')}`;
    const stays = new Set(kept.map(name));
    for (const entry of entries) {
      if (stays.has(name(entry)) || this.#owners.get(name(entry)) !== slot) continue;
      this.#owners.delete(name(entry));
      removeEntry(this.#descriptor(entry.map), entry.key);
    }
    for (const peer of peers) this.#routes?.remove(peer);
  }

  #load(file: Buffer): void {
    const object = readObject(file);
    for (const [name, shape] of object.maps) this.#keep(this.#maps, name, createMap(shape, name));
    for (const [name, program] of object.programs)
      this.#keep(this.#programs, name, loadProgram(program.type, linked(program, this.#maps), name));
    for (const [name, index] of Object.entries(place))
      setProgram(this.#descriptor('programs'), index, this.#program(name));
    const counters = object.maps.get('counters');
    const { memory, unmap } = mapMemory(
      this.#descriptor('counters'),
      (counters?.entries ?? 0) * (counters?.value ?? 0),
    );
    this.#counts = memory;
    this.#undo.push(() => {
      // The last figures stay readable.
      this.#counts = Buffer.from(this.#counts);
      unmap();
    });
  }

  #attach({ access, core, radios, tun }: FastPorts): void {
    const routes = new Routes(this.#socket, this.#descriptor('routes'));
    this.#routes = routes;
    this.#undo.push(() => routes.close());
    // First what keeps the threads from a packet that a program takes, then the programs.
    for (const { socket } of radios) attachToSocket(socket, this.#program('radio_rest'));
    if (tun !== undefined) {
      setTunFilter(tun.descriptor, this.#program('tun_rest'));
      this.#undo.push(() => setTunFilter(tun.descriptor, undefined));
      this.#hang(this.#link(tun.device), 'out', 'tun');
    }
    for (const { device } of radios) this.#hang(this.#link(device), 'in', 'radio');
    const holders = [access, core].flatMap((local) =>
      local === undefined ? [] : holdersOf(this.#socket, this.#links, local),
    );
    const radioNames = new Set(radios.map(({ device }) => device));
    for (const link of new Set(holders)) if (!radioNames.has(link.name)) this.#hang(link, 'in', 'gtpu');
  }

  #hang({ index }: LinkFact, door: Door, what: Place): void {
    const filter: Filter = { index, door, priority: priorities[this.#role] };
    const opened = openDoors(this.#socket, index);
    // One that a killed predecessor has left.
    const stale = detachFilter(this.#socket, filter);
    attachFilter(this.#socket, filter, this.#program(`${what}_entry`), `xiyou-${what}`);
    this.#undo.push(() => {
      detachFilter(this.#socket, filter);
      if (opened || stale) closeDoors(this.#socket, index);
    });
  }

  #keep(names: Map<string, number>, name: string, descriptor: number): void {
    names.set(name, descriptor);
    this.#undo.push(() => void libc.close(descriptor));
  }
  #descriptor(map: SessionMap | 'programs' | 'counters' | 'routes'): number {
    return found(this.#maps.get(map), `map ${map}`);
  }
  #program(name: string): number {
    return found(this.#programs.get(name), `program ${name}`);
  }
  #link(device: string): LinkFact {
    return found(
      this.#links.find(({ name }) => name === device),
      `interface ${device}`,
    );
  }
}

const found = <T>(thing: T | undefined, name: string): T => {
  if (thing === undefined) throw new Error(`there is no ${name}`);
  return thing;
};
