/**
 * Netlink sockets. A socket belongs for ever to the network namespace it was opened in, so one process can hold one
 * per node and configure all of them without ever moving. Many messages go out in one send: the kernel works through
 * them in order and answers only what it refuses (and the last one, which asks for an acknowledgement), so that a
 * node's whole configuration costs two system calls.
 */
import { errnoName, check, int32, libc } from './libc.ts';
import { MessageBatch, NLM_F, NLMSG, headerLength, readAttributes, readMessages, textOf } from './message.ts';

/** <linux/socket.h>, <linux/netlink.h>, <asm-generic/socket.h>. */
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2_000_000;
const NETLINK_ROUTE = 0;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDBUFFORCE = 32;
const SO_RCVBUFFORCE = 33;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const NETLINK_GET_STRICT_CHK = 12;
const NLM_F_ACK_TLVS = 0x200;
const NLM_F_CAPPED = 0x100;
const NLMSGERR_ATTR_MSG = 1;

/** A send buffer of 1 MiB; a chunk stays far below it. */
const bufferOctets = 1 << 20;
/** At most so much goes out in one send. Each refused message costs about 1 KiB of the receive buffer. */
const chunkOctets = 65_536;
const chunkMessages = 256;
/** The kernel answers while the send is under way; a silence of this many seconds is a lost answer. */
const answerSeconds = 30;

/** The address of the kernel: family, no port, no groups (struct sockaddr_nl). */
const kernelAddress = Buffer.alloc(12);
kernelAddress.writeUInt16LE(AF_NETLINK);
const receiveBuffer = Buffer.alloc(1 << 17);

/** What the kernel said about a message it refused. */
export interface Refusal<Context> {
  readonly context: Context;
  readonly errno: number;
  /** `EEXIST` */
  readonly name: string;
  /** The kernel's own words, where it has any (NETLINK_EXT_ACK). */
  readonly text: string | undefined;
}

/** A request (not a batch) that the kernel refused. */
export class NetlinkError extends Error {
  readonly errno: number;
  /** The kernel's own words, where it has any. */
  readonly text: string | undefined;
  constructor(request: string, errno: number, text: string | undefined) {
    super(`${request}: ${errnoName(errno)}${text === undefined ? '' : ` (${text})`}`);
    this.errno = errno;
    this.text = text;
  }
}

/** Error number and text of an NLMSG_ERROR; errno 0 is an acknowledgement. */
const readError = (flags: number, payload: Buffer): { errno: number; text: string | undefined } => {
  let text: string | undefined;
  if ((flags & NLM_F_ACK_TLVS) !== 0) {
    // The refused message's header follows, and its body too unless it was capped.
    const echoed = (flags & NLM_F_CAPPED) === 0 ? payload.readUInt32LE(4) : headerLength;
    readAttributes(payload, 4 + ((echoed + 3) & ~3), (type, value) => {
      if (type === NLMSGERR_ATTR_MSG) text = textOf(value);
    });
  }
  return { errno: -payload.readInt32LE(0), text };
};

/** A socket of the network namespace the calling thread is in when it is made; of NETLINK_ROUTE, or another protocol. */
export class NetlinkSocket {
  readonly fd: number;
  constructor(protocol = NETLINK_ROUTE) {
    this.fd = check(libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), 'socket(AF_NETLINK)');
    const options: readonly (readonly [number, number, Buffer])[] = [
      [SOL_SOCKET, SO_SNDBUFFORCE, int32(bufferOctets)],
      [SOL_SOCKET, SO_RCVBUFFORCE, int32(bufferOctets)],
      [SOL_SOCKET, SO_RCVTIMEO, Buffer.from(new BigInt64Array([BigInt(answerSeconds), 0n]).buffer)],
      [SOL_NETLINK, NETLINK_CAP_ACK, int32(1)],
      [SOL_NETLINK, NETLINK_EXT_ACK, int32(1)],
      [SOL_NETLINK, NETLINK_GET_STRICT_CHK, int32(1)],
    ];
    try {
      for (const [level, name, value] of options)
        check(libc.setsockopt(this.fd, level, name, value, value.length), 'setsockopt(AF_NETLINK)');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    libc.close(this.fd);
  }

