/**
 * The user plane of a node as the rest of its process sees it: sessions come and go, packets are counted, events too. There
 * are two that do the work:
 *
 *     threads   a thread for each direction of traffic (jobs.ts); everywhere
 *     bpf       the same threads, and before them programs in the kernel (bpf/) that take what needs no thought: user packets
 *               of known sessions. Echo, Error Indication, ARP, IPv6, fragments and the unknown come to the threads as ever.
 */
import type { Session, Tunnel } from './config.ts';
import type { Count, Direction, Event } from './counters.ts';

/** Which of the two it is. */
export interface DataPathKind {
  readonly kind: 'bpf' | 'threads';
  /** Why it is not the other one: for `threads`, what bpf lacks here. */
  readonly reason?: string | undefined;
}

/** The data path of a node that runs. */
export interface DataPathStatus extends DataPathKind {
  /** bpf: packets that the programs took; the threads had the others. */
  readonly carried?: number | undefined;
}

/** All that there is to know, for the status file. */
export interface Status {
  readonly dataPath: DataPathStatus;
  readonly sessions: readonly (Session & { readonly up: Count; readonly down: Count })[];
  readonly events: Readonly<Record<Event, number>>;
}

export interface DataPath {
  readonly dataPath: DataPathKind;
  /** Adds a session and returns its slot. @throws RangeError when there is no room */
  readonly install: (session: Session) => number;
  /** Changes a session where it is, as when a phone comes back from idle to another eNodeB. */
  readonly replace: (slot: number, session: Session) => void;
  /** Takes a session away; its slot may be used again. */
  readonly remove: (slot: number) => void;
  /** SGW: tells the other end of a tunnel towards the phone that nothing more comes through it (TS 29.281, 7.3.2). */
  readonly endTunnel: (tunnel: Tunnel) => void;
  /** SGW: sends packets that have waited through a tunnel towards the phone of a slot, and counts them. */
  readonly deliver: (slot: number, tunnel: Tunnel, packets: readonly Uint8Array[]) => void;
  /** What went through the session of a slot, and through those that had the slot before. */
  readonly count: (slot: number, direction: Direction) => Count;
  /** How often an event happened. */
  readonly happened: (event: Event) => number;
  readonly status: () => Status;
  /** Takes out of the kernel what is attached there. The threads go on: they end with the process. */
  readonly close: () => void;
}
