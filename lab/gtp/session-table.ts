/**
 * The sessions of a node, by TEID and by the phone's addresses. The threads that carry packets block in system calls and
 * hear no events, so the table lies in memory that all threads share: whoever installs a session (the configuration
 * now, GTPv2-C signalling later) writes the list and raises its generation; every other thread looks at the generation
 * before each packet and rebuilds its own index when that has changed.
 *
 *     words:   generation (odd while the list is being written) | octets of the list
 *     octets:  the list as JSON, one entry per slot
 */
import { ipOctets, macOctets } from '../../src/address/octets.ts';
import type { Session } from './config.ts';

export type Side = 'access' | 'core';

/** A session in the table. */
export interface Entry {
  /** Its place: counters are kept by it. */
  readonly slot: number;
  readonly session: Session;
}

/** Octets of the shared list: about a thousand sessions. */
const LIST_LENGTH = 1 << 18;
const HEADER_LENGTH = 8;
const word = { generation: 0, length: 1 } as const;
/** Sessions that a table holds at most; counters have as many places. */
export const SLOTS = 1024;

const MAC_LENGTH = 6;

/** What an address is found by: a number for the four octets of IPv4, because that is quick, else text. */
const addressKey = (octets: Buffer, at: number, length: number): number | string =>
  length === 4 ? octets.readUInt32BE(at) : octets.toString('latin1', at, at + length);

export class SessionTable {
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #list: Buffer;
  #known = -1;
  #sessions: (Session | null)[] = [];
  readonly #byTeid: Readonly<Record<Side, Map<number, Entry>>> = { access: new Map(), core: new Map() };
  readonly #byAddress = new Map<number | string, Entry>();
  /** By the six octets as a number. */
  readonly #byMac = new Map<number, Entry>();

  /** A new table, or the one in the memory of another thread's table. */
  constructor(memory = new SharedArrayBuffer(HEADER_LENGTH + LIST_LENGTH)) {
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, HEADER_LENGTH / 4);
    this.#list = Buffer.from(memory, HEADER_LENGTH);
    this.#refresh();
  }

  /** Adds a session and returns its slot. Only one thread may install and remove. Throws a RangeError when full. */
  install(session: Session): number {
    this.#refresh();
    const free = this.#sessions.indexOf(null);
    const slot = free === -1 ? this.#sessions.length : free;
    this.#write(this.#sessions.toSpliced(slot, 1, session));
    return slot;
  }

  /** Changes a session where it is, as when a phone comes back from idle to another eNodeB. */
  replace(slot: number, session: Session): void {
    this.#refresh();
    this.#write(this.#sessions.with(slot, session));
  }

  /** Takes a session away; its slot may be used again. */
  remove(slot: number): void {
    this.#refresh();
    this.#write(this.#sessions.with(slot, null));
  }

  /** The session whose packets arrive on this side with this TEID. */
  byTeid(side: Side, teid: number): Entry | undefined {
    this.#refresh();
    return this.#byTeid[side].get(teid);
  }

  /** The session whose packets leave on this side with this TEID, to this peer. Looks at all of them. */
  byRemote(side: Side, teid: number, peer: string): Entry | undefined {
    this.#refresh();
    for (const entry of this.#byTeid[side].values()) {
      const tunnel = entry.session[side];
      if (tunnel?.teidOut === teid && tunnel.peer === peer) return entry;
    }
    return undefined;
  }

  /** The session of the phone whose address stands in `octets` at `at`, `length` (4 or 16) octets long. */
  byAddress(octets: Buffer, at: number, length: 4 | 16): Entry | undefined {
    this.#refresh();
    return this.#byAddress.get(addressKey(octets, at, length));
  }

  /** The session of the phone whose MAC address stands in `octets` at `at`. */
  byMac(octets: Buffer, at: number): Entry | undefined {
    this.#refresh();
    return this.#byMac.get(octets.readUIntBE(at, MAC_LENGTH));
  }

  /** The session of a slot. */
  bySlot(slot: number): Session | undefined {
    this.#refresh();
    return this.#sessions[slot] ?? undefined;
  }

  /** All sessions with their slots. */
  entries(): readonly Entry[] {
    this.#refresh();
    return this.#sessions.flatMap((session, slot) => (session === null ? [] : [{ slot, session }]));
  }

  #write(sessions: (Session | null)[]): void {
    const text = Buffer.from(JSON.stringify(sessions));
    if (text.length > LIST_LENGTH || sessions.length > SLOTS) throw new RangeError('the session table is full');
    Atomics.add(this.#words, word.generation, 1);
    this.#list.set(text);
    this.#words[word.length] = text.length;
    Atomics.add(this.#words, word.generation, 1);
  }

  #refresh(): void {
    // Almost always the only line that runs: one load per packet.
    if (Atomics.load(this.#words, word.generation) === this.#known) return;
    for (;;) {
      const before = Atomics.load(this.#words, word.generation);
      const text = this.#list.toString('utf8', 0, this.#words[word.length] ?? 0);
      // The writer was at work before or meanwhile: what was read may be half old and half new.
      if (before % 2 !== 0 || Atomics.load(this.#words, word.generation) !== before) continue;
      this.#known = before;
      this.#sessions = text === '' ? [] : (JSON.parse(text) as (Session | null)[]);
      break;
    }
    this.#index();
  }

  #index(): void {
    for (const index of [this.#byTeid.access, this.#byTeid.core, this.#byAddress, this.#byMac]) index.clear();
    for (const [slot, session] of this.#sessions.entries()) {
      if (session === null) continue;
      const entry: Entry = { slot, session };
      if (session.access !== undefined) this.#byTeid.access.set(session.access.teidIn, entry);
      if (session.core !== undefined) this.#byTeid.core.set(session.core.teidIn, entry);
      if (session.mac !== undefined) this.#byMac.set(macOctets(session.mac).readUIntBE(0, MAC_LENGTH), entry);
      for (const address of [session.address, session.address6]) {
        if (address === undefined) continue;
        const octets = ipOctets(address);
        this.#byAddress.set(addressKey(octets, 0, octets.length), entry);
      }
    }
  }
}
