/** What carrying out a plan needs to know beside the plan. */

/** What the operations of one run have in common. */
export interface Work {
  /** Daemons that need no start, as `operation name`. */
  readonly running: ReadonlySet<string>;
  /** Interfaces that this run makes, as `node:interface`. */
  readonly made: ReadonlySet<string>;
  readonly signal?: AbortSignal | undefined;
  /** Takes what a person should know although the work goes on. */
  readonly note?: ((text: string) => void) | undefined;
}
