/**
 * Capture of every interface of many namespaces in one process. Each namespace gets one packet socket, bound to
 * interface index 0: that is every interface, those made later included, with the real Ethernet header and the
 * direction, on one nanosecond clock for the whole machine. (`tcpdump -i any` would lose the destination MAC.)
 *
 * A sent frame appears as `out` at its sender and as `in` at the veth peer. A capture is honest about itself: what the
 * kernel had no room for is counted as `dropped`, and a trace with dropped frames may say "incomplete", never "lost".
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { Frame } from '../packet/layer.ts';
import { XiyouError } from '../errors.ts';
import { insideNetns } from './inside.ts';
import { check, libc, SystemError } from './libc.ts';
import { attachSnaplen, bindPacketSocket, openPacketSocket, PACKET, SOL_PACKET } from './packet-socket.ts';
import { Ring, type RingFrame } from './ring.ts';

/** One namespace to listen in. */
export interface CapturePlace {
  /** The name that its frames carry. */
  readonly node: string;
  /** A file of the namespace: `/run/netns/x` or `/proc/PID/ns/net`. */
  readonly path: string;
  /** Only these interfaces; every interface when absent. */
  readonly interfaces?: readonly string[] | undefined;
}

export interface CaptureOptions {
  readonly namespaces: readonly CapturePlace[];
  /** Octets kept of a frame, from its first; whole frames when absent. */
  readonly snaplen?: number | undefined;
  /**
   * Blocks of 256 KiB in each namespace's ring; 16 (4 MiB) when absent. Slow traffic uses up a block every 50 ms, full
   * or not, so a ring that nobody reads holds at least `blocks` x 50 ms.
   */
  readonly blocks?: number | undefined;
}

export interface CaptureStatistics {
  readonly node: string;
  /** Frames that the kernel put into the ring. */
  readonly received: number;
  /** Frames that the ring had no room for. */
  readonly dropped: number;
}

export interface Capture {
  /** The frames that are ready, in the order of each namespace's ring; not sorted across namespaces. Never blocks. */
  readonly poll: () => Frame[];
  /** Totals since the capture was opened, all interfaces of a namespace together. */
  readonly statistics: () => readonly CaptureStatistics[];
  /**
   * For each namespace in order, how many blocks were read, and whether nothing waits in its ring. A block is handed
   * over 50 ms after its first frame at the latest, so `drain` uses this to know when all that was sent has been read.
   */
  readonly progress: () => readonly { readonly consumed: number; readonly empty: boolean }[];
  /** Takes the rings away, and closes the sockets in the background; a second call does nothing. */
  readonly close: () => void;
  /** Not after `close`: whoever reads over time may stop. */
  readonly isOpen: () => boolean;
  /** Resolves when all sockets are closed. A program started before that inherits them, and would have to wait in its turn. */
  readonly closed: () => Promise<void>;
}

const DEFAULT_BLOCKS = 16;
/** ARPHRD_ETHER and ARPHRD_LOOPBACK, <linux/if_arp.h>: frames that begin with an Ethernet header. */
const ethernetHardware: ReadonlySet<number> = new Set([1, 772]);

/** Index -> name of the interfaces that exist now in the namespace this thread is in. */
const interfaceNames = (): Map<number, string> => {
  const names = new Map<number, string>();
  for (const line of readFileSync('/proc/thread-self/net/dev', 'utf8').split('\n')) {
    const name = /^\s*([^\s:]+):/u.exec(line)?.[1];
    if (name !== undefined) names.set(libc.ifNameToIndex(name), name);
  }
  return names;
};

/** Name of one interface of the namespace this thread is in; `if7` when it is gone already. */
const interfaceName = (index: number): string => {
  const name = Buffer.alloc(16);
  return libc.ifIndexToName(index, name) === null ? `if${index}` : name.toString('latin1', 0, name.indexOf(0));
};

/** The socket of one namespace, its ring, and what is known about the namespace. */
class Tap {
  readonly ring: Ring;
  readonly #place: CapturePlace;
  readonly #socket: number;
  readonly #names: Map<number, string>;
  #received = 0;
  #dropped = 0;

