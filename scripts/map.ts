/** Draws docs/journey.svg, the map of the flagship in the README: where the order passes, and what happens to it there. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { loadTopology } from '../src/engine/load.ts';
import { projectDirectory } from '../src/engine/paths.ts';

interface Band {
  readonly name: string;
  readonly fill: string;
  readonly nodes: readonly string[];
  /** Read from right to left. */
  readonly back?: boolean;
  /** The way that is not taken: dashed, and beside the road. */
  readonly aside?: boolean;
}

/** Bands of the map from top to bottom, read in turns like a winding road. */
const bands: readonly Band[] = [
  { name: '东土 · the phone and the LTE core', fill: '#fdf3d0', nodes: ['phone', 'enb', 'sgw', 'pgw', 'nat'] },
  {
    name: '大唐 · Tang A, AS 65001, and the transit carriers T1 and T2, AS 65010 and 65020',
    fill: '#f8d9c4',
    nodes: ['a1', 'a2', 'c1', 'c2', 'd1'],
    back: true,
  },
  {
    name: 'the shorter AS path, 65666 65040, which policy passes over',
    fill: '#e4e4e4',
    nodes: ['ix', 'f1', 'border2'],
    back: true,
    aside: true,
  },
  {
    name: '西牛贺洲 · the cloud, AS 65040',
    fill: '#d7e8f7',
    nodes: ['border', 'firewall', 'core1', 'agg1', 'acc1', 'gateway'],
  },
  {
    name: '灵山 · the private network, VNI 5001',
    fill: '#d5ead7',
    nodes: ['host-g', 'acc2', 'host-a', 'balancer', 'host-b', 'controller'],
    back: true,
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
  d1: 'eBGP',
  border: 'eBGP',
  firewall: 'published?',
  core1: 'ECMP',
  agg1: 'ECMP',
  acc1: 'eBGP',
  gateway: 'stateless NAT',
  'host-g': 'VXLAN',
  acc2: 'VXLAN ends',
  'host-a': 'to the VM',
  balancer: 'second TCP connection',
  'host-b': 'VXLAN ends',
};
const [width, left, top, bandHeight] = [1180, 50, 70, 140];
const height = top + bands.length * bandHeight - 24;
/** Boxes of a band, so that five or six of them fill its width. */
const columnsOf = ({ nodes }: Band): { readonly box: number; readonly step: number } => {
  const columns = Math.max(5, nodes.length);
  const box = columns > 5 ? 148 : 168;
  return { box, step: (width - 2 * left - box) / (columns - 1) };
};

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const { topology } = await loadTopology('journey');
const titleOf = (name: string): string => topology.nodes.find((node) => node.name === name)?.title ?? name;

const grounds: string[] = [];
const parts: string[] = [];
const line = (kind: string, x1: number, y1: number, x2: number, y2: number): void => {
  parts.push(`<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" class="${kind}"/>`);
};
/** The next band that the road goes through, and how many bands further down it is. */
const follows = (row: number): number => bands.slice(row + 1).findIndex(({ aside }) => aside !== true) + 1;

for (const [row, band] of bands.entries()) {
  const { name, fill, nodes, back = false, aside = false } = band;
  const { box, step } = columnsOf(band);
  const y = top + row * bandHeight;
  // What is beside the road begins below the second box of the road above, where the two ways part.
  const first = aside ? 1 : 0;
  const last = aside ? 4 : Math.max(5, nodes.length) - 1;
  const x = (column: number): number => Math.round(left + (back ? last - first - column : column) * step);
  const road = aside ? 'passed' : 'road';
  grounds.push(
    `<rect x="16" y="${y - 26}" width="${width - 32}" height="${bandHeight - 14}" rx="12" fill="${fill}" opacity="0.55"/>`,
  );
  // Beside where the road comes in.
  const entered = row > 0 && !back;
  const [at, anchor] = aside ? [left + step, 'start'] : entered ? [width - 30, 'end'] : [30, 'start'];
  parts.push(`<text x="${at}" y="${y - 8}" class="band" text-anchor="${anchor}">${escape(name)}</text>`);
  for (const [column, node] of nodes.entries()) {
    const [at, label] = [x(column), titleOf(node).split(' · ')];
    parts.push(
      `<rect x="${at}" y="${y + 10}" width="${box}" height="56" rx="8" class="node${aside ? ' aside' : ''}"/>`,
    );
    parts.push(`<text x="${at + box / 2}" y="${y + 34}" class="title">${escape(label[0] ?? node)}</text>`);
    parts.push(
      `<text x="${at + box / 2}" y="${y + 54}" class="role">${escape((label[1] ?? node).replace(/ of the .*$|, zone .*$/u, ''))}</text>`,
    );
    const event = events[node] ?? '';
    if (aside && column === 0) line(road, at + box / 2, y - bandHeight + 66, at + box / 2, y + 10);
    const below = columnsOf(bands[row + 1] ?? band);
    // Both borders lead to the firewall, which stands second below.
    if (aside && column + 1 === nodes.length)
      line(road, at + box / 4, y + 66, left + below.step + below.box / 2, y + bandHeight + 10);
    if (column + 1 < nodes.length) {
      const [from, to] = back ? [at, x(column + 1) + box] : [at + box, x(column + 1)];
      line(road, from, y + 38, to, y + 38);
      if (!aside) parts.push(`<text x="${(from + to) / 2}" y="${y + 88}" class="event">${escape(event)}</text>`);
    } else if (!aside && row + 1 < bands.length) {
      const middle = at + box / 2;
      line(road, middle, y + 66, middle, y + follows(row) * bandHeight + 10);
      parts.push(`<text x="${middle + 8}" y="${y + 88}" class="event beside">${escape(event)}</text>`);
    }
  }
}
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif">
<style>
.band{font-size:13px;fill:#555} .node{fill:#fff;stroke:#555;stroke-width:1.2} .title{font-size:16px;text-anchor:middle;fill:#222}
.role{font-size:12px;text-anchor:middle;fill:#555} .event{font-size:11.5px;text-anchor:middle;fill:#a33} .event.beside{text-anchor:start} .road{stroke:#a33;stroke-width:2.2;marker-end:url(#arrow)}
.aside{stroke-dasharray:5 4} .passed{stroke:#777;stroke-width:1.4;stroke-dasharray:5 4}
</style>
<defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto-start-reverse"><path d="M0 0 8 4 0 8z" fill="#a33"/></marker></defs>
<rect width="${width}" height="${height}" fill="#fff"/>
<text x="${width / 2}" y="28" style="font-size:19px" text-anchor="middle">${escape(topology.title ?? topology.name)}</text>
${[...grounds, ...parts].join('\n')}
</svg>
`;
writeFileSync(path.join(projectDirectory, 'docs/journey.svg'), svg);
