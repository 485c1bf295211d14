/** The thread of raw.ts: waits for packets and passes them on in batches, until the other descriptor can be read. */
import { flushCompileCache } from 'node:module';
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { check, errno, libc, SystemError } from '../../../src/kernel/libc.ts';
import type { RawWorkerInput } from './raw.ts';

const POLLIN = 1;
const MSG_DONTWAIT = 0x40;
/** struct pollfd: fd, events, revents. */
const POLLFD_LENGTH = 8;
const REVENTS = 6;
/** Packets of one batch: what comes in a few milliseconds, so that no SACK waits for long. */
const MOST = 64;
const PACKET_LENGTH = 65_536;
const IPV4_HEADER_LENGTH = 20;
const IPV4_SOURCE = 12;

const { socket, wake } = workerData as RawWorkerInput;
const { EAGAIN, EINTR, ENETDOWN } = os.constants.errno;
const buffer = Buffer.alloc(PACKET_LENGTH);
const names = new Map<number, string>();

/** The sender's address as text, made once for each. */
const sourceOf = (header: Buffer): string => {
  const key = header.readUInt32BE(IPV4_SOURCE);
  const known = names.get(key);
  if (known !== undefined) return known;
  // Forged senders must not fill the memory.
  if (names.size > 1000) names.clear();
  const name = header.subarray(IPV4_SOURCE, IPV4_SOURCE + 4).join('.');
  names.set(key, name);
  return name;
};

/** The octets of the next packet in the buffer; 0 when none waits. */
const receive = (): number => {
  const octets = Number(libc.recv(socket, buffer, buffer.length, MSG_DONTWAIT));
  if (octets >= 0) return octets;
  const code = errno();
  if (code === EAGAIN || code === EINTR || code === ENETDOWN) return 0;
  throw new SystemError('recv', code);
};

const readBatch = (): void => {
  const batch: { from: string; packet: Uint8Array<ArrayBuffer> }[] = [];
  for (let octets = receive(); octets > 0; octets = batch.length < MOST ? receive() : 0) {
    const start = ((buffer[0] ?? 0) & 15) * 4;
    if (start < IPV4_HEADER_LENGTH || start > octets) continue;
    batch.push({ from: sourceOf(buffer), packet: Uint8Array.from(buffer.subarray(start, octets)) });
  }
  if (batch.length > 0)
    parentPort?.postMessage(
      batch,
      batch.map(({ packet }) => packet.buffer),
    );
};

const polled = Buffer.alloc(2 * POLLFD_LENGTH);
polled.writeInt32LE(socket, 0);
polled.writeInt16LE(POLLIN, 4);
polled.writeInt32LE(wake, POLLFD_LENGTH);
polled.writeInt16LE(POLLIN, POLLFD_LENGTH + 4);
parentPort?.postMessage([]);
flushCompileCache();
for (;;) {
  const ready = libc.ppoll(polled, 2, null, null);
  if (ready < 0 && errno() === EINTR) continue;
  check(ready, 'ppoll');
  if (polled.readInt16LE(POLLFD_LENGTH + REVENTS) !== 0) break;
  readBatch();
}