  constructor(place: CapturePlace, snaplen: number | undefined, blocks: number) {
    this.#place = place;
    [this.#socket, this.ring, this.#names] = insideNetns(place.path, () => {
      const socket = openPacketSocket();
      try {
        const ring = new Ring(socket, blocks);
        if (snaplen !== undefined) attachSnaplen(socket, snaplen);
        return [socket, ring, interfaceNames()];
      } catch (error) {
        libc.close(socket);
        throw error;
      }
    });
  }

  /** From now on frames come. */
  begin(): void {
    bindPacketSocket(this.#socket, 0);
  }

  read(into: Frame[]): void {
    this.ring.read((frame) => {
      const name = this.#names.get(frame.interfaceIndex) ?? this.#resolve(frame.interfaceIndex);
      if (this.#place.interfaces?.includes(name) ?? true) into.push(toFrame(this.#place.node, name, frame));
    });
  }

  statistics(): CaptureStatistics {
    // struct tpacket_stats_v3: packets (the dropped ones included), drops, freezes. Reading sets the kernel's to zero.
    const counters = Buffer.alloc(12);
    check(libc.getsockopt(this.#socket, SOL_PACKET, PACKET.STATISTICS, counters, [12]), 'getsockopt PACKET_STATISTICS');
    const dropped = counters.readUInt32LE(4);
    this.#received += counters.readUInt32LE(0) - dropped;
    this.#dropped += dropped;
    return { node: this.#place.node, received: this.#received, dropped: this.#dropped };
  }

  /** The kernel makes whoever closes a packet socket wait for all processors, some tens of milliseconds: not this thread. */
  close(): Promise<void> {
    this.ring.close();
    return new Promise((resolve) => libc.close.async(this.#socket, () => resolve()));
  }

  /** An interface that was made after the capture began. */
  #resolve(index: number): string {
    const name = insideNetns(this.#place.path, () => interfaceName(index));
    this.#names.set(index, name);
    return name;
  }
}

const toFrame = (node: string, name: string, frame: RingFrame): Frame => ({
  node,
  interface: name,
  time: frame.time,
  direction: frame.outgoing ? 'out' : 'in',
  link: ethernetHardware.has(frame.hardwareType) ? 'ethernet' : 'ip',
  bytes: frame.bytes,
  wireLength: frame.wireLength,
  offload: frame.offload,
});

const openTap = (place: CapturePlace, options: CaptureOptions): Tap => {
  try {
    return new Tap(place, options.snaplen, options.blocks ?? DEFAULT_BLOCKS);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const refused = error instanceof SystemError && error.errno === os.constants.errno.EPERM;
    throw new XiyouError(refused ? 'not-root' : 'kernel-refused', `cannot capture: ${error.message}`, {
      where: `${place.node}: ${place.path}`,
      hint: refused ? 'run the command as root' : 'is the lab up, and is there memory for its capture rings?',
    });
  }
};

/**
 * Opens a capture; frames count from the moment this returns.
 *
 * @throws XiyouError `not-root`, or `kernel-refused` with the namespace and the failed call. Nothing stays open then.
 */
export const openCapture = (options: CaptureOptions): Capture => {
  const taps: Tap[] = [];
  let open = true;
  const closing: Promise<void>[] = [];
  const close = (): void => {
    open = false;
    closing.push(...taps.splice(0).map((tap) => tap.close()));
  };
  try {
    for (const place of options.namespaces) taps.push(openTap(place, options));
    // Memory for the rings of a large lab takes some tenths of a second, in which the first ones would fill up unread.
    for (const tap of taps) tap.begin();
  } catch (error) {
    close();
    throw error;
  }
  return {
    poll: () => {
      const frames: Frame[] = [];
      for (const tap of taps) tap.read(frames);
      return frames;
    },
    statistics: () => taps.map((tap) => tap.statistics()),
    progress: () => taps.map(({ ring }) => ({ consumed: ring.consumed, empty: ring.empty })),
    close,
    isOpen: () => open,
    closed: async () => {
      await Promise.all(closing);
    },
  };
};
