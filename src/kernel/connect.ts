/** TCP connections and UDP datagrams from inside a namespace, made by the C library because Node opens its sockets a tick too late. */
import { parseAddress, addressOctets } from '../address/ip.ts';
import { check, errno, errnoName, libc } from './libc.ts';

const AF_INET = 2;
const AF_INET6 = 10;
/** SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, <bits/socket.h>. */
const streamNonBlocking = 1 | 0o4000 | 0o2000000;
/** errno of connect(2) on a socket whose attempt is over well, or still under way. */
const EISCONN = 106;
const EALREADY = 114;
const EINPROGRESS = 115;

const socketAddress = (address: string, port: number): Buffer => {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new Error(`${address} is not an IP address`);
  const octets = addressOctets(parsed);
  const buffer = Buffer.alloc(parsed.family === 4 ? 16 : 28);
  buffer.writeUInt16LE(parsed.family === 4 ? AF_INET : AF_INET6, 0);
  buffer.writeUInt16BE(port, 2);
  buffer.set(octets, parsed.family === 4 ? 4 : 8);
  return buffer;
};

/** SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, <bits/socket.h>. */
const datagramsNonBlocking = 2 | 0o4000 | 0o2000000;
/** errno of recv(2) while there is nothing. */
const EAGAIN = 11;

export interface Attempt {
  /** `open` when the peer accepted, `refused` when the attempt failed, `pending` while it is under way. */
  readonly poll: () => 'open' | 'refused' | 'pending';
  /** The name of the error that it failed with, and whether it did so at once: then nothing was sent. */
  readonly failure: () => { readonly name: string; readonly atOnce: boolean } | undefined;
  readonly close: () => void;
}

/** Begins a connection in the namespace the thread is in now; `poll` may be called from any namespace. */
export const attempt = (address: string, port: number): Attempt => {
  const target = socketAddress(address, port);
  const socket = check(libc.socket(target.readUInt16LE(0), streamNonBlocking, 0), 'socket');
  let failure: ReturnType<Attempt['failure']>;
  let pending = false;
  const poll = (): 'open' | 'refused' | 'pending' => {
    if (Number(libc.connect(socket, target, target.length)) === 0) return 'open';
    const code = errno();
    if (code === EISCONN) return 'open';
    if (code === EINPROGRESS || code === EALREADY) {
      pending = true;
      return 'pending';
    }
    failure = { name: errnoName(code), atOnce: !pending };
    return 'refused';
  };
  return { poll, failure: () => failure, close: () => void libc.close(socket) };
};

/**
 * Sends one datagram from the namespace the thread is in now. `open` is an answer of any content; `refused` an ICMP
 * error that came back (the kernel hands it to a connected socket, udp(7)); `pending` is silence.
 */
export const datagram = (address: string, port: number, content: Uint8Array): Attempt => {
  const target = socketAddress(address, port);
  const socket = check(libc.socket(target.readUInt16LE(0), datagramsNonBlocking, 0), 'socket');
  let failure: ReturnType<Attempt['failure']>;
  const sent =
    Number(libc.connect(socket, target, target.length)) === 0 &&
    Number(libc.send(socket, Buffer.from(content), content.length, 0)) >= 0;
  if (!sent) failure = { name: errnoName(errno()), atOnce: true };
  const room = Buffer.alloc(1);
  const poll = (): 'open' | 'refused' | 'pending' => {
    if (failure !== undefined) return 'refused';
    if (Number(libc.recv(socket, room, room.length, 0)) >= 0) return 'open';
    const code = errno();
    if (code === EAGAIN) return 'pending';
    failure = { name: errnoName(code), atOnce: false };
    return 'refused';
  };
  return { poll, failure: () => failure, close: () => void libc.close(socket) };
};
