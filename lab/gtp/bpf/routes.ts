/**
 * The ways to the other ends of tunnels. A program at a door cannot ask for a route as a socket does, so the routes are looked
 * up here, by the kernel's own rules, when a peer is new and once a second after that: a network that converges moves
 * tunnels within that second. A peer without a route has no entry, and its packets stay with the threads.
 */
import { removeEntry, setEntry } from '../../../src/kernel/bpf.ts';
import type { NetlinkSocket } from '../../../src/kernel/netlink.ts';
import { pathTo } from '../../../src/kernel/path.ts';
import { dumpLinks } from '../../../src/kernel/rtnetlink-read.ts';
import { addressKey, routeValue } from './layout.ts';

/** Milliseconds between two looks. */
const INTERVAL = 1000;

export class Routes {
  readonly #socket: NetlinkSocket;
  readonly #map: number;
  /** Own address and number of sessions, by the peer's address. */
  readonly #peers = new Map<string, { readonly from: string; sessions: number }>();
  /** What the map holds, in hexadecimal. */
  readonly #known = new Map<string, string>();
  readonly #timer: NodeJS.Timeout;

  /** @param map descriptor of the map `routes` */
  constructor(socket: NetlinkSocket, map: number) {
    this.#socket = socket;
    this.#map = map;
    this.#timer = setInterval(() => this.refresh(), INTERVAL);
    this.#timer.unref();
  }

  /** A session's tunnel leads to this peer. */
  add(peer: string, from: string): void {
    const known = this.#peers.get(peer);
    if (known !== undefined) {
      known.sessions += 1;
      return;
    }
    this.#peers.set(peer, { from, sessions: 1 });
    this.#look(peer, from, this.#mtus());
  }

  /** It does no more. */
  remove(peer: string): void {
    const known = this.#peers.get(peer);
    if (known === undefined) return;
    known.sessions -= 1;
    if (known.sessions > 0) return;
    this.#peers.delete(peer);
    this.#put(peer, undefined);
  }

  /** Looks at all of them. */
  refresh(): void {
    if (this.#peers.size === 0) return;
    const mtus = this.#mtus();
    for (const [peer, { from }] of this.#peers) this.#look(peer, from, mtus);
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #mtus(): Map<number, number> {
    return new Map(dumpLinks(this.#socket).map(({ index, mtu }) => [index, mtu]));
  }

  #look(peer: string, from: string, mtus: ReadonlyMap<number, number>): void {
    const path = pathTo(this.#socket, peer, from);
    const mtu = path && mtus.get(path.dev);
    this.#put(peer, path && mtu && routeValue(path.dev, Math.min(mtu, path.mtu ?? mtu)));
  }

  #put(peer: string, value: Buffer | 0 | undefined): void {
    const text = value ? value.toString('hex') : undefined;
    if (text === this.#known.get(peer)) return;
    if (!value || text === undefined) {
      this.#known.delete(peer);
      removeEntry(this.#map, addressKey(peer));
    } else {
      this.#known.set(peer, text);
      setEntry(this.#map, addressKey(peer), value);
    }
  }
}
