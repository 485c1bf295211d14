/**
 * The datapaths of Open vSwitch that this machine has. A test of tenants' networks is run on each: what a network does must
 * not depend on who forwards.
 */
import { capabilities, hasTun } from '../../src/kernel/capabilities.ts';

export type SwitchDatapath = 'kernel' | 'userspace';

export const switchDatapaths: readonly SwitchDatapath[] = [
  ...(hasTun() ? (['userspace'] as const) : []),
  ...(capabilities().openvswitch ? (['kernel'] as const) : []),
];

/** The topology file with this datapath at every hypervisor that says nothing else. */
export const onDatapath = (text: string, datapath: SwitchDatapath): string => {
  if (/^defaults:/mu.test(text)) throw new Error('the topology has defaults of its own');
  return `${text}\ndefaults: {hypervisor: {datapath: ${datapath}}}\n`;
};
