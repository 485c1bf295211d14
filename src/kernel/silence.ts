/**
 * An interface that hears nothing and keeps its carrier: how a link fails whose far end is a switch or a radio that has
 * gone mad. Everything that comes in is thrown away at its door, before IP sees it (packet sockets still do).
 */
import { loadProgram, programType } from './bpf.ts';
import { type Filter, attachFilter, closeDoors, detachFilter, openDoors } from './classifier.ts';
import { interfaceIndex } from './device.ts';
import { libc } from './libc.ts';
import type { NetlinkSocket } from './netlink.ts';

/** `r0 = TC_ACT_SHOT; exit` (<linux/pkt_cls.h>, <linux/bpf.h>). */
const dropAll = Buffer.from('b7000000020000009500000000000000', 'hex');
/** Comes before all others at this door. */
const priority = 1;

/**
 * Makes an interface deaf; the function that it returns gives it its hearing back.
 * @throws SystemError where the kernel has no bpf(2) for us
 */
export const silence = (socket: NetlinkSocket, name: string): (() => void) => {
  const index = interfaceIndex(socket, name);
  if (index === undefined) return () => undefined;
  const program = loadProgram(programType.classifier, dropAll, 'silence');
  const filter: Filter = { index, door: 'in', priority };
  try {
    const opened = openDoors(socket, index);
    attachFilter(socket, filter, program, 'silence');
    return () => {
      detachFilter(socket, filter);
      if (opened) closeDoors(socket, index);
    };
  } finally {
    // The filter holds the program from now on.
    libc.close(program);
  }
};
