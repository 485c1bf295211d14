/**
 * A cable in user space: `node lab/cable/main.ts CONFIG`, for kernels without netem. The link A - B is made of two veth
 * pairs, A:x - a and b - B:y, whose ends a and b are in a namespace of the cable's own, and this program carries frames
 * between a and b. Nodes see nothing of it: MAC addresses, VLAN tags, offload and TTL stay as they are.
 *
 * The namespace needs no address and has IPv6 off, so that its kernel sends nothing of its own. SIGHUP makes the cable
 * read its configuration again; frames that are on the line keep their times.
 */
import { announceReady, fail, keepStatus, startThreads } from '../daemon.ts';
import { readFields } from '../fields.ts';
import { cableConfig, type CableConfig, type Impairment } from './config.ts';
import { droppedSince, openPort } from './port.ts';
import { Direction, type FrameFate } from './shared.ts';
import type { WorkerInput } from './worker.ts';

/** One direction in the status file, under a name such as `a > b`. */
export interface DirectionStatus extends Record<FrameFate, number> {
  /** Frames that this program was too slow to take in. */
  readonly overflow: number;
  readonly impairment: Impairment;
}

const read = (): CableConfig => cableConfig(readFields(process.argv[2] ?? ''));

const start = async (): Promise<void> => {
  const config = read();
  const [first, second] = config.interfaces;
  const ports = [openPort(first), openPort(second)] as const;
  const ways = [
    { name: `${first} > ${second}`, from: ports[0], to: ports[1], direction: new Direction() },
    { name: `${second} > ${first}`, from: ports[1], to: ports[0], direction: new Direction() },
  ];
  // The kernel's own count starts again at each reading.
  const overflow = [0, 0];
  const apply = ({ impairments }: CableConfig): void => {
    for (const [index, impairment] of impairments.entries()) {
      const way = ways[index];
      if (way !== undefined) way.direction.impairment = impairment;
    }
  };
  apply(config);
  await startThreads(
    new URL('worker.ts', import.meta.url),
    ways.map(({ from, to, direction }): WorkerInput => ({ from, to, direction: direction.memory })),
  );
  keepStatus(config.status, () =>
    Object.fromEntries(
      ways.map(({ name, from, direction }, index): [string, DirectionStatus] => {
        const dropped = (overflow[index] ?? 0) + droppedSince(from);
        overflow[index] = dropped;
        return [name, { ...direction.counters(), overflow: dropped, impairment: direction.impairment }];
      }),
    ),
  );
  process.on('SIGHUP', () => {
    try {
      apply(read());
    } catch (error) {
      // A cable that was fine does not stop because of a bad edit.
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}; nothing was changed\n`);
    }
  });
  announceReady(config.ready);
};

await start().catch(fail);
