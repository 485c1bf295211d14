/** The ways out of tenants as they are now: who is drained, whose BGP sessions stand, what is translated and how often. */
import { existsSync, readFileSync } from 'node:fs';
import { type WayOutStatus, wayOutStatusPath } from '../features/bfd/way-out.ts';
import type { NatSettings } from '../features/nat/settings.ts';
import { conntrackEntries } from '../journey/reading.ts';
import { readStatelessNat } from '../kernel/stateless-nat.ts';
import type { Node } from '../topology/topology.ts';
import { locate } from './files.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';
import { vty } from './why.ts';

export interface VpcGateway {
  readonly node: string;
  readonly state: 'up' | 'drained' | 'stopped';
  /** Tenants for which it is a way out. */
  readonly tenants: readonly string[];
  /** BGP sessions of both IP versions; undefined where it speaks none. */
  readonly sessions?: { readonly established: number; readonly all: number } | undefined;
  /**
   * Whether the world would answer, by whom, and so what those who watch it are told. Undefined where no BGP says so, and
   * where nobody has looked yet.
   */
  readonly world?: WayOutStatus | undefined;
  /** Translations without state, each way, and how many packets each has changed. */
  readonly stateless: readonly { readonly from: string; readonly to: string; readonly packets: number }[];
  /** Addresses under which machines without one of their own go out. */
  readonly sources: readonly string[];
  /** Connections that it alone knows: translated ones in its connection tracker. */
  readonly connections: number;
}

const sessionsOf = async (lab: Lab, node: string): Promise<VpcGateway['sessions']> => {
  const answer = await vty(lab, node, 'bgpd', 'show bgp summary json');
  if (answer === undefined) return { established: 0, all: 0 };
  const families = Object.values(JSON.parse(answer) as Record<string, { peers?: Record<string, { state: string }> }>);
  const peers = families.flatMap(({ peers: all = {} }) => Object.values(all));
  return { established: peers.filter(({ state }) => state === 'Established').length, all: peers.length };
};

const worldOf = (lab: Lab, node: string): WayOutStatus | undefined => {
  try {
    return JSON.parse(readFileSync(locate(lab.rootOf(node), wayOutStatusPath), 'utf8')) as WayOutStatus;
  } catch {
    // No BGP with the world here, or the program that looks has not begun yet.
    return undefined;
  }
};

/** The connection tracker of the namespace that the calling thread is in. */
const tracker = '/proc/thread-self/net/nf_conntrack';

const view = async (lab: Lab, { name, features }: Node): Promise<VpcGateway> => {
  const { topology, stopped = {}, drained = [] } = lab.state;
  const nat = features['nat'] as NatSettings | undefined;
  const tenants = topology.tenants.flatMap((tenant) =>
    tenant.exits.some(({ node }) => node === name) ? [tenant.name] : [],
  );
  const base = { node: name, tenants, sources: [...new Set(nat?.snat.map(({ to }) => to) ?? [])] };
  if (Object.hasOwn(stopped, name)) return { ...base, state: 'stopped', stateless: [], connections: 0 };
  const tracked = lab.store.within(name, () =>
    existsSync(tracker) ? conntrackEntries(readFileSync(tracker, 'utf8')) : [],
  );
  return {
    ...base,
    state: drained.includes(name) ? 'drained' : 'up',
    ...('bgp' in features ? { sessions: await sessionsOf(lab, name), world: worldOf(lab, name) } : {}),
    stateless: (nat?.stateless.length ?? 0) === 0 ? [] : lab.store.within(name, readStatelessNat),
    // Entries whose answers go to another address than the one that began: somebody changed it.
    connections: tracked.filter(({ original, reply }) => original.source !== reply.destination).length,
  };
};

/** Every way out of a tenant, in the order of the file. */
export const viewGateways = (lab: Lab): Promise<VpcGateway[]> => {
  const exits = new Set(lab.state.topology.tenants.flatMap((tenant) => tenant.exits.map(({ node }) => node)));
  return mapLimit(
    lab.state.topology.nodes.filter(({ name }) => exits.has(name)),
    4,
    (node) => view(lab, node),
  );
};