  /** Sends all messages of the batch, in order, and returns those that the kernel refused. The others took effect. */
  execute<Context>(batch: MessageBatch<Context>): Refusal<Context>[] {
    const refusals: Refusal<Context>[] = [];
    const count = batch.contexts.length;
    for (let first = 0; first < count;) {
      const start = batch.starts[first] ?? 0;
      let next = first + 1;
      while (next < count && next - first < chunkMessages && this.#endOf(batch, next) - start <= chunkOctets) next += 1;
      const last = batch.starts[next - 1] ?? 0;
      batch.buffer.writeUInt16LE(batch.buffer.readUInt16LE(last + 6) | NLM_F.ACK, last + 6);
      this.#send(batch.buffer.subarray(start, this.#endOf(batch, next - 1)));
      this.#collect(batch, next, refusals);
      first = next;
    }
    return refusals;
  }

  /**
   * Sends the batch in one piece: a transaction of netfilter between a beginning and an end, whose message before the last
   * is acknowledged. Returns those that the kernel refused; then none took effect.
   */
  transact<Context>(batch: MessageBatch<Context>): Refusal<Context>[] {
    const refusals: Refusal<Context>[] = [];
    const count = batch.contexts.length;
    const last = batch.starts[count - 2] ?? 0;
    batch.buffer.writeUInt16LE(batch.buffer.readUInt16LE(last + 6) | NLM_F.ACK, last + 6);
    this.#send(batch.buffer.subarray(0, batch.length));
    this.#collect(batch, count - 1, refusals);
    return refusals;
  }

  /** Asks for a list and calls `found` with the payload of each entry. Throws a NetlinkError. */
  dump(request: string, type: number, body: Uint8Array, found: (payload: Buffer) => void): void {
    const batch = new MessageBatch<string>(128);
    batch.begin(type, NLM_F.DUMP, request);
    for (const octet of body) batch.u8(octet);
    batch.end();
    this.#send(batch.buffer.subarray(0, batch.length));
    for (let done = false; !done;) {
      for (const message of readMessages(this.#receive())) {
        if (message.type === NLMSG.DONE || message.type === NLMSG.ERROR) {
          const { errno, text } = readError(0, message.payload);
          if (errno !== 0) throw new NetlinkError(request, errno, text);
          done = true;
        } else found(message.payload);
      }
    }
  }

  /** Sends the batch's one message, a question, and returns the payload of the answer. Throws a NetlinkError. */
  ask(batch: MessageBatch<string>): Buffer {
    this.#send(batch.buffer.subarray(0, batch.length));
    for (const message of readMessages(this.#receive())) {
      if (message.type !== NLMSG.ERROR) return Buffer.from(message.payload);
      const { errno, text } = readError(message.flags, message.payload);
      throw new NetlinkError(batch.contexts[0] ?? 'netlink', errno, text);
    }
    throw new NetlinkError(batch.contexts[0] ?? 'netlink', 0, 'an empty answer');
  }

  #endOf<Context>(batch: MessageBatch<Context>, index: number): number {
    return batch.starts[index + 1] ?? batch.length;
  }
  #collect<Context>(batch: MessageBatch<Context>, last: number, refusals: Refusal<Context>[]): void {
    for (let done = false; !done;) {
      for (const message of readMessages(this.#receive())) {
        if (message.type !== NLMSG.ERROR) continue;
        const { errno, text } = readError(message.flags, message.payload);
        const context = batch.contexts[message.sequence - 1];
        if (errno !== 0 && context !== undefined) refusals.push({ context, errno, name: errnoName(errno), text });
        if (message.sequence === last) done = true;
      }
    }
  }
  #send(octets: Buffer): void {
    check(libc.sendto(this.fd, octets, octets.length, 0, kernelAddress, kernelAddress.length), 'sendto(AF_NETLINK)');
  }
  #receive(): Buffer {
    const length = check(libc.recv(this.fd, receiveBuffer, receiveBuffer.length, 0), 'recv(AF_NETLINK)');
    return receiveBuffer.subarray(0, length);
  }
}
