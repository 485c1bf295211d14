/** Pictures of a topology: Mermaid for documents, DOT for Graphviz (and SVG made from it). Pure text. */
import type { Node, Topology } from './topology.ts';

/** Shape and colour of a kind: [DOT shape, fill, Mermaid brackets]. Colours stay apart in grey and for the colour-blind. */
const looks: Readonly<Record<string, readonly [string, string, string, string]>> = {
  host: ['box', '#fdf3d0', '[', ']'],
  switch: ['box', '#d7e8f7', '[[', ']]'],
  router: ['ellipse', '#f8d9c4', '((', '))'],
  gateway: ['hexagon', '#e3d5f0', '{{', '}}'],
  stack: ['box', '#c9dbe0', '[[', ']]'],
  hypervisor: ['box3d', '#d5ead7', '[/', '/]'],
};
const plain = ['box', '#eeeeee', '[', ']'] as const;
const lookOf = (node: Node): readonly [string, string, string, string] => looks[node.kind] ?? plain;

const label = (node: Node): string[] => [node.title ?? node.name, ...(node.title === undefined ? [] : [node.name])];
/** IPv4 addresses first: pictures have little room. */
const addressOf = (node: Node, link: number): string =>
  node.interfaces.find((port) => port.link === link)?.addresses[0]?.split('/')[0] ?? '';

/** Groups of nodes that belong together: autonomous systems, in the order of the file. */
const systems = (topology: Topology): ReadonlyMap<number | undefined, Node[]> =>
  Map.groupBy(topology.nodes, (node) => node.asn);

const linkLabel = (topology: Topology, index: number): string => {
  const link = topology.links[index];
  const network = topology.networks.find((candidate) => candidate.name === link?.network);
  return network === undefined ? '' : `VNI ${network.vni}`;
};

const dotText = (lines: readonly string[]): string =>
  `"${lines.map((line) => line.replaceAll('\\', '\\\\').replaceAll('"', '\\"')).join('\\n')}"`;

/** Up to so many nodes are drawn from left to right; more from top to bottom, as pages are read. */
const longRow = 10;

/** The topology as Graphviz reads it. */
export const dot = (topology: Topology): string => {
  const nodeLine = (node: Node): string => {
    const [shape, fill] = lookOf(node);
    return `${dotText([node.name])} [label=${dotText(label(node))}, shape=${shape}, fillcolor="${fill}"];`;
  };
  const byName = new Map(topology.nodes.map((node) => [node.name, node]));
  const groups = [...systems(topology)].flatMap(([asn, nodes]) =>
    asn === undefined
      ? nodes.map((node) => `  ${nodeLine(node)}`)
      : [
          `  subgraph cluster_as${asn} {`,
          `    label="AS ${asn}"; style="rounded,dashed"; color="#888888"; fontcolor="#555555"; fontsize=11; labeljust=l;`,
          ...nodes.map((node) => `    ${nodeLine(node)}`),
          '  }',
        ],
  );
  const edges = topology.links.map((link, index) => {
    const [left, right] = link.ends;
    const end = (node: string): string => addressOf(byName.get(node) ?? ({ interfaces: [] } as unknown as Node), index);
    return `  ${dotText([left.node])} -- ${dotText([right.node])} [taillabel=${dotText([end(left.node)])}, headlabel=${dotText([end(right.node)])}, label=${dotText([linkLabel(topology, index)])}];`;
  });
  return [
    `graph ${dotText([topology.name])} {`,
    `  label=${dotText([topology.title ?? topology.name])}; labelloc=t; rankdir=${topology.nodes.length > longRow ? 'TB' : 'LR'}; fontsize=18; nodesep=0.9; ranksep=0.7;`,
    '  fontname="sans-serif"; node [fontname="sans-serif", style=filled, fontsize=11, color="#555555"]; edge [fontname="sans-serif", fontsize=9, color="#555555", fontcolor="#555555", labeldistance=2.4, labelangle=35];',
    ...groups,
    ...edges,
    '}',
    '',
  ].join('\n');
};

/** Mermaid wants identifiers without hyphens; labels go between quotes. */
const mermaidId = (name: string): string => `n_${name.replaceAll('-', '_')}`;
const mermaidText = (lines: readonly string[]): string => `"${lines.join('<br/>').replaceAll('"', '#quot;')}"`;

/** The topology as Mermaid's flowchart. */
export const mermaid = (topology: Topology): string => {
  const nodeLine = (node: Node): string => {
    const [, , open, close] = lookOf(node);
    return `${mermaidId(node.name)}${open}${mermaidText(label(node))}${close}`;
  };
  const groups = [...systems(topology)].flatMap(([asn, nodes]) =>
    asn === undefined
      ? nodes.map((node) => `  ${nodeLine(node)}`)
      : [`  subgraph as${asn}["AS ${asn}"]`, ...nodes.map((node) => `    ${nodeLine(node)}`), '  end'],
  );
  const edges = topology.links.map((link, index) => {
    const text = linkLabel(topology, index);
    return `  ${mermaidId(link.ends[0].node)} ${text === '' ? '---' : `---|${text}|`} ${mermaidId(link.ends[1].node)}`;
  });
  return ['flowchart LR', ...groups, ...edges, ''].join('\n');
};
