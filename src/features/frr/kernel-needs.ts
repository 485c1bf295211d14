/** What the lines of FRR's files ask of the kernel. FRR takes such lines on any kernel, and then does nothing with them. */
import type { Topology } from '../../topology/topology.ts';
import { frrOf, linesOf, originOf, startedDaemons, textsOf } from './files.ts';

export type KernelNeed = 'vrf' | 'mpls';

export interface NeedingLine {
  readonly need: KernelNeed;
  readonly node: string;
  readonly file: string;
  readonly line: number;
  readonly text: string;
  /** The node's files only tell what FRR does not take. */
  readonly noted: boolean;
}

const needs: readonly (readonly [KernelNeed, RegExp])[] = [
  [
    'vrf',
    /^(?:vrf (?!default\b)\S+|(?:router|interface) .* vrf (?!default\b)\S+|ipv?6? route .* (?:nexthop-)?vrf (?!default\b)\S+)/u,
  ],
  ['mpls', /^(?:mpls ldp\b|mpls lsp\b|segment-routing on\b|ipv?6? route .* label \d)/u],
];

/** Lines that ask for VRFs or MPLS, each once, in the order of the nodes. */
export const kernelNeeds = (topology: Topology): NeedingLine[] => {
  const found = new Map<string, NeedingLine>();
  for (const node of topology.nodes) {
    const settings = frrOf(node);
    if (settings === undefined) continue;
    for (const daemon of startedDaemons(settings)) {
      const origin = originOf(settings, daemon);
      const lines = textsOf(settings, daemon).flatMap(({ text }) => linesOf(text));
      for (const [index, written] of lines.entries()) {
        const text = written.trim();
        const need = needs.find(([, pattern]) => pattern.test(text))?.[0];
        const [file, line] = origin[index] ?? [daemon, index + 1];
        if (need !== undefined)
          found.set(`${file}:${line}`, { need, node: node.name, file, line, text, noted: settings.refused === 'note' });
      }
    }
  }
  return [...found.values()];
};
