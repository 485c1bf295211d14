/** Draws docs/journey.svg, the map of the flagship in the README: where the order passes, and what happens to it there. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadTopology } from '../src/engine/load.ts';
import { projectDirectory } from '../src/engine/paths.ts';

/** Bands of the map from top to bottom, each read in its own direction like a winding road. */
const bands: readonly { readonly name: string; readonly fill: string; readonly nodes: readonly string[] }[] = [
  { name: '东土 · the phone and the LTE core', fill: '#fdf3d0', nodes: ['phone', 'enb', 'sgw', 'pgw', 'nat'] },
  {
    name: '大唐 AS 65001, and the countries on the way, AS 65002',
    fill: '#f8d9c4',
    nodes: ['a1', 'a2', 'c1', 'c2', 'border'],
  },
  {
    name: '西牛贺洲 · the cloud, AS 65003',
    fill: '#d7e8f7',
    nodes: ['core', 'aggregation', 'access', 'gateway', 'host-g'],
  },
  {
    name: '灵山 · the private network, VNI 5001',
    fill: '#d5ead7',
    nodes: ['fabric', 'host-a', 'balancer', 'host-b', 'controller'],
  },
];
/** What happens to the packet between a node and the next one. */
const events: Readonly<Record<string, string>> = {
  phone: 'radio link',
  enb: 'S1-U tunnel',
  sgw: 'S5 tunnel',
  pgw: 'tunnel ends',
  nat: 'SNAT',
  a1: 'OSPF',
  a2: 'eBGP',
  c1: 'OSPF + iBGP',
  c2: 'eBGP',
  border: 'Ethernet',
  gateway: 'DNAT',
  'host-g': 'VXLAN',
  fabric: 'VXLAN ends',
  'host-a': 'to the VM',
  balancer: 'second TCP connection',
  'host-b': 'VXLAN ends',
};
const [width, height, box, step, left, top, band] = [1180, 606, 168, 222, 50, 70, 140];

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const { topology } = await loadTopology('journey');
const titleOf = (name: string): string => topology.nodes.find((node) => node.name === name)?.title ?? name;

const grounds: string[] = [];
const parts: string[] = [];
for (const [row, { name, fill, nodes }] of bands.entries()) {
  const y = top + row * band;
  const forward = row % 2 === 0;
  grounds.push(
    `<rect x="16" y="${y - 26}" width="${width - 32}" height="${band - 14}" rx="12" fill="${fill}" opacity="0.55"/>`,
  );
  parts.push(`<text x="30" y="${y - 8}" class="band">${escape(name)}</text>`);
  const x = (column: number): number => left + (forward ? column : nodes.length - 1 - column) * step;
  for (const [column, node] of nodes.entries()) {
    const [at, label] = [x(column), titleOf(node).split(' · ')];
    parts.push(`<rect x="${at}" y="${y + 10}" width="${box}" height="56" rx="8" class="node"/>`);
    parts.push(`<text x="${at + box / 2}" y="${y + 34}" class="title">${escape(label[0] ?? node)}</text>`);
    parts.push(
      `<text x="${at + box / 2}" y="${y + 54}" class="role">${escape((label[1] ?? node).replace(/ of the .*$/u, ''))}</text>`,
    );
    const event = events[node] ?? '';
    if (column + 1 < nodes.length) {
      const [from, to] = forward ? [at + box, x(column + 1)] : [at, x(column + 1) + box];
      parts.push(`<line x1="${from}" y1="${y + 38}" x2="${to}" y2="${y + 38}" class="road"/>`);
      parts.push(`<text x="${(from + to) / 2}" y="${y + 88}" class="event">${escape(event)}</text>`);
    } else if (row + 1 < bands.length) {
      const middle = at + box / 2;
      parts.push(`<line x1="${middle}" y1="${y + 66}" x2="${middle}" y2="${y + band + 10}" class="road"/>`);
      parts.push(`<text x="${middle + 8}" y="${y + 88}" class="event beside">${escape(event)}</text>`);
    }
  }
}
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">
<style>
.band{font-size:13px;fill:#555} .node{fill:#fff;stroke:#555;stroke-width:1.2} .title{font-size:16px;text-anchor:middle;fill:#222}
.role{font-size:12px;text-anchor:middle;fill:#555} .event{font-size:11.5px;text-anchor:middle;fill:#a33} .event.beside{text-anchor:start} .road{stroke:#a33;stroke-width:2.2;marker-end:url(#arrow)}
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#a33"/></marker></defs>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${width / 2}" y="28" style="font-size:19px" text-anchor="middle">${escape(topology.title ?? topology.name)}</text>
${[...grounds, ...parts].join('\n')}
</svg>
`;
writeFileSync(path.join(projectDirectory, 'docs/journey.svg'), svg);
