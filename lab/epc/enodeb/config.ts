/** What a base station is told: who it is, where its phones are, where its MME is. */
import { type Field, integer, ipv4, list, member, optional, text } from '../../fields.ts';
import { physicalCellId } from '../../../src/signalling/cell.ts';
import type { Plmn } from '../../../src/signalling/identity.ts';
import { plmnField } from '../ue/config.ts';

/** Another eNodeB, where phones of this one may be handed over to. */
export interface Neighbour {
  readonly name: string;
  readonly id: number;
  readonly cell: number;
  /** Physical cell identity, by which phones report it. */
  readonly pci: number;
  readonly tac: number;
  /** Its link-local address on the radio link: what a person may call it. */
  readonly radio: string | undefined;
}

export interface EnodebConfig {
  readonly name: string;
  /** Macro eNodeB identity, 20 bits; with `cell` (8 bits) it is the identity of the one cell. */
  readonly id: number;
  readonly cell: number;
  /** Physical cell identity: `physicalCellId` when nobody has planned one. */
  readonly pci: number;
  /** Tracking area code. */
  readonly tac: number;
  readonly neighbours: readonly Neighbour[];
  /** Milliseconds without a packet after which a phone is made idle; undefined: it stays connected. */
  readonly inactivity: number | undefined;
  readonly plmn: Plmn;
  /** The interface that phones are on, and the own link-local address there. */
  readonly radio: { readonly interface: string; readonly local: string };
  readonly s1mme: { readonly local: string; readonly mme: string };
  readonly s1u: { readonly local: string };
}

const pci = integer(0, 503);

const identity = (field: Field): Pick<Neighbour, 'name' | 'id' | 'cell' | 'pci' | 'tac'> => {
  const id = integer(0, 0xf_ffff)(member(field, 'id'));
  const cell = integer(0, 0xff)(member(field, 'cell'));
  return {
    name: text(member(field, 'name')),
    id,
    cell,
    pci: optional(member(field, 'pci'), pci) ?? physicalCellId(id, cell),
    tac: integer(0, 0xffff)(member(field, 'tac')),
  };
};

const neighbour = (field: Field): Neighbour => ({
  ...identity(field),
  radio: optional(member(field, 'radio'), ipv4),
});

/** Checks a configuration. @throws Error that names the first field that is wrong. */
export const enodebConfig = (field: Field): EnodebConfig => {
  const radio = member(field, 'radio');
  const s1mme = member(field, 's1mme');
  return {
    ...identity(field),
    neighbours: optional(member(field, 'neighbours'), (given) => list(given, neighbour)) ?? [],
    inactivity: optional(member(field, 'inactivity'), integer(100, 86_400_000)),
    plmn: plmnField(member(field, 'plmn')),
    radio: { interface: text(member(radio, 'interface')), local: ipv4(member(radio, 'local')) },
    s1mme: { local: ipv4(member(s1mme, 'local')), mme: ipv4(member(s1mme, 'mme')) },
    s1u: { local: ipv4(member(member(field, 's1u'), 'local')) },
  };
};
