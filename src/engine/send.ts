/** One packet from a node, and what becomes of it: an echo request, the beginning of a connection, a datagram. */
import { type Outcome, pingArgv, pingOutcome } from '../checks/packets.ts';
import { type Attempt, attempt, datagram } from '../kernel/connect.ts';
import { runIn } from '../kernel/process.ts';
import type { Packet } from '../topology/check.ts';
import type { Lab } from './lab.ts';

/** Milliseconds between two looks at a socket: what is measured is right to so much. */
const lookEvery = 1;

/** What a datagram holds: something, so that it is not empty. */
const content = new TextEncoder().encode('xiyou');

export interface SendOptions {
  /** Milliseconds for the answer. */
  readonly patience: number;
  readonly signal?: AbortSignal | undefined;
}

const watch = async (under: Attempt, { patience, signal }: SendOptions): Promise<Outcome> => {
  const began = performance.now();
  try {
    for (;;) {
      const state = under.poll();
      const took = performance.now() - began;
      if (state === 'open') return { fate: 'reachable', took };
      if (state === 'refused') {
        const { name = '', atOnce = false } = under.failure() ?? {};
        return { fate: atOnce && name !== 'ECONNREFUSED' ? 'unroutable' : 'refused', said: name };
      }
      if (took >= patience || signal?.aborted === true) return { fate: 'blocked' };
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
  } finally {
    under.close();
  }
};

/** Sends it and waits for what comes back. Silence after a datagram is `blocked`, for the sender cannot know better. */
export const send = async (lab: Lab, node: string, packet: Packet, options: SendOptions): Promise<Outcome> => {
  const { to, protocol, port = 0 } = packet;
  switch (protocol) {
    case 'icmp': {
      const place = await lab.insideMachine(node);
      // ping ends by itself; the second more is for a machine that is busy.
      const timeout = options.patience + 1000;
      const argv = pingArgv(packet, options.patience);
      return pingOutcome(await runIn(place, argv, { anyExit: true, timeout, signal: options.signal }));
    }
    case 'tcp':
      return watch(
        lab.store.within(node, () => attempt(to.address, port)),
        options,
      );
    case 'udp':
      return watch(
        lab.store.within(node, () => datagram(to.address, port, content)),
        options,
      );
  }
};
