/** A small LTE network as a topology file's value, for tests that change something of it. */
import { registry } from '../../src/engine/load.ts';
import { loadValue } from '../../src/topology/load.ts';
import type { Topology } from '../../src/topology/topology.ts';

type Entry = Readonly<Record<string, unknown>>;

/** What is given instead of, or beside, the nodes of the network; undefined takes one away. */
export interface LteChanges {
  readonly nodes?: Readonly<Record<string, Entry | undefined>>;
  /** Links beside those to `air` and `site`. */
  readonly links?: readonly unknown[];
  /** Nodes on the radio and in the operator's network. */
  readonly air?: readonly string[];
  readonly site?: readonly string[];
  readonly siteLink?: Entry;
}

/** A node with a function. */
export const fn = (role: string, settings: Entry = {}, kind = role === 'pgw' ? 'gateway' : 'host'): Entry => ({
  kind,
  epc: { role, ...settings },
});

/** Two phones and two eNodeBs on one air, every function of the core on one switch. */
export const lteFile = ({ nodes = {}, links = [], air, site, siteLink = {} }: LteChanges = {}): Entry => {
  const all: Record<string, Entry | undefined> = {
    phone1: fn('ue'),
    phone2: fn('ue'),
    air: { kind: 'switch' },
    enb1: fn('enodeb'),
    enb2: fn('enodeb'),
    site: { kind: 'switch' },
    mme: fn('mme'),
    hss: fn('hss'),
    sgw: fn('sgw'),
    pgw: fn('pgw'),
    ocs: fn('ocs'),
    ...nodes,
  };
  const there = (name: string): boolean => all[name] !== undefined;
  const joined = (names: readonly string[], to: string, more: Entry = {}): unknown[] =>
    names.filter(there).map((name) => ({ endpoints: [name, to], ...more }));
  return {
    name: 'lte-fixture',
    nodes: Object.fromEntries(Object.entries(all).filter(([, entry]) => entry !== undefined)),
    links: [
      ...joined(air ?? ['phone1', 'phone2', 'enb1', 'enb2'], 'air'),
      ...joined(site ?? ['enb1', 'enb2', 'mme', 'hss', 'sgw', 'pgw', 'ocs'], 'site', {
        mtu: 1600,
        prefix4: '10.10.0.0/24',
        ...siteLink,
      }),
      ...links,
    ],
  };
};

/** The same, resolved. @throws TopologyError with every problem */
export const lte = (changes: LteChanges = {}): Topology => loadValue(lteFile(changes), 'lte.yml', registry);
