/**
 * The datapaths of Open vSwitch that this machine has. A test of tenants' networks is run on each: what a network does must
 * not depend on who forwards.
 */
import { kernelHas } from '../../src/kernel/capabilities.ts';

export type SwitchDatapath = 'kernel' | 'userspace';

export const switchDatapaths: readonly SwitchDatapath[] = [
  ...(kernelHas('tun') ? (['userspace'] as const) : []),
  // Security groups are kept apart by zones.
  ...(kernelHas('openvswitch') && kernelHas('zones') ? (['kernel'] as const) : []),
];

/** The topology file with this datapath at every hypervisor that says nothing else. */
export const onDatapath = (text: string, datapath: SwitchDatapath): string => {
  if (/^defaults:/mu.test(text)) throw new Error('the topology has defaults of its own');
  return `${text}\ndefaults: {hypervisor: {datapath: ${datapath}}}\n`;
};
