/**
 * An interface that hears nothing and keeps its carrier: how a link fails whose far end is a switch or a radio that has
 * gone mad. Everything that comes in is thrown away at its door, before IP sees it. Packet sockets do see it, and a switch in
 * user space is one: for such an end the other one is made dumb too, before its frames reach anybody.
 */
import { loadProgram, programType } from './bpf.ts';
import { type Door, type Filter, attachFilter, closeDoors, detachFilter, openDoors } from './classifier.ts';
import { interfaceIndex } from './device.ts';
import { libc } from './libc.ts';
import type { NetlinkSocket } from './netlink.ts';

/**
 * `r0 = VERDICT; exit` (<linux/pkt_cls.h>, <linux/bpf.h>). What goes out is TC_ACT_STOLEN: with TC_ACT_SHOT the sender would
 * hear of it, and send again. What comes in is TC_ACT_SHOT.
 */
const program = (verdict: number): Buffer => Buffer.from(`b7000000${hex(verdict)}0000009500000000000000`, 'hex');
const hex = (octet: number): string => octet.toString(16).padStart(2, '0');
const verdicts: Readonly<Record<Door, number>> = { in: 2, out: 4 };
/** Comes before all others at this door. */
const priority = 1;

/**
 * Makes an interface deaf, dumb, or both; the function that it returns undoes it.
 *
 * @param doors `in`: it hears nothing; `out`: nothing that it says arrives
 * @throws SystemError where the kernel has no bpf(2) for us
 */
export const silence = (socket: NetlinkSocket, name: string, doors: readonly Door[] = ['in']): (() => void) => {
  const index = interfaceIndex(socket, name);
  if (index === undefined) return () => undefined;
  const opened = openDoors(socket, index);
  const filters: Filter[] = [];
  for (const door of doors) {
    const loaded = loadProgram(programType.classifier, program(verdicts[door]), 'silence');
    try {
      const filter: Filter = { index, door, priority };
      attachFilter(socket, filter, loaded, 'silence');
      filters.push(filter);
    } finally {
      // The filter holds the program from now on.
      libc.close(loaded);
    }
  }
  return () => {
    for (const filter of filters) detachFilter(socket, filter);
    if (opened) closeDoors(socket, index);
  };
};
