/** Quality of a bearer in the words that GTPv2, S6a and S1AP share. */

/** Allocation and retention priority: who gets a bearer when there is not enough for all (TS 29.212, 5.3.32 ff.). */
export interface RetentionPriority {
  /** 1 (highest) to 15. */
  readonly level: number;
  /** Whether the bearer may take resources from one of lower priority. */
  readonly mayPreempt: boolean;
  /** Whether it may lose its own to one of higher priority. */
  readonly preemptable: boolean;
}
