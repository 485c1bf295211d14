/**
 * A gateway that is one of several ways out is alive only while the world would answer. bfdd answers those who watch as long as
 * it runs; where the gateway speaks BGP with the world, the program lab/way-out has it do so only while a
 * neighbour there is Established and has told a way. The sessions with those who watch have a profile of their own for that,
 * and begin shut.
 */
import { at } from '../../fragment/fragment.ts';
import type { Probe, StagedOperation } from '../../fragment/fragment.ts';
import type { Family } from '../../address/ip.ts';
import type { Node, Topology } from '../../topology/topology.ts';
import { foreignNetworks } from '../bgp/probes.ts';
import { sessionsOf } from '../bgp/sessions.ts';
import type { Session } from '../bgp/sessions.ts';
import { isDefault } from '../bgp/systems.ts';
import { convergence } from '../frr/probe.ts';
import type { RoutesSettings } from '../routes/settings.ts';
import { watchedBy } from '../shared/exits.ts';
import { automaticGateway } from '../shared/gateways.ts';
import { familyOf, isInside } from '../shared/lookup.ts';

/** The BFD profile of sessions with those who watch. */
export const wayOutProfile = 'way-out';

const configPath = '/etc/xiyou/way-out.json';
const readyPath = '/run/way-out/ready';
/** What the program has found, and what bfdd says by it. */
export const wayOutStatusPath = '/run/way-out/status.json';

/** What stands in that file. */
export interface WayOutStatus {
  readonly stands: boolean;
  readonly because: string;
  /** What bfdd says to those who watch: `open` while they may send; `gone` while there is no bfdd. */
  readonly sessions: 'open' | 'shut' | 'gone';
}

/** Milliseconds between two questions to bgpd. */
const interval = 100;

/** Milliseconds that one IP version waits for the other after a start; sessions of both begin within a second or two. */
const patience = 5000;

/** Kinds that pass on what others tell them. Another gateway is no way to the world, nor is a machine (bgp/edge.ts). */
const passesOn = (peer: Node | undefined): boolean =>
  peer === undefined || peer.kind === 'router' || peer.kind === 'stack';

/** Whether a session is over a network behind hypervisors. */
const isInner = (node: Node, { address }: Session): boolean =>
  node.interfaces.some(
    ({ network, addresses }) => network !== undefined && addresses.some((cidr) => isInside(cidr, address)),
  );

/** IP versions that the tenants speak for which a node is a way out. */
const familiesBehind = (node: Node, topology: Topology): ReadonlySet<Family> => {
  const tenants = topology.tenants.filter(({ exits }) => exits.some((exit) => exit.node === node.name));
  return new Set(
    topology.networks.flatMap(({ tenant, router = [] }) =>
      tenants.some(({ name }) => name === tenant) ? router.map((cidr) => familyOf(cidr)) : [],
    ),
  );
};

/**
 * Sessions with the world: over no network of a tenant. An IP version that no machine behind the gateway speaks, or in which
 * nobody in the lab has a route to tell, says nothing; but where none is left, all count: routes of one version may
 * come over sessions of the other (RFC 8950), or from outside of the lab.
 */
const worldly = (node: Node, topology: Topology): Session[] => {
  if (!('bgp' in node.features)) return [];
  const all = sessionsOf(node, topology).filter((session) => passesOn(session.peer) && !isInner(node, session));
  const behind = familiesBehind(node, topology);
  const told = new Set(foreignNetworks(node, topology).map(familyOf));
  const spoken = all.filter(({ family }) => behind.has(family) && (told.size === 0 || told.has(family)));
  return spoken.length > 0 ? spoken : all;
};

/** Whether a default route is configured, so that no neighbour has to tell one. */
const hasDefault = (node: Node, family: Family, topology: Topology): boolean => {
  const routes = (node.features['routes'] as RoutesSettings | undefined) ?? [];
  const { gateway = 'auto' } = node.settings;
  return (
    routes.some(({ to, blackhole }) => blackhole !== true && isDefault(to) && familyOf(to) === family) ||
    (gateway === 'auto'
      ? automaticGateway(topology, node, ['router', 'stack'], family) !== undefined
      : gateway !== 'none' && familyOf(String(gateway)) === family)
  );
};

/** Whether the gateway's sessions with those who watch it follow its way to the world. */
export const followsWorld = (node: Node, topology: Topology): boolean =>
  watchedBy(node, topology).some(({ watchers }) => watchers.length > 0) && worldly(node, topology).length > 0;

export const wayOutOperations = (node: Node, topology: Topology): StagedOperation[] =>
  followsWorld(node, topology)
    ? [
        ...at('files', {
          op: 'file',
          node: node.name,
          path: configPath,
          content: `${JSON.stringify(
            {
              bgpd: '/run/frr/bgpd.vty',
              bfdd: '/run/frr/bfdd.vty',
              profile: wayOutProfile,
              ...{ interval, patience, ready: readyPath, status: wayOutStatusPath },
              neighbours: worldly(node, topology).map(({ address, family, peer }) => ({
                address,
                name: peer?.name ?? address,
                tells: !hasDefault(node, family, topology),
              })),
            },
            undefined,
            2,
          )}\n`,
          mode: 0o644,
        }),
        ...at('processes', {
          op: 'process',
          node: node.name,
          name: 'way-out',
          argv: ['@node', '@lab/way-out/main.ts', configPath],
          ready: readyPath,
          independent: true,
        }),
      ]
    : [];

export const wayOutProbes = (node: Node, topology: Topology): Probe[] =>
  followsWorld(node, topology)
    ? [
        {
          node: node.name,
          name: 'BFD: there is a way to the world, and those who watch are told so',
          question: { ask: 'file', path: wayOutStatusPath, json: { stands: true, sessions: 'open' } },
          within: convergence(topology),
        },
      ]
    : [];
