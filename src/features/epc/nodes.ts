/** The functions of the LTE core in a topology: which node is what, and which of them belong together. */
import type { Node, Topology } from '../../topology/topology.ts';
import { nodeNamed } from '../shared/lookup.ts';
import type { EpcSettings, Role, SettingsOf } from './settings.ts';

/** A node together with what its function is told. */
export interface FunctionNode<R extends Role = Role> {
  readonly node: Node;
  readonly settings: SettingsOf<R>;
}

/** How functions are called in messages. */
export const roleNames: Readonly<Record<Role, string>> = {
  ue: 'phone',
  enodeb: 'eNodeB',
  mme: 'MME',
  hss: 'HSS',
  sgw: 'SGW',
  pgw: 'PGW',
  ocs: 'OCS',
};

const settingsOf = (node: Node): EpcSettings | undefined => node.features['epc'] as EpcSettings | undefined;

const isRole = <R extends Role>(settings: EpcSettings | undefined, role: R): settings is SettingsOf<R> =>
  settings?.role === role;

/** The node as a function of this role; undefined when it is another, or none. */
export const as = <R extends Role>(node: Node | undefined, role: R): FunctionNode<R> | undefined => {
  const settings = node === undefined ? undefined : settingsOf(node);
  return node !== undefined && isRole(settings, role) ? { node, settings } : undefined;
};

const known = new WeakMap<Topology, Map<Role, readonly unknown[]>>();

/** All functions of a role, in the order of the file. */
export const all = <R extends Role>(topology: Topology, role: R): readonly FunctionNode<R>[] => {
  const byRole = known.get(topology) ?? new Map<Role, readonly unknown[]>();
  known.set(topology, byRole);
  const found = byRole.get(role) ?? topology.nodes.flatMap((node) => as(node, role) ?? []);
  byRole.set(role, found);
  return found as readonly FunctionNode<R>[];
};

/** The function of a role that is meant: the one that is named, else the lab's only one; or why there is none. */
export const choose = <R extends Role>(
  topology: Topology,
  role: R,
  name: string | undefined,
): FunctionNode<R> | { readonly problem: string; readonly hint: string } => {
  const candidates = all(topology, role);
  const [first, second] = candidates;
  const names = candidates.map(({ node }) => node.name).join(', ');
  if (name !== undefined) {
    const found = as(nodeNamed(topology, name), role);
    if (found !== undefined) return found;
    return {
      problem: `${name} is no ${roleNames[role]}`,
      hint: names === '' ? `give a node epc: {role: ${role}}` : `one of: ${names}`,
    };
  }
  if (first === undefined)
    return { problem: `there is no ${roleNames[role]} in the lab`, hint: `give a node epc: {role: ${role}}` };
  if (second !== undefined)
    return {
      problem: `there are several ${roleNames[role]}s: ${names}`,
      hint: `say which: ${role}: ${first.node.name}`,
    };
  return first;
};

/** The chosen one where there is one; problems are told elsewhere. */
const chosen = <R extends Role>(topology: Topology, role: R, name: string | undefined): FunctionNode<R> | undefined => {
  const found = choose(topology, role, name);
  return 'node' in found ? found : undefined;
};

export const mmeOf = (topology: Topology, { settings }: FunctionNode<'enodeb'>): FunctionNode<'mme'> | undefined =>
  chosen(topology, 'mme', settings.mme);
export const hssOf = (topology: Topology, { settings }: FunctionNode<'mme'>): FunctionNode<'hss'> | undefined =>
  chosen(topology, 'hss', settings.hss);
export const sgwOf = (topology: Topology, { settings }: FunctionNode<'mme'>): FunctionNode<'sgw'> | undefined =>
  chosen(topology, 'sgw', settings.sgw);
export const pgwOf = (topology: Topology, { settings }: FunctionNode<'mme'>): FunctionNode<'pgw'> | undefined =>
  chosen(topology, 'pgw', settings.pgw);
export const ocsOf = (topology: Topology, { settings }: FunctionNode<'pgw'>): FunctionNode<'ocs'> | undefined =>
  chosen(topology, 'ocs', settings.ocs);

/** The functions of a role for which this one is the chosen one. */
export const clients = <C extends Role, S extends Role>(
  topology: Topology,
  role: C,
  serverOf: (topology: Topology, client: FunctionNode<C>) => FunctionNode<S> | undefined,
  server: Node,
): readonly FunctionNode<C>[] =>
  all(topology, role).filter((client) => serverOf(topology, client)?.node.name === server.name);
