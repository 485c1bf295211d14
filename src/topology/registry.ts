/** What the topology room needs to know of kinds and features; their full definitions stand further right. */
import type { Path } from './problem.ts';
import type { SchemaFeature, SchemaKind } from './schema.ts';
import type { Node, PortRole, Topology } from './topology.ts';

type Problems = (
  node: Node,
  settings: never,
  topology: Topology,
) => readonly {
  /** The interface whose end of a link the path leads from, where it is not the node's entry. */
  readonly end?: string | undefined;
  readonly path: Path;
  readonly message: string;
  readonly hint?: string | undefined;
}[];

/** What a node is on a radio link: one of its phones, or a cell. */
export type RadioEnd = 'phone' | 'cell';

/** The part of a kind that resolving needs; `KindDefinition` has it. */
export interface ResolveKind extends SchemaKind {
  readonly portRole: (question: { readonly peerKind: string; readonly network: string | undefined }) => PortRole;
  readonly interfaceNames: 'eth' | 'peer';
  readonly router: boolean;
  readonly problems?: Problems;
}
export interface ResolveFeature extends SchemaFeature {
  readonly radio?: (settings: never) => RadioEnd | undefined;
  readonly problems?: Problems;
}
export interface Registry {
  readonly kinds: readonly ResolveKind[];
  readonly features: readonly ResolveFeature[];
}
