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

/** What a kind needs to know about one of its links to say what the port is for. */
export interface PortQuestion {
  readonly peerKind: string;
  readonly network: string | undefined;
  /** Whether the file gives this end addresses of its own. */
  readonly addressed: boolean;
  /** Whether the other end is a member of the same stack. */
  readonly partner: boolean;
}

/** Nodes whose bridges are one to the servers at their ports, and the addresses that each of them has there. */
export interface StackSettings {
  readonly stack: string;
  readonly gateway: readonly string[];
}

/** The part of a kind that resolving needs; `KindDefinition` has it. */
export interface ResolveKind extends SchemaKind {
  readonly portRole: (question: PortQuestion) => PortRole;
  /** Ports of these roles can be members of a bond. */
  readonly bonds?: readonly PortRole[];
  /** Present on a kind whose nodes are members of stacks: which, by the node's entry. */
  readonly stackOf?: (entry: Readonly<Record<string, unknown>>) => StackSettings;
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
