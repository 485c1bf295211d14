/**
 * Several ways out of a tenant's networks, as one hypervisor sees them: which live, watched by BFD from inside the switch.
 *
 * Open vSwitch holds BFD sessions at ports. A pair of patch ports joins the bridge to itself: what the session at the one end
 * sends comes in at the other, and goes through the tenant's network to the gateway as a machine's packets do; what the gateway
 * sends back goes into that end, and so to the session. Whether the first port is alive is then whether the gateway is, its
 * hypervisor, and all between: groups of flows ask the port (`watch_port`).
 */
import type { Probe } from '../../fragment/fragment.ts';
import { hasSeveralExits, networkOfExit, watchInterval, watchersOf } from '../../features/shared/exits.ts';
import type { Watcher } from '../../features/shared/exits.ts';
import type { Network, Node, Topology } from '../../topology/topology.ts';
import { within } from '../openvswitch/bridge.ts';
import { firstWatchPort } from './flows/tables.ts';
import type { Machine } from './overlay.ts';

/** A way out that this hypervisor watches. */
export interface WatchedExit {
  readonly machine: Machine;
  /** Its number among those of its tenant, from 1; connections carry it as a mark. */
  readonly number: number;
  readonly drained: boolean;
  readonly watcher: Watcher;
  /** The port with the session, and the one from which its packets come. */
  readonly port: { readonly name: string; readonly number: number };
  readonly far: { readonly name: string; readonly number: number };
  readonly interval: number;
}

/** The ways out of a tenant's router, where there are several. */
export interface Exits {
  /** The hypervisor whose view it is. */
  readonly here: string;
  /** The router's number. */
  readonly router: number;
  readonly tenant: string;
  readonly networks: readonly Network[];
  /** None on a hypervisor that has no machines of the tenant. */
  readonly watched: readonly WatchedExit[];
  /** All who watch them, from anywhere. */
  readonly watchers: readonly Watcher[];
}

/**
 * The tenants with several ways out, as a hypervisor with these machines knows them.
 *
 * @param machines those that it reaches, its own among them
 */
export const exitsOf = (node: Node, machines: readonly Machine[], topology: Topology): Exits[] => {
  let pairs = 0;
  return topology.tenants.flatMap((tenant, index): Exits[] => {
    if (!hasSeveralExits(tenant)) return [];
    const watchers = watchersOf(tenant, topology);
    const watcher = watchers.find(({ hypervisor }) => hypervisor === node.name);
    const watched = tenant.exits.flatMap((exit, place): WatchedExit[] => {
      const vni = networkOfExit(exit, topology)?.vni;
      const machine = machines.find((one) => one.node === exit.node && one.network.vni === vni);
      if (watcher === undefined) return [];
      // A way out that is stopped keeps its ports.
      pairs += 1;
      if (machine === undefined) return [];
      // No node's name begins with an underscore, so no machine's port has this one.
      const name = `_bfd${pairs}`;
      return [
        {
          machine,
          number: place + 1,
          drained: exit.drained === true,
          watcher,
          port: { name, number: firstWatchPort + 2 * (pairs - 1) },
          far: { name: `${name}x`, number: firstWatchPort + 2 * (pairs - 1) + 1 },
          interval: watchInterval(exit, topology),
        },
      ];
    });
    const networks = topology.networks.filter(
      (network) => network.tenant === tenant.name && network.router !== undefined,
    );
    return [{ here: node.name, router: index + 1, tenant: tenant.name, networks, watched, watchers }];
  });
};

/** Commands of the ovs-vsctl transaction that makes the bridges. Open vSwitch's BFD speaks IPv4. */
export const watchCommands = (bridge: string, exits: readonly Exits[]): string[][] =>
  exits
    .flatMap(({ watched }) => watched)
    .flatMap(({ machine, watcher, port, far, interval }) => [
      ['--may-exist', 'add-port', bridge, port.name],
      ['--may-exist', 'add-port', bridge, far.name],
      ['set', 'interface', far.name, 'type=patch', `options:peer=${port.name}`, `ofport_request=${far.number}`],
      [
        ...['set', 'interface', port.name, 'type=patch', `options:peer=${far.name}`, `ofport_request=${port.number}`],
        ...['bfd:enable=true', `bfd:min_tx=${interval}`, `bfd:min_rx=${interval}`],
        ...[`bfd:bfd_src_ip=${watcher.address}`, `bfd:bfd_dst_ip=${machine.addresses[4][0] ?? ''}`],
        ...[`bfd:bfd_local_src_mac="${watcher.mac}"`, `bfd:bfd_local_dst_mac="${machine.mac}"`],
        `bfd:bfd_remote_dst_mac="${watcher.mac}"`,
      ],
    ]);

/** The ways out live, seen from here. */
export const watchProbes = (node: Node, exits: readonly Exits[]): Probe[] =>
  exits.flatMap(({ tenant, watched }) =>
    watched.map(({ machine, port }) => ({
      node: node.name,
      name: `BFD: ${machine.node}, a way out of ${tenant}, lives`,
      question: {
        ask: 'command',
        argv: ['ovs-vsctl', '--timeout=5', 'get', 'Interface', port.name, 'bfd_status:state'],
        text: 'up',
      },
      within,
    })),
  );
