/**
 * What happens to a lab on purpose, for a check or a measurement: how each event is begun, and how it is undone. Nobody
 * else changes the lab in between, and it is undone whatever comes out.
 */
import { XiyouError } from '../errors.ts';
import type { Operation } from '../fragment/operation.ts';
import { isSwitched } from '../kinds/common.ts';
import { speaksRstp } from '../kinds/switch/common.ts';
import type { Lock } from '../kernel/lock.ts';
import { silence } from '../kernel/silence.ts';
import type { CheckEvent } from '../topology/check.ts';
import type { Endpoint } from '../topology/topology.ts';
import { ownersIn } from './epc.ts';
import type { Listener } from './events.ts';
import type { Lab } from './lab.ts';
import { lockLab } from './lock-lab.ts';
import { findLink, linkRows, setLinkState } from './link.ts';
import { restartNodes, startNodes, stopNodes } from './node.ts';
import { findNode, requireRunning } from './state.ts';
import { vty } from './why.ts';

interface Trouble {
  readonly begin: () => Promise<unknown>;
  readonly undo: () => Promise<unknown>;
}

interface Hold {
  readonly lock: Lock;
  readonly listener: Listener;
}

/** Milliseconds to wait for another command that changes the lab. */
const lockWait = 120_000;

/** Peer addresses of a router that are, or belong to, the neighbour. */
const sessionsWith = async (lab: Lab, router: string, neighbour: string): Promise<string[]> => {
  const answer = (await vty(lab, findNode(lab.state, router).name, 'bgpd', 'show bgp neighbors json')) ?? '{}';
  const owners = ownersIn(lab);
  const peers = Object.keys(JSON.parse(answer) as Record<string, unknown>);
  const found = peers.filter((peer) => peer === neighbour || owners(peer).includes(neighbour));
  if (found.length > 0) return found;
  throw new XiyouError('command-line', `${router} has no BGP session with ${neighbour}`, {
    hint: peers.length === 0 ? undefined : `its peers: ${peers.join(', ')}`,
  });
};

/** Whether an end is a port of a switch in user space, which sees frames before anybody can throw them away at its door. */
const readsCopies = (lab: Lab, { node: name, interface: port }: Endpoint): boolean => {
  const node = findNode(lab.state, name);
  const role = node.interfaces.find((own) => own.name === port)?.role;
  return role !== undefined && (isSwitched(role) || speaksRstp(node)) && lab.operationsOf(name).some(isUserspace);
};

const isUserspace = (operation: Operation): boolean =>
  operation.op === 'openvswitch' && operation.datapath === 'netdev';

const nothing = async (): Promise<void> => undefined;

/** One entry for each event. What cannot happen throws here, before anything is done; what was so before stays so. */
const events: {
  readonly [Name in CheckEvent['event']]: (
    lab: Lab,
    event: Extract<CheckEvent, { event: Name }>,
    hold: Hold,
  ) => Promise<Trouble> | Trouble;
} = {
  link: (lab, { link: [left, right], is }) => {
    const { link, index } = findLink(lab, left, right);
    for (const end of link.ends) requireRunning(lab.state, end.node);
    if (is === 'silent') {
      const mends: (() => void)[] = [];
      return {
        begin: async () => {
          const doors = link.ends.some((end) => readsCopies(lab, end)) ? (['in', 'out'] as const) : (['in'] as const);
          for (const end of link.ends) mends.push(silence(lab.store.handle(end.node).netlink, end.interface, doors));
        },
        undo: async () => {
          for (const mend of mends) mend();
        },
      };
    }
    // A link that somebody has cut already stays so.
    if (linkRows(lab)[index]?.state !== 'up') return { begin: nothing, undo: nothing };
    return {
      begin: async () => setLinkState(lab, left, right, false),
      undo: async () => setLinkState(lab, left, right, true),
    };
  },
  node: (lab, { nodes, is }, { lock, listener }) => {
    const running = nodes.filter((node) => !Object.hasOwn(lab.state.stopped ?? {}, findNode(lab.state, node).name));
    const at = { lab: lab.paths.lab, held: lock, listener };
    const changed = async (work: Promise<unknown>): Promise<void> => {
      try {
        await work;
      } finally {
        lab.reload();
      }
    };
    return {
      begin: () =>
        changed(is === 'restarted' ? restartNodes(running, at) : stopNodes(running, { ...at, kill: is === 'killed' })),
      // Also of a restart that was broken off; what runs is left alone.
      undo: () => changed(startNodes(running, at)),
    };
  },
  bgp: async (lab, { bgp: [router, neighbour] }) => {
    requireRunning(lab.state, findNode(lab.state, router).name);
    const peers = await sessionsWith(lab, router, neighbour);
    return {
      begin: () => Promise.all(peers.map((peer) => vty(lab, router, 'bgpd', `clear bgp ${peer}`))),
      undo: nothing,
    };
  },
};

export interface TroubleOptions {
  /** The command, for others that wait for the lab. */
  readonly who: string;
  readonly listener?: Listener | undefined;
}

/**
 * Holds the lab for `work`, which lets the event happen by `begin` when it is ready; undoes it when `work` has ended,
 * also when it threw.
 */
export const withTrouble = async <T>(
  lab: Lab,
  event: CheckEvent,
  { who, listener = () => undefined }: TroubleOptions,
  work: (begin: () => Promise<void>) => Promise<T>,
): Promise<T> => {
  const lock = await lockLab(lab.paths, who, { listener, wait: lockWait });
  try {
    lab.reload();
    const trouble = await events[event.event](lab, event as never, { lock, listener });
    let begun = false;
    try {
      return await work(async () => {
        begun = true;
        await trouble.begin();
      });
    } finally {
      if (begun) await trouble.undo();
    }
  } finally {
    lock.release();
  }
};
