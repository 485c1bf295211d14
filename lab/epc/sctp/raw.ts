/**
 * SCTP packets over a raw IPv4 socket, raw(7): the kernel makes the IP header, reassembles IP fragments, and hands over
 * every packet of protocol 132 for one own address. As long as a raw socket has room for such a packet the kernel sends
 * no "protocol unreachable" (raw_v4_input in net/ipv4/raw.c), so no firewall rule has to keep it quiet. A thread waits
 * for packets, so that the event loop never does; sending does not wait.
 *
 * All raw sockets of an address see all its packets, and two SCTP stacks on one address would abort each other's
 * associations. So whoever opens an address also binds a name in the namespace's abstract unix(7) sockets, which nobody
 * else can bind then; the same socket is how the thread is told to end.
 */
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { check, errno, int32, libc, SystemError } from '../../../src/kernel/libc.ts';
import { ipOctets } from '../../../src/address/octets.ts';
import { SctpError } from './types.ts';

export interface RawCarrier {
  /** Sends a packet; one that cannot be sent is lost, like any other. */
  readonly send: (to: string, packet: Uint8Array) => void;
  /** Ends the thread and closes the socket; resolves when both are gone. */
  readonly close: () => Promise<void>;
  /** Packets that the kernel refused to send, by errno. */
  readonly refused: ReadonlyMap<number, number>;
}

/** What the thread needs, and what it says. */
export interface RawWorkerInput {
  readonly socket: number;
  readonly wake: number;
}
export type RawBatch = readonly { readonly from: string; readonly packet: Uint8Array }[];

/** IANA protocol number of SCTP. */
const IPPROTO_SCTP = 132;
/** <bits/socket.h>, <asm-generic/socket.h>, <bits/in.h>. */
const AF_UNIX = 1;
const AF_INET = 2;
const SOCK_DGRAM = 2;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0x8_0000;
const SOL_SOCKET = 1;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const IPPROTO_IP = 0;
const IP_MTU_DISCOVER = 10;
const IP_PMTUDISC_DONT = 0;
const MSG_DONTWAIT = 0x40;
/** Room for what comes while the threads are not scheduled: several receive windows. */
const BUFFER_LENGTH = 4 << 20;
const SOCKADDR_IN_LENGTH = 16;

const sockaddrIn = (address: string): Buffer => {
  const octets = Buffer.alloc(SOCKADDR_IN_LENGTH);
  octets.writeUInt16LE(AF_INET, 0);
  octets.set(ipOctets(address), 4);
  return octets;
};

/** struct sockaddr_un of an abstract name: the family, a zero, the name. */
const sockaddrUn = (name: string): Buffer => Buffer.concat([int32(AF_UNIX).subarray(0, 2), Buffer.from(`\0${name}`)]);

/** The lock of an address, and what wakes its thread. @throws SctpError when another process has it. */
const openWake = (local: string): { wake: number; name: Buffer } => {
  const name = sockaddrUn(`xiyou-sctp ${local}`);
  const wake = check(libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), 'socket unix');
  if (libc.bind(wake, name, name.length) === 0) return { wake, name };
  const code = errno();
  libc.close(wake);
  if (code === os.constants.errno.EADDRINUSE)
    throw new SctpError(
      `another process speaks SCTP at ${local}; a node's SCTP users on one address share one process`,
    );
  throw new SystemError('bind unix', code);
};

const openSocket = (local: string): number => {
  const socket = check(libc.socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_SCTP), 'socket raw SCTP (are you root?)');
  try {
    for (const option of [SO_SNDBUFFORCE, SO_RCVBUFFORCE])
      check(libc.setsockopt(socket, SOL_SOCKET, option, int32(BUFFER_LENGTH), 4), 'setsockopt buffer');
    // A packet that is too long for a link becomes IP fragments instead of an error that nobody hears.
    check(
      libc.setsockopt(socket, IPPROTO_IP, IP_MTU_DISCOVER, int32(IP_PMTUDISC_DONT), 4),
      'setsockopt IP_MTU_DISCOVER',
    );
    check(libc.bind(socket, sockaddrIn(local), SOCKADDR_IN_LENGTH), `bind ${local}`);
    return socket;
  } catch (error) {
    libc.close(socket);
    throw error;
  }
};

/** Whether the kernel speaks SCTP itself: it would answer our peers' packets with ABORT. */
const kernelHasSctp = (): boolean => /^SCTP(?:v6)? /mu.test(readFileSync('/proc/net/protocols', 'utf8'));

/**
 * Opens SCTP on an own IPv4 address. `receive` gets packets without their IP headers; it owns the octets.
 *
 * @throws SctpError when the kernel or another process has SCTP there; SystemError when a call fails (not root, not an
 *   own address).
 */
export const openRaw = async (
  local: string,
  receive: (from: string, packet: Uint8Array) => void,
): Promise<RawCarrier> => {
  if (ipOctets(local).length !== 4) throw new SctpError(`SCTP here runs over IPv4, not at ${local}`);
  if (kernelHasSctp())
    throw new SctpError("the kernel's sctp module is loaded and would abort our associations: modprobe -r sctp");
  const { wake, name } = openWake(local);
  let socket: number;
  try {
    socket = openSocket(local);
  } catch (error) {
    libc.close(wake);
    throw error;
  }
  const workerData: RawWorkerInput = { socket, wake };
  const thread = new Worker(new URL('raw-worker.ts', import.meta.url), { workerData });
  const ended = new Promise<void>((resolve) => {
    thread.once('exit', () => {
      libc.close(socket);
      libc.close(wake);
      resolve();
    });
  });
  const refused = new Map<number, number>();
  let isOpen = true;
  // The thread polls this socket, too. Node cannot exit before the thread has ended.
  const endThread = (): void => void libc.sendto(wake, int32(0), 1, MSG_DONTWAIT, name, name.length);
  process.once('exit', endThread);
  await new Promise<void>((resolve, reject) => {
    thread.once('error', reject);
    thread.once('message', () => resolve());
  });
  thread.on('message', (batch: RawBatch) => {
    for (const { from, packet } of batch) if (isOpen) receive(from, packet);
  });
  return {
    refused,
    send: (to, packet) => {
      if (!isOpen) return;
      if (Number(libc.sendto(socket, packet, packet.length, MSG_DONTWAIT, sockaddrIn(to), SOCKADDR_IN_LENGTH)) < 0)
        refused.set(errno(), (refused.get(errno()) ?? 0) + 1);
    },
    close: () => {
      if (isOpen) endThread();
      isOpen = false;
      process.removeListener('exit', endThread);
      return ended;
    },
  };
};
