/** What an SGW is told: its addresses. S5 carries control and user plane. */
import { type Field, ipv4, member } from '../../fields.ts';

export interface SgwConfig {
  readonly s11: { readonly local: string };
  readonly s5: { readonly local: string };
  readonly s1u: { readonly local: string };
}

/** @throws Error that names the first field that is wrong */
export const sgwConfig = (field: Field): SgwConfig => {
  const local = (name: string): { local: string } => ({ local: ipv4(member(member(field, name), 'local')) });
  return { s11: local('s11'), s5: local('s5'), s1u: local('s1u') };
};
