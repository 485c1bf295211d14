/**
 * Labs with hypervisors over Open vSwitch's datapath in the kernel, and over the one in user space beside it: the same
 * checks of the same files, a second `up` that finds nothing to do, and nothing left.
 */
import { readFileSync } from 'node:fs';
import test from 'ava';
import { parse, stringify } from 'yaml';
import { kernelHas } from '../../src/kernel/capabilities.ts';
import { eventOf, testLab } from '../helpers/lab.ts';

const inGuest = process.env['XIYOU_GUEST'] === '1';

type Datapath = 'kernel' | 'userspace';

interface Written {
  nodes: Record<string, { kind: string; datapath?: string }>;
  tenants?: Record<string, { groups?: unknown }>;
  links: ({ endpoints: ({ groups?: unknown } | string)[] } | string[])[];
  checks: { is?: string; expect?: string }[];
}

/** A file's text with all hypervisors on a datapath; without security groups, and what is stated of those, if wanted. */
const textWith = (name: string, datapath: Datapath, groups: boolean): string => {
  const written = parse(readFileSync(`topologies/${name}.yml`, 'utf8'), { merge: true }) as Written;
  for (const node of Object.values(written.nodes)) if (node.kind === 'hypervisor') node.datapath = datapath;
  if (groups) return stringify(written);
  for (const tenant of Object.values(written.tenants ?? {})) delete tenant.groups;
  for (const link of written.links)
    if (!Array.isArray(link)) for (const end of link.endpoints) if (typeof end !== 'string') delete end.groups;
  return stringify({ ...written, checks: written.checks.filter(({ is }) => is !== 'blocked') });
};

/** Open vSwitch's own word for it. */
const words = { kernel: 'system', userspace: 'netdev' } as const;

for (const [name, datapath] of [
  ['vpc', 'kernel'],
  ['tenants', 'kernel'],
  ['vpc', 'userspace'],
] as const)
  test.serial(`${name} over the ${datapath} datapath: up, checked, nothing to do, gone`, async (t) => {
    if (datapath === 'kernel' && !inGuest && !kernelHas('openvswitch')) return t.pass('not on this kernel');
    // Where the connection tracker has no zones, Open vSwitch in the kernel has no security groups.
    const zones = datapath === 'userspace' || kernelHas('zones');
    const lab = testLab(t, `${name}.yml`, textWith(name, datapath, zones));
    const first = await lab.up();
    t.log(`up in ${eventOf(first, 'done')?.seconds} s`);
    const shown = await lab.exec('hv1', 'ovs-appctl', 'dpif/show');
    t.regex(shown.stdout, new RegExp(`^${words[datapath]}@`, 'mu'), shown.stderr);
    t.deepEqual(await lab.failedChecks(), []);
    if (name === 'tenants') {
      // The tenants' router is no machine: the hypervisor's kernel answers for it, and says that it is a router.
      t.is((await lab.exec('buddha', 'ping', '-6', '-c', '1', '-W', '5', '2001:db8:1::1')).exitCode, 0);
      const neighbours = (await lab.exec('buddha', 'ip', '-6', 'neigh')).stdout;
      t.regex(neighbours, /^2001:db8:1::1 .*lladdr 06:00:00:00:13:89 router/mu);
    }
    const second = await lab.up();
    t.is(eventOf(second, 'plan')?.missing, 0);
    t.false(eventOf(second, 'done')?.changed);
    t.is((await lab.down()).exitCode, 0);
    return t.deepEqual(await lab.left(), []);
  });
