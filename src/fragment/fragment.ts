/** What a kind or a feature contributes for one node: data only, sorted by the plan, carried out by the kernel room. */
import type { Node, Topology } from '../topology/topology.ts';
import type { Operation, Stage } from './operation.ts';
import type { Question } from './question.ts';

export type { Question } from './question.ts';

/**
 * A question to a running node with a deadline. The command runs in the node until its output satisfies `expect`.
 * A lab is up when all its probes answer.
 */
export interface Probe {
  readonly node: string;
  /** What is asked, in words: `OSPF neighbour 10.0.0.2 is Full`. */
  readonly name: string;
  readonly question: Question;
  /** Seconds. */
  readonly within: number;
}

export interface StagedOperation {
  readonly stage: Stage;
  readonly operation: Operation;
}

/** Something that rewrites packets on purpose, declared so that the journey room can name it as a cause. */
export type Rewrite =
  | {
      readonly rewrite: 'gtpu';
      readonly node: string;
      readonly interface?: string | undefined;
      readonly teid: number;
      readonly peer: string;
      readonly direction: 'in' | 'out';
      readonly note: string;
      /** Who allocated the TEID and which message told it to the other end, where signalling made the tunnel. */
      readonly origin?: string | undefined;
    }
  | {
      readonly rewrite: 'vxlan';
      readonly node: string;
      readonly vni: number;
      readonly network: string;
      readonly vtep: string;
    }
  | {
      readonly rewrite: 'nat';
      readonly node: string;
      readonly rule: string;
      readonly type: 'SNAT' | 'DNAT' | 'MASQUERADE';
    }
  | {
      /** The metadata address, as a port of a hypervisor asks it: what the service sees in place of both addresses. */
      readonly rewrite: 'metadata';
      readonly node: string;
      /** The hypervisor's interface, and the machine behind it. */
      readonly port: string;
      readonly machine: string;
      readonly address: string;
      readonly asked: string;
      readonly stand: string;
      readonly service: string;
    }
  | {
      readonly rewrite: 'stateless-nat';
      readonly node: string;
      readonly address: string;
      readonly to: string;
      readonly out: readonly string[];
    }
  | { readonly rewrite: 'proxy'; readonly node: string; readonly log: string };

export interface Fragment {
  readonly operations: readonly StagedOperation[];
  readonly probes: readonly Probe[];
  readonly rewrites: readonly Rewrite[];
}

/** The one method kinds and features share. */
export type Contribute<Settings> = (node: Node, settings: Settings, topology: Topology) => Partial<Fragment>;

/** Puts operations into one stage. */
export const at = (stage: Stage, ...operations: Operation[]): StagedOperation[] =>
  operations.map((operation) => ({ stage, operation }));
