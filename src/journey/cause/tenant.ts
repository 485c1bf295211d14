/**
 * The tenants' routers, which are flows of every hypervisor: a packet that was sent to the router's MAC leaves with one hop
 * less, from the router's MAC in the next network to the machine's. The hypervisor's own flows say so.
 */
import { routerMacOf } from '../../address/mac.ts';
import type { TenantHop } from '../evidence.ts';
import type { Ground } from '../ground.ts';
import type { Sighting } from '../sighting.ts';
import { stackOf } from '../stack.ts';
import type { Packet } from '../stack.ts';
import type { Way } from './route.ts';

/** The tenant's network whose router has the MAC; undefined where it is nobody's. */
export const routerNetwork = (ground: Ground, mac: string) =>
  ground.topology.networks.find(({ vni, router }) => router !== undefined && routerMacOf(vni) === mac);

/** The hop to a destination, else a way out: of several, the one that the new link header is for. */
const hopFor = (
  hops: readonly TenantHop[],
  tenant: number,
  destination: string,
  mac: string | undefined,
): TenantHop | undefined => {
  const own = hops.filter((hop) => hop.router === tenant);
  const out = own.filter((hop) => hop.destination === undefined);
  return own.find((hop) => hop.destination === destination) ?? out.find((hop) => hop.mac === mac) ?? out[0];
};

/** What is said of a way out. */
const exitText = ({ exit, destination, mac }: TenantHop, hops: readonly TenantHop[], ground: Ground): string => {
  if (destination !== undefined) return '';
  if (exit === undefined) return ', the way out';
  const all = new Set(hops.flatMap((hop) => hop.exit ?? []));
  return `, the way out ${ground.macOwner(mac)?.node ?? mac}, one of ${all.size} by a hash of addresses and ports, and the same for all of a connection`;
};

/**
 * The way of a packet through the router of a tenant.
 *
 * @returns undefined where the packet was not sent to one
 */
export const tenantWay = (ground: Ground, from: Sighting, packet: Packet): Way | undefined => {
  const { node } = from.frame;
  const mac = stackOf(from)?.inner.ethernet?.destination;
  const network = mac === undefined || !ground.switches(node) ? undefined : routerNetwork(ground, mac);
  if (network === undefined || mac === undefined) return undefined;
  const { tenant = '' } = network;
  const told = ground.about(node).tenantRouter;
  const entry = told?.entries.find((candidate) => candidate.mac === mac);
  if (told === undefined || entry === undefined) return { problem: `${node} has no flows of the router of ${tenant}` };
  const { destination } = packet.ip;
  const hop = hopFor(told.hops, entry.router, destination, packet.ethernet?.destination);
  if (hop === undefined) return { problem: `the router of ${tenant} has no way to ${destination} on ${node}` };
  const next = ground.topology.networks.find(({ vni }) => vni === hop.vni);
  const title = ground.topology.tenants.find(({ name }) => name === tenant)?.title;
  const router = `router of ${title === undefined ? tenant : `${title} (${tenant})`}`;
  const into = `from ${network.name} into ${next?.name ?? `VNI ${hop.vni}`}`;
  const exit = exitText(
    hop,
    told.hops.filter(({ router: own }) => own === entry.router),
    ground,
  );
  return {
    cause: { kind: 'route', text: `${router}, ${into}${exit}`, grade: 'explained' },
    nextHop: destination,
    header: { source: hop.source, destination: hop.mac },
  };
};
