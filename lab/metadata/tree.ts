/**
 * What a machine finds below /latest/meta-data: the names that Amazon's EC2 gave them, which every cloud's images know
 * (EC2 user guide, "Instance metadata categories"). What a lab has no answer to is not there.
 */
import { createHash } from 'node:crypto';
import type { Machine, MachineInterface } from './config.ts';

/** A text, or a directory of them. */
export type Tree = string | { readonly [name: string]: Tree };

/** `i-` and 17 hexadecimal digits: the same machine of the same lab has the same one each time. */
export const instanceId = (lab: string, node: string): string =>
  `i-${createHash('sha256').update(`${lab}/${node}`).digest('hex').slice(0, 17)}`;

const lines = (values: readonly string[]): string => values.join('\n');

/** Entries without those whose text is empty: an address that a machine has not is no file. */
const present = (entries: readonly (readonly [string, Tree])[]): Tree =>
  Object.fromEntries(entries.filter(([, value]) => value !== ''));

const interfaceTree = (hostname: string, own: MachineInterface, index: number): Tree =>
  present([
    ['device-number', String(index)],
    ['ipv6s', lines(own.ipv6)],
    ['local-hostname', hostname],
    ['local-ipv4s', lines(own.ipv4)],
    ['mac', own.mac],
    ['public-ipv4s', lines(own.public4)],
    ['security-groups', lines(own.groups)],
    ['subnet-ipv4-cidr-block', own.subnet4 ?? ''],
  ]);

/** Everything of one machine below meta-data. */
export const metaData = (lab: string, machine: Machine): Tree => {
  const { hostname, interfaces, mac, address } = machine;
  const asking = interfaces.find((own) => own.mac === mac);
  return present([
    ['hostname', hostname],
    ['instance-id', instanceId(lab, machine.node)],
    ['local-hostname', hostname],
    ['local-ipv4', address],
    ['mac', mac],
    [
      'network',
      {
        interfaces: {
          macs: Object.fromEntries(interfaces.map((own, index) => [own.mac, interfaceTree(hostname, own, index)])),
        },
      },
    ],
    ['public-ipv4', asking?.public4[0] ?? ''],
    ['security-groups', lines(asking?.groups ?? [])],
  ]);
};

/** The text at a path of names, or a directory's list of names, one a line, directories with / at their end. */
export const find = (tree: Tree, names: readonly string[]): string | undefined => {
  let at: Tree | undefined = tree;
  for (const name of names) {
    if (typeof at !== 'object' || !Object.hasOwn(at, name)) return undefined;
    at = at[name];
  }
  if (typeof at !== 'object') return at;
  return Object.entries(at)
    .map(([name, value]) => (typeof value === 'object' ? `${name}/` : name))
    .join('\n');
};
