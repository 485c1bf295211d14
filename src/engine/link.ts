/** Links of a running lab: cut, mended, slowed, made lossy; the lab remembers, so that `up` keeps what was asked for. */
import { XiyouError } from '../errors.ts';
import { setInterface } from '../kernel/link-change.ts';
import { applyNetwork, isNetworkOperation } from '../kernel/links.ts';
import { observeOperations } from '../kernel/observe.ts';
import { dumpLinks } from '../kernel/rtnetlink-read.ts';
import { cableName, cablePorts } from '../plan/links.ts';
import { linksBetween } from '../topology/links-between.ts';
import { suggestion } from '../topology/suggest.ts';
import type { Impairment, Link, Topology } from '../topology/topology.ts';
import { endpointName } from '../topology/topology.ts';
import { signalDaemon } from './daemons.ts';
import type { Listener } from './events.ts';
import type { Lab } from './lab.ts';
import { findNode, requireRunning } from './state.ts';

/** The one link between two nodes; `a:eth0` says which where there are several. */
export const findLink = (lab: Lab, left: string, right: string): { link: Link; index: number } => {
  const [leftNode = ''] = left.split(':');
  const [rightNode = ''] = right.split(':');
  findNode(lab.state, leftNode);
  findNode(lab.state, rightNode);
  const found = linksBetween(lab.state.topology, left, right);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return only;
  const near = lab.state.topology.links
    .filter((link) => link.ends.some((end) => end.node === leftNode))
    .map((link) => link.ends.map(endpointName).join(' '));
  throw new XiyouError(
    'unknown-link',
    found.length === 0 ? `no link joins ${left} and ${right}` : `${found.length} links join ${left} and ${right}`,
    {
      hint:
        found.length === 0
          ? (suggestion(`${left} ${right}`, near) ?? `links of ${leftNode}: ${near.join(', ')}`)
          : `say which: ${found.map(({ link }) => link.ends.map(endpointName).join(' ')).join(' or ')}`,
    },
  );
};

/**
 * Addresses and static routes that the kernel drops from an interface that is set down (IPv6 addresses of hosts, and
 * the routes of everybody), put back for as far as the links that are joined allow. Programs that brought some are told.
 */
export const restoreRoutes = (lab: Lab, nodes: readonly string[]): void => {
  const lost = nodes
    .flatMap((node) => lab.operationsOf(node))
    .filter((operation) => isNetworkOperation(operation))
    .filter(({ op }) => op === 'address' || op === 'route');
  const observed = observeOperations(lab.store, lost);
  // What is refused leads through a link that is still cut; it comes back with that one.
  applyNetwork(
    lab.store,
    lost.filter((operation) => observed.get(operation) === 'absent'),
  );
  for (const operation of nodes.flatMap((node) => lab.operationsOf(node)))
    if (operation.op === 'process' && operation.rejoined !== undefined)
      signalDaemon(lab, operation.node, operation.name, operation.rejoined);
};

/** Interfaces whose state is the link's: a cable's ports where there is one, so that both nodes lose the carrier. */
export const handlesOf = (lab: Lab, link: Link, index: number): { node: string; name: string }[] => {
  const cable = cableName(index);
  return lab.store.exists(cable)
    ? cablePorts.map((name) => ({ node: cable, name }))
    : [{ node: link.ends[1].node, name: link.ends[1].interface }];
};

/**
 * Cuts a link or joins it again. Without a cable the second end is set down: the first loses its carrier, as when a
 * plug is pulled at the other side.
 */
export const setLinkState = (lab: Lab, left: string, right: string, up: boolean): void => {
  const { link, index } = findLink(lab, left, right);
  const nodes = link.ends.map((end) => end.node);
  // Whether a stopped node's links are cut is asked again when it starts; its interfaces are down as they are.
  for (const node of nodes) requireRunning(lab.state, node);
  for (const { node, name } of handlesOf(lab, link, index)) setInterface(lab.store.handle(node).netlink, name, up);
  if (up) restoreRoutes(lab, nodes);
};

/** Whether a link was cut by itself, and not by the stop of a node at its end. */
export const isCut = (lab: Lab, link: Link, index: number): boolean => {
  const stopped = link.ends.flatMap((end) => lab.state.stopped?.[end.node] ?? []);
  if (stopped.length > 0) return stopped.some((node) => node.cut.includes(index));
  return handlesOf(lab, link, index).some(
    ({ node, name }) => !dumpLinks(lab.store.handle(node).netlink).some((fact) => fact.name === name && fact.up),
  );
};

/** Gives a link other impairments; `{}` takes them all away. Everything else of the lab stays. */
export const impairLink = async (
  lab: Lab,
  left: string,
  right: string,
  impairment: Impairment,
  listener: Listener,
): Promise<void> => {
  const { index } = findLink(lab, left, right);
  const { topology } = lab.state;
  const changed: Topology = {
    ...topology,
    links: topology.links.map((link, at) => (at === index ? { ...link, impairment } : link)),
  };
  const { up } = await import('./up.ts');
  await up(changed, { listener, file: lab.state.file });
};

export interface LinkRow {
  readonly ends: readonly [string, string];
  readonly state: 'up' | 'down';
  readonly mtu: number;
  readonly impairment: Impairment | undefined;
  /** What shapes it. */
  readonly by: 'netem' | 'cable' | undefined;
}

/** All links of the lab, as they are now. */
export const linkRows = (lab: Lab): LinkRow[] => {
  const up = new Map<string, boolean>();
  const isUp = (node: string, name: string): boolean => {
    if (!lab.store.exists(node)) return false;
    if (!up.has(`${node}:lo`))
      for (const fact of dumpLinks(lab.store.handle(node).netlink)) up.set(`${node}:${fact.name}`, fact.up);
    return up.get(`${node}:${name}`) ?? false;
  };
  return lab.state.topology.links.map((link, index) => {
    const cable = lab.store.exists(cableName(index));
    const ends = [
      ...link.ends.map((end) => [end.node, end.interface] as const),
      ...(cable ? cablePorts.map((name) => [cableName(index), name] as const) : []),
    ];
    return {
      ends: [endpointName(link.ends[0]), endpointName(link.ends[1])],
      state: ends.every(([node, name]) => isUp(node, name)) ? 'up' : 'down',
      mtu: link.mtu,
      impairment: link.impairment,
      by: link.impairment === undefined ? undefined : cable ? 'cable' : 'netem',
    };
  });
};
