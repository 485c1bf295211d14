/**
 * Waits until the machine is quiet again. When `up` is done, the hosts of a large segment still announce themselves
 * (MLD, RFC 3810; neighbour discovery), and the kernel carries every message to every port: seconds of soft interrupts
 * after a star of 1000. Whatever is measured next would pay for it.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Milliseconds of one look, and until it is given up: a machine that others use may never be quiet. */
const [look, deadline] = [200, 10_000];
/** Of the time of one processor. */
const quietShare = 0.1;
/** USER_HZ of every Linux architecture that Node runs on. */
const ticksPerSecond = 100;

/** Clock ticks of all processors in soft interrupts since boot: the seventh figure of /proc/stat's first line (proc(5)). */
const softInterrupts = (): number =>
  Number(readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]?.trim().split(/\s+/u)[7]);

/** Resolves after two quiet looks in a row. */
export const settled = async (): Promise<void> => {
  const end = performance.now() + deadline;
  for (let quiet = 0; quiet < 2 && performance.now() < end;) {
    const before = softInterrupts();
    await pause(look);
    const share = ((softInterrupts() - before) / ticksPerSecond) * (1000 / look);
    quiet = share <= quietShare ? quiet + 1 : 0;
  }
};
