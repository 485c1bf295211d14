/** Links as written, in their short and long forms, read into ends that know their node, role and other end. */
import type { Path, Problem } from './problem.ts';
import type { ResolveKind, StackSettings } from './registry.ts';
import type { FileEndpoint, FileLink, TopologyFile } from './schema.ts';
import { suggestion } from './suggest.ts';
import type { PortRole, Relation } from './topology.ts';

/** MTU of a link that names none: Ethernet's (RFC 894). */
export const defaultMtu = 1500;

/** One end of a link on its way to becoming an Interface. Identity matters: ends are keys of maps. */
export interface End {
  readonly node: string;
  /** The interface's name where the file fixes it. */
  readonly wantedName: string | undefined;
  /** As the file fixes them; on ports of a stack its gateway's, at the first. */
  fixedAddresses: readonly string[] | undefined;
  readonly mac: string | undefined;
  readonly groups: readonly string[] | undefined;
  readonly dhcp: boolean;
  readonly relation: Relation | undefined;
  readonly link: number;
  readonly path: Path;
  readonly network: string | undefined;
  /** The bond that the end is a member of. */
  readonly bond: string | undefined;
  /** The stack that the end's node is a member of. */
  readonly stack: StackSettings | undefined;
  role: PortRole;
  peer: End;
}

export interface ReadLink extends Omit<FileLink, 'endpoints'> {
  readonly ends: readonly [End, End];
}

/** Ports at which a person can write addresses. */
const addressRoles: ReadonlySet<PortRole> = new Set(['routed', 'underlay', 'peer']);

/** The gateway of a stack stands at the first server's port of each member. */
const placeGateways = (ends: readonly End[]): void => {
  const placed = new Set<string>();
  for (const end of ends) {
    if (end.role !== 'access') continue;
    end.fixedAddresses = placed.has(end.node) ? [] : (end.stack?.gateway ?? []);
    placed.add(end.node);
  }
};

const readEndpoint = (endpoint: FileEndpoint): Exclude<FileEndpoint, string> => {
  if (typeof endpoint !== 'string') return endpoint;
  const colon = endpoint.indexOf(':');
  return colon < 0 ? { node: endpoint } : { node: endpoint.slice(0, colon), interface: endpoint.slice(colon + 1) };
};

/** Reads all links. A link with a problem is left out; the problems say why. */
export const readLinks = (
  file: TopologyFile,
  nodeKind: (node: string) => ResolveKind,
): { links: ReadLink[]; ends: End[]; problems: Problem[] } => {
  const links: ReadLink[] = [];
  const problems: Problem[] = [];
  const seenNames = new Set<string>();
  const stackOf = (node: string): StackSettings | undefined =>
    nodeKind(node).stackOf?.(file.nodes[node] as Readonly<Record<string, unknown>>);
  for (const [index, written] of file.links.entries()) {
    const long: FileLink = Array.isArray(written) ? { endpoints: [written[0], written[1]] } : written;
    const at = (which: number): Path =>
      Array.isArray(written) ? ['links', index, which] : ['links', index, 'endpoints', which];
    const parts = long.endpoints.map(readEndpoint);
    const unknown = parts.flatMap((part, which) =>
      Object.hasOwn(file.nodes, part.node)
        ? []
        : [
            {
              code: 'unknown-node',
              path: at(which),
              message: `no node is called "${part.node}"`,
              hint: suggestion(part.node, Object.keys(file.nodes)),
            },
          ],
    );
    if (long.network !== undefined && !Object.hasOwn(file.networks, long.network)) {
      unknown.push({
        code: 'unknown-network',
        path: ['links', index, 'network'],
        message: `no network is called "${long.network}"`,
        hint: suggestion(long.network, Object.keys(file.networks)),
      });
    }
    const [left, right] = parts;
    if (unknown.length > 0 || left === undefined || right === undefined) {
      problems.push(...unknown);
      continue;
    }
    if (left.node === right.node) {
      problems.push({ code: 'self-link', path: at(1), message: `a link cannot join ${left.node} to itself` });
      continue;
    }
    const make = (part: typeof left, which: number): End => {
      const end = {
        node: part.node,
        wantedName: part.interface,
        fixedAddresses: part.addresses,
        mac: part.mac,
        groups: part.groups,
        dhcp: part.dhcp === true,
        relation: part.relation,
        link: links.length,
        path: at(which),
        network: long.network,
        bond: part.bond,
        stack: stackOf(part.node),
        role: 'routed' as PortRole,
      };
      return Object.assign(end, { peer: end as unknown as End });
    };
    const ends: [End, End] = [make(left, 0), make(right, 1)];
    const [first, second] = ends;
    first.peer = second;
    second.peer = first;
    for (const end of ends) {
      end.role = nodeKind(end.node).portRole({
        peerKind: nodeKind(end.peer.node).kind,
        network: long.network,
        addressed: end.fixedAddresses !== undefined,
        partner: end.stack !== undefined && end.stack.stack === end.peer.stack?.stack,
      });
      const name = end.wantedName === undefined ? undefined : `${end.node}:${end.wantedName}`;
      if (name !== undefined && seenNames.has(name))
        problems.push({
          code: 'duplicate-interface',
          path: end.path,
          message: `${name} is already an end of another link`,
        });
      if (name !== undefined) seenNames.add(name);
      if (!addressRoles.has(end.role) && (end.fixedAddresses?.length ?? 0) > 0) {
        problems.push({
          code: 'address-on-port',
          path: end.path,
          message: `${end.node} does not speak IP on this port, so it cannot have an address`,
          hint: 'give the address to the other end',
        });
      }
      if (end.dhcp && end.role !== 'routed') {
        problems.push({
          code: 'dhcp-on-port',
          path: [...end.path, 'dhcp'],
          message: `${end.node} does not ask for an address on this port`,
          hint: 'say dhcp: true at the host’s end',
        });
      }
    }
    if (long.network !== undefined && !ends.some((end) => end.role === 'tenant')) {
      problems.push({
        code: 'network-without-hypervisor',
        path: ['links', index, 'network'],
        message: 'only a link to a hypervisor can be in a tenant network',
      });
    }
    links.push({ ...long, ends });
  }
  const ends = links.flatMap((link) => link.ends);
  placeGateways(ends);
  return { links, ends, problems };
};
