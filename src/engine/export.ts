/** Writes a lab for containerlab: its file, and the files that its nodes bind. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { XiyouError } from '../errors.ts';
import { type ContainerlabLab, type Images, toContainerlab } from '../plan/containerlab.ts';
import { planTopology } from '../plan/plan.ts';
import { yamlOf } from '../topology/document.ts';
import type { Topology } from '../topology/topology.ts';
import { registry } from './load.ts';

/** The lab, planned for a machine that can do everything: what containerlab's machine has is not known. */
export const containerlabOf = (topology: Topology, images: Images): ContainerlabLab & { readonly text: string } => {
  const plan = planTopology(topology, registry, {
    openvswitch: true,
    zones: true,
    netem: true,
    cubic: true,
    nftables: true,
  });
  const lab = toContainerlab(plan, images);
  if (lab.problems.length > 0)
    throw new XiyouError('not-exportable', `lab ${topology.name} has what containerlab has not`, {
      details: lab.problems,
      hint: 'leave these nodes out, or export the parts that are hosts, routers and switches',
    });
  return { ...lab, text: `# Made from lab ${topology.name} by xiyou export.\n${yamlOf(lab.value)}` };
};

/** Writes the lab into a directory; returns the files that were written. */
export const writeContainerlab = (topology: Topology, images: Images, directory: string): string[] => {
  const { text, files } = containerlabOf(topology, images);
  const all = new Map([[`${topology.name}.clab.yml`, text], ...files]);
  return [...all].map(([name, content]) => {
    const file = path.join(directory, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  });
};
