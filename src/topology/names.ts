/** Names of interfaces: what the file fixes, else eth0, eth1, … or to-<peer>, within 15 characters and unique in a node. */
import type { End } from './ends.ts';
import type { Problem } from './problem.ts';
import type { ResolveKind } from './registry.ts';
import type { TopologyFile } from './schema.ts';
import { freeInterfaceName, interfacePattern } from '../address/name.ts';

/** Names the kernel or a kind uses in every node. */
export const reserved: readonly string[] = [
  'lo',
  'all',
  'default',
  'br0',
  'br-phy',
  'br-int',
  'ovs-netdev',
  'ovs-system',
  'vx0',
  'gtp0',
  'peer0',
];

/** The first of eth0, eth1, … that is free. */
const nextEth = (used: ReadonlySet<string>): string => {
  let count = 0;
  while (used.has(`eth${count}`)) count += 1;
  return `eth${count}`;
};

/** Names every end. Fixed names are taken first, so that a made name never collides with one. */
export const nameInterfaces = (
  file: TopologyFile,
  ends: readonly End[],
  nodeKind: (node: string) => ResolveKind,
): { names: Map<End, string>; problems: Problem[] } => {
  const names = new Map<End, string>();
  const problems: Problem[] = [];
  const taken = new Map(Object.keys(file.nodes).map((node) => [node, new Set(reserved)]));
  for (const end of ends) {
    if (end.wantedName === undefined) continue;
    if (!interfacePattern.test(end.wantedName)) {
      problems.push({
        code: 'bad-name',
        path: end.path,
        message: `"${end.wantedName}" cannot be an interface name`,
        hint: 'at most 15 letters, digits, hyphens or underscores, a letter first',
      });
    } else if (reserved.includes(end.wantedName)) {
      problems.push({
        code: 'bad-name',
        path: end.path,
        message: `"${end.wantedName}" is a name that nodes use themselves`,
      });
    }
    names.set(end, end.wantedName);
    taken.get(end.node)?.add(end.wantedName);
  }
  for (const end of ends) {
    if (names.has(end)) continue;
    const used = taken.get(end.node) ?? new Set<string>();
    const name =
      nodeKind(end.node).interfaceNames === 'eth' ? nextEth(used) : freeInterfaceName(`to-${end.peer.node}`, used);
    names.set(end, name);
    used.add(name);
  }
  return { names, problems };
};
