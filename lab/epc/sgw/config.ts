/** What an SGW is told: its addresses, and how long it waits. S5 carries control and user plane. */
import { type Field, integer, ipv4, member, optional } from '../../fields.ts';
import { ECHO_INTERVAL } from '../gtpv2/path.ts';
import { defaultTiming } from '../gtpv2/transaction.ts';

export interface SgwConfig {
  readonly s11: { readonly local: string };
  readonly s5: { readonly local: string };
  readonly s1u: { readonly local: string };
  /** Milliseconds from a GTPv2 request to its repetition, and between two questions whether a PGW lives. */
  readonly timers: { readonly t3Response: number; readonly echo: number };
}

const milliseconds = integer(1, 3_600_000);

/** @throws Error that names the first field that is wrong */
export const sgwConfig = (field: Field): SgwConfig => {
  const local = (name: string): { local: string } => ({ local: ipv4(member(member(field, name), 'local')) });
  const timers = optional(member(field, 'timers'), (given) => ({
    t3Response: optional(member(given, 't3Response'), milliseconds),
    echo: optional(member(given, 'echo'), milliseconds),
  }));
  return {
    s11: local('s11'),
    s5: local('s5'),
    s1u: local('s1u'),
    timers: { t3Response: timers?.t3Response ?? defaultTiming.t3Response, echo: timers?.echo ?? ECHO_INTERVAL },
  };
};
