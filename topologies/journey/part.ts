/** What the files of this lab hand to each other: parts of a topology file, put together in topology.ts. */
import { XiyouError } from '../../src/errors.ts';
import { type Parameters, wholeNumber } from '../generated/parameters.ts';

export type Entry = Readonly<Record<string, unknown>>;
/** An end of a link, in any form that a topology file takes. */
export type End = string | Entry;
export type LinkEntry = readonly [End, End] | Entry;

/** Some of a topology file's nodes and links, and what goes with them. */
export interface Part {
  readonly nodes?: Readonly<Record<string, Entry>>;
  readonly links?: readonly LinkEntry[];
  readonly networks?: Readonly<Record<string, Entry>>;
  readonly tenants?: Readonly<Record<string, Entry>>;
  readonly hosts?: Readonly<Record<string, string>>;
}

/** Parts as one, in their order. */
export const joined = (parts: readonly Part[]): Required<Part> => ({
  nodes: Object.assign({}, ...parts.map(({ nodes }) => nodes)) as Required<Part>['nodes'],
  links: parts.flatMap(({ links = [] }) => links),
  networks: Object.assign({}, ...parts.map(({ networks }) => networks)) as Required<Part>['networks'],
  tenants: Object.assign({}, ...parts.map(({ tenants }) => tenants)) as Required<Part>['tenants'],
  hosts: Object.assign({}, ...parts.map(({ hosts }) => hosts)) as Required<Part>['hosts'],
});

/** 1, 2, … count. */
export const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1);

/** What the parameters say: how large the cloud is, and how closely everybody watches. */
export interface Settings {
  /** Regions, the main one first. */
  readonly regions: number;
  /** Zones of the main region, racks of each zone, members of each layer, machines for its tenants. */
  readonly zones: number;
  readonly racks: number;
  readonly members: number;
  readonly computes: number;
  /** Tenants of the main region; all have the same addresses. */
  readonly tenants: number;
  /** Milliseconds between two BFD packets of a session: three missing ones are a dead link, and a busy machine misses none. */
  readonly bfd: number;
}

/** The parameters and their bounds: what there are names for, and what one machine can carry. */
const bounds = {
  regions: { otherwise: 4, from: 1, to: 4 },
  zones: { otherwise: 2, from: 1, to: 4 },
  racks: { otherwise: 1, from: 1, to: 4 },
  members: { otherwise: 2, from: 1, to: 2 },
  computes: { otherwise: 4, from: 2, to: 10 },
  tenants: { otherwise: 2, from: 1, to: 4 },
  bfd: { otherwise: 300, from: 50, to: 10_000 },
} as const;

/** Reads the parameters; throws command-line for one that is unknown, no whole number, or out of its range. */
export const settingsOf = (parameters: Parameters): Settings => {
  const known = [...Object.keys(bounds), 'name'];
  const unknown = Object.keys(parameters).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new XiyouError('command-line', `-p ${unknown}=${parameters[unknown] ?? ''}: journey has no such parameter`, {
      hint: `it has ${known.join(', ')}`,
    });
  const number = (key: keyof typeof bounds): number => wholeNumber(parameters, key, bounds[key]);
  return {
    regions: number('regions'),
    zones: number('zones'),
    racks: number('racks'),
    members: number('members'),
    computes: number('computes'),
    tenants: number('tenants'),
    bfd: number('bfd'),
  };
};
