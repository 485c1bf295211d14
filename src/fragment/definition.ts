/** How a kind and a feature present themselves to the rest: a schema for what the user writes, and `contribute`. */
import type { z } from 'zod';
import type { PortQuestion, RadioEnd, StackSettings } from '../topology/registry.ts';
import type { Node, PortRole, Topology } from '../topology/topology.ts';
import type { Contribute } from './fragment.ts';

/**
 * Something wrong with a node that only a look at the whole topology can show. `path` leads from the node's entry, or,
 * with `end`, from the node's end of the link that this interface is on.
 */
export interface NodeProblem {
  readonly end?: string | undefined;
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly hint?: string | undefined;
}

export interface KindDefinition<Settings = Record<string, unknown>> {
  readonly kind: string;
  /** One sentence for people. */
  readonly summary: string;
  /** The kind's own keys in the node's entry, beside the common ones and the features. */
  readonly shape: z.ZodRawShape;
  readonly portRole: (question: PortQuestion) => PortRole;
  /** Ports of these roles can be members of a bond. */
  readonly bonds?: readonly PortRole[];
  /** Present on a kind whose nodes are members of stacks: which, by the node's entry. */
  readonly stackOf?: (entry: Readonly<Record<string, unknown>>) => StackSettings;
  /** Interfaces are called eth0, eth1, … on machines people log in to, and to-<peer> elsewhere. */
  readonly interfaceNames: 'eth' | 'peer';
  /** Whether the node gets a router id and loopback addresses, and forwards packets. */
  readonly router: boolean;
  readonly problems?: (node: Node, settings: Settings, topology: Topology) => NodeProblem[];
  readonly contribute: Contribute<Settings>;
}

export interface FeatureDefinition<Settings> {
  /** The key in the node's entry. */
  readonly feature: string;
  readonly summary: string;
  readonly schema: z.ZodType<Settings>;
  /** The kinds that can carry it. */
  readonly kinds: readonly string[];
  /** What a node with these settings is on a radio link. A segment with a phone and a cell is one. */
  readonly radio?: (settings: Settings) => RadioEnd | undefined;
  readonly problems?: (node: Node, settings: Settings, topology: Topology) => NodeProblem[];
  readonly contribute: Contribute<Settings>;
}

/** A registry forgets what the settings are; only the definition itself knows. */
export type AnyFeature = Omit<FeatureDefinition<never>, 'schema'> & { readonly schema: z.ZodType };
export type AnyKind = KindDefinition<never>;
