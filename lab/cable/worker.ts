/**
 * A thread that carries one direction of a cable. It sleeps in ppoll(2) until a frame comes in or one is due to go out;
 * the kernel wakes it within about 0.1 ms of that time.
 */
import os from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { check, errno, libc } from '../../src/kernel/libc.ts';
import { VNET_HEADER_LENGTH } from '../../src/kernel/packet-socket.ts';
import { Line } from './line.ts';
import { Receiver, sendFrame } from './port.ts';
import { Schedule } from './schedule.ts';
import { Direction } from './shared.ts';

export interface WorkerInput {
  /** Sockets of the end where frames come in and of the end where they go out. */
  readonly from: number;
  readonly to: number;
  readonly direction: SharedArrayBuffer;
}

/** Octets on the line at most: a second of 500 Mbit/s. */
const LINE_CAPACITY = 64 << 20;
/** Frames taken in before the ones that are due are looked at again. */
const BATCH = 32;
const POLLIN = 1;
const POLLFD_LENGTH = 8;
const TIMESPEC_LENGTH = 16;

/** A wait for input on one descriptor, until a time or without end. */
const waiter = (socket: number): ((until: number | undefined) => void) => {
  const request = Buffer.alloc(POLLFD_LENGTH);
  request.writeInt32LE(socket, 0);
  request.writeInt16LE(POLLIN, 4);
  const timeout = Buffer.alloc(TIMESPEC_LENGTH);
  return (until) => {
    if (until !== undefined) {
      const milliseconds = Math.max(0, until - performance.now());
      timeout.writeUInt32LE(Math.floor(milliseconds / 1000), 0);
      timeout.writeUInt32LE(Math.floor((milliseconds % 1000) * 1e6), 8);
    }
    const ready = libc.ppoll(request, 1, until === undefined ? null : timeout, null);
    if (ready < 0 && errno() !== os.constants.errno.EINTR) check(ready, 'ppoll');
  };
};

const carry = ({ from, to, direction: memory }: WorkerInput): never => {
  const direction = new Direction(memory);
  const line = new Line(Math.random);
  const schedule = new Schedule();
  const receiver = new Receiver(from);
  const wait = waiter(from);
  const send = (octets: Buffer): void => direction.count(sendFrame(to, octets) ? 'passed' : 'refused');

  const takeIn = (octets: Buffer): void => {
    const now = performance.now();
    if (schedule.held + octets.length > LINE_CAPACITY) return direction.count('queue');
    const fate = line.offer(now, octets.length - VNET_HEADER_LENGTH, direction.impairment);
    if (typeof fate === 'string') return direction.count(fate);
    // A line without delay is a wire: nothing waits, nothing is copied.
    if (fate <= now && schedule.next === undefined) return send(octets);
    return schedule.add(fate, Buffer.from(octets));
  };

  for (;;) {
    wait(schedule.next);
    for (let count = 0; count < BATCH; count += 1) {
      const octets = receiver.receive();
      if (octets === undefined) break;
      takeIn(octets);
    }
    for (let next = schedule.next; next !== undefined && next <= performance.now(); next = schedule.next) {
      const frame = schedule.take();
      if (frame !== undefined) send(frame.octets);
    }
  }
};

parentPort?.postMessage('started');
carry(workerData as WorkerInput);
