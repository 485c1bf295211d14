/** What a base station is told: who it is, where its phones are, where its MME is. */
import { type Field, integer, ipv4, member, text } from '../../fields.ts';
import type { Plmn } from '../../../src/signalling/identity.ts';
import { plmnField } from '../ue/config.ts';

export interface EnodebConfig {
  readonly name: string;
  /** Macro eNodeB identity, 20 bits; with `cell` (8 bits) it is the identity of the one cell. */
  readonly id: number;
  readonly cell: number;
  /** Tracking area code. */
  readonly tac: number;
  readonly plmn: Plmn;
  /** The interface that phones are on, and the own link-local address there. */
  readonly radio: { readonly interface: string; readonly local: string };
  readonly s1mme: { readonly local: string; readonly mme: string };
  readonly s1u: { readonly local: string };
}

/** Checks a configuration. @throws Error that names the first field that is wrong. */
export const enodebConfig = (field: Field): EnodebConfig => {
  const radio = member(field, 'radio');
  const s1mme = member(field, 's1mme');
  return {
    name: text(member(field, 'name')),
    id: integer(0, 0xf_ffff)(member(field, 'id')),
    cell: integer(0, 0xff)(member(field, 'cell')),
    tac: integer(0, 0xffff)(member(field, 'tac')),
    plmn: plmnField(member(field, 'plmn')),
    radio: { interface: text(member(radio, 'interface')), local: ipv4(member(radio, 'local')) },
    s1mme: { local: ipv4(member(s1mme, 'local')), mme: ipv4(member(s1mme, 'mme')) },
    s1u: { local: ipv4(member(member(field, 's1u'), 'local')) },
  };
};
