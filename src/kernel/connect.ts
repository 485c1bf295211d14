/** TCP connections from inside a namespace, made by the C library because Node opens its sockets a tick too late. */
import { parseAddress, addressOctets } from '../address/ip.ts';
import { check, errno, libc } from './libc.ts';

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

export interface Attempt {
  /** `open` when the peer accepted, `refused` when the attempt failed, `pending` while it is under way. */
  readonly poll: () => 'open' | 'refused' | 'pending';
  readonly close: () => void;
}

/** Begins a connection in the namespace the thread is in now; `poll` may be called from any namespace. */
export const attempt = (address: string, port: number): Attempt => {
  const target = socketAddress(address, port);
  const socket = check(libc.socket(target.readUInt16LE(0), streamNonBlocking, 0), 'socket');
  const poll = (): 'open' | 'refused' | 'pending' => {
    if (Number(libc.connect(socket, target, target.length)) === 0) return 'open';
    const code = errno();
    if (code === EISCONN) return 'open';
    return code === EINPROGRESS || code === EALREADY ? 'pending' : 'refused';
  };
  return { poll, close: () => void libc.close(socket) };
};
