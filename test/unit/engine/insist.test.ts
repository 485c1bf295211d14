/** What a file insists on is refused with its place where the kernel lacks it, and only there. */
import t from 'tap';
import { requireInsisted } from '../../../src/engine/insist.ts';
import { registry } from '../../../src/engine/load.ts';
import { XiyouError, formatError } from '../../../src/errors.ts';
import type { Ability } from '../../../src/kernel/capabilities.ts';
import { parseText } from '../../../src/topology/document.ts';
import { loadText } from '../../../src/topology/load.ts';

const lab = (hypervisor: string, groups: string, more = ''): string => `name: x
${more}networks:
  red: {vni: 1, prefix4: 10.0.0.0/24, tenant: a}
tenants:
  a: {groups: {open: {in: [{}]}}}
nodes:
  hv: {kind: hypervisor${hypervisor}}
  h: {kind: host}
links:
  - {endpoints: [{node: h${groups}}, hv], network: red}
`;

/** What is said of the file on a kernel that lacks these; nothing where it may be. */
const said = (text: string, ...lacks: Ability[]): string => {
  try {
    requireInsisted(loadText(text, 'x.yml', registry), 'x.yml', parseText(text), (ability) => !lacks.includes(ability));
    return '';
  } catch (error) {
    if (error instanceof XiyouError) return formatError(error);
    throw error;
  }
};

void t.test('datapath: kernel where there is none', (t) => {
  const text = lab(', datapath: kernel', '');
  t.equal(said(text), '');
  const told = said(text, 'openvswitch');
  t.match(told, /error\[not-possible-here\]/u);
  t.match(told, /where: x\.yml:7:36\n/u, 'file, line and column of the value');
  t.match(told, /hv wants Open vSwitch's kernel datapath, and this kernel has none/u);
  t.match(told, /hint: modprobe openvswitch/u);
  t.equal(said(lab('', ''), 'openvswitch', 'zones'), '', 'auto insists on nothing');
  t.equal(said(lab(', datapath: userspace', ''), 'openvswitch', 'zones'), '');
  t.end();
});

void t.test('security groups in a kernel whose connection tracker has no zones', (t) => {
  t.match(said(lab(', datapath: kernel', ', groups: [open]'), 'zones'), /x\.yml:7:36 .*no zones/u);
  t.equal(said(lab(', datapath: kernel', ''), 'zones'), '', 'without groups no zones are needed');
  t.end();
});

void t.test('what stands in the defaults is told there, once', (t) => {
  const second = 'nodes:\n  hv2: {kind: hypervisor}\n';
  const text = lab('', '', 'defaults: {hypervisor: {datapath: kernel}}\n').replace('nodes:\n', second);
  const told = said(text, 'openvswitch');
  t.match(told, /where: x\.yml:2:35\n/u);
  t.match(told, /hv2 wants/u, 'of the first');
  t.notMatch(told, /hv wants/u, 'and of no other');
  t.end();
});

void t.test('a list insists by being there', (t) => {
  const rule = '{address: 203.0.113.10, to: 172.16.0.10, out: h}';
  const text = (nat: string): string => `name: x
nodes:
  g: {kind: gateway, gateway: none, nat: {${nat}}}
  h: {kind: host}
links:
  - [{node: g, addresses: [203.0.113.1/24]}, {node: h, addresses: [203.0.113.2/24]}]
`;
  t.match(said(text(`stateless: [${rule}]`), 'stateless-nat'), /x\.yml:3:\d+ nodes\.g\.nat\.stateless: g translates/u);
  t.equal(said(text(`floating: [${rule}]`), 'stateless-nat'), '');
  t.end();
});
