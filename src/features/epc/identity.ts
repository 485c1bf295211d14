/**
 * Names and numbers of an LTE network where the file gives none. They are made from the topology alone, so the same
 * file always makes the same network.
 */
import { createHash } from 'node:crypto';
import type { Node, Topology } from '../../topology/topology.ts';
import { all, type FunctionNode } from './nodes.ts';
import { homeOf } from './radio.ts';

/** Of a phone that reaches no MME: the settings' own default. */
const homelessPlmn = '46000';
/** Digits of an IMSI (TS 23.003, 2.2). */
const imsiLength = 15;

/** What a SIM card and the HSS share. */
export interface Sim {
  readonly imsi: string;
  readonly k: string;
  readonly opc: string;
  readonly msisdn: string;
}

const sims = new WeakMap<Topology, ReadonlyMap<string, Sim>>();

/** 128 bits that only the words decide, as hexadecimal digits. */
const derived = (...words: readonly string[]): string =>
  createHash('sha256').update(words.join(' ')).digest('hex').slice(0, 32);

/** Keys that an IMSI has when the file gives it none. */
export const keysOf = (imsi: string): Pick<Sim, 'k' | 'opc'> => ({
  k: derived('Xiyou K', imsi),
  opc: derived('Xiyou OPc', imsi),
});

export const plmnOf = (topology: Topology, phone: FunctionNode<'ue'>): string =>
  homeOf(topology, phone)?.settings.plmn ?? homelessPlmn;

const simsOf = (topology: Topology): ReadonlyMap<string, Sim> => {
  const made = sims.get(topology);
  if (made !== undefined) return made;
  const phones = all(topology, 'ue');
  const taken = new Set(phones.flatMap(({ settings }) => settings.imsi ?? []));
  let number = 0;
  const nextImsi = (plmn: string): string => {
    for (;;) {
      number += 1;
      const imsi = plmn + String(number).padStart(imsiLength - plmn.length, '0');
      if (!taken.has(imsi)) return imsi;
    }
  };
  const result = new Map(
    phones.map((phone, index) => {
      const { node, settings } = phone;
      const imsi = settings.imsi ?? nextImsi(plmnOf(topology, phone));
      const keys = keysOf(imsi);
      // China's country code, a mobile prefix, and eight digits, as E.164 has them.
      const msisdn = settings.msisdn ?? `86138${String(index + 1).padStart(8, '0')}`;
      return [node.name, { imsi, k: settings.k ?? keys.k, opc: settings.opc ?? keys.opc, msisdn }];
    }),
  );
  sims.set(topology, result);
  return result;
};

export const simOf = (topology: Topology, phone: FunctionNode<'ue'>): Sim => {
  const sim = simsOf(topology).get(phone.node.name);
  if (sim === undefined) throw new Error(`${phone.node.name} is no phone of this topology`);
  return sim;
};

/** Macro eNodeB identity: as written, else the place among the eNodeBs, from 1. */
export const enodebId = (topology: Topology, { node, settings }: FunctionNode<'enodeb'>): number =>
  settings.id ?? all(topology, 'enodeb').findIndex((other) => other.node.name === node.name) + 1;

/** MME code: as written, else the place among the MMEs, from 1. */
export const mmeCode = (topology: Topology, { node, settings }: FunctionNode<'mme'>): number =>
  settings.code ?? all(topology, 'mme').findIndex((other) => other.node.name === node.name) + 1;

/** The realm of a network (TS 23.003, 19.2): `epc.mnc000.mcc460.3gppnetwork.org`. */
export const realmOf = (plmn: string): string =>
  `epc.mnc${plmn.slice(3).padStart(3, '0')}.mcc${plmn.slice(0, 3)}.3gppnetwork.org`;

/** A node's Diameter identity. */
export const diameterHost = (node: Node, plmn: string): string => `${node.name}.${realmOf(plmn)}`;
