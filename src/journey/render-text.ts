/** Passports and ledgers as text for a terminal: plain, or in colours by a painter that the caller brings. */
import type { FormatEnd, FormatTable } from './format-table.ts';
import type { AmbiguousGroup, Ledger } from './ledger.ts';
import type { Loss } from './loss.ts';
import type { Outcome } from './outcome.ts';
import type { Leg, Passport, Stamp } from './passport.ts';

/** How parts of the text are set off; each takes and returns text without changing its width. */
export interface Painter {
  readonly title: (text: string) => string;
  readonly node: (text: string) => string;
  readonly what: (text: string) => string;
  readonly faint: (text: string) => string;
  readonly good: (text: string) => string;
  readonly bad: (text: string) => string;
}

const same = (text: string): string => text;
export const plain: Painter = { title: same, node: same, what: same, faint: same, good: same, bad: same };

const end = ({ value, owner }: FormatEnd): string => (owner === undefined ? value : `${value} (${owner})`);

/** The packet's clothes, with the arrows of all headers in one column. */
const formatLines = (table: FormatTable, painter: Painter): string[] => {
  const name = Math.max(...table.map((row) => row.name.length));
  const left = Math.max(...table.map((row) => ('source' in row ? end(row.source).length : 0)));
  return table.map((row, index) => {
    const edge = table.length === 1 ? '╶' : index === 0 ? '┌' : index === table.length - 1 ? '└' : '│';
    const text = 'source' in row ? `${end(row.source).padEnd(left)} → ${end(row.destination)}` : row.value;
    return painter.faint(`                      ${edge} ${row.name.padEnd(name)}  ${text}`);
  });
};

const micros = (time: number): string => time.toFixed(1);

const stampLines = (stamp: Stamp, painter: Painter, layers: boolean): string[] => {
  const arrow = stamp.direction === 'out' ? '→' : '←';
  const mark = stamp.grade === 'unexplained' ? painter.bad('✗') : stamp.grade === 'inferred' ? '?' : ' ';
  const head = `${String(stamp.number).padStart(4)} ${micros(stamp.time).padStart(9)} ${mark} `;
  const paint = stamp.grade === 'unexplained' ? painter.bad : stamp.over === 'link' ? painter.faint : painter.what;
  return [
    `${painter.faint(head)}${arrow} ${stamp.interface.padEnd(12)}  ${paint(stamp.what)}`,
    ...stamp.why.map((text) => `                                  ${painter.faint(text)}`),
    ...(layers ? [`                                  ${painter.faint(stamp.layers)}`] : []),
    ...(stamp.format === undefined ? [] : formatLines(stamp.format, painter)),
  ];
};

const outcomeText = (outcome: Outcome): string => {
  switch (outcome.ended) {
    case 'delivered':
      return `delivered to ${outcome.node}`;
    case 'lost':
      return outcome.to === undefined ? `lost at ${outcome.node}` : `lost between ${outcome.node} and ${outcome.to}`;
    case 'edge':
      return `not followed further: ${outcome.why}`;
    case 'stray':
      return `ends at ${outcome.node}, for which it was not meant`;
  }
};

const legTitle = ({ name, packet, journey, continues }: Leg): string => {
  const what = continues === undefined ? `The ${name}` : `The ${name}, beyond ${continues.node}`;
  return `${what}: ${packet} (journey ${journey})`;
};

const legLines = (leg: Leg, painter: Painter, layers: boolean): string[] => {
  const lines = [painter.title(legTitle(leg))];
  const { continues } = leg;
  if (continues !== undefined) {
    const pair =
      continues.by === 'log'
        ? `the log of ${continues.node} pairs the two connections`
        : 'the two connections begin with the same octets';
    lines.push(
      painter.faint(
        `  ${pair}${continues.sameOctets && continues.by === 'log' ? ', and the packets carry the same octets' : ''}`,
      ),
    );
  }
  let node: string | undefined;
  for (const stamp of leg.stamps) {
    if (stamp.node !== node)
      lines.push('', `  ${painter.node(stamp.title === stamp.node ? stamp.node : `${stamp.title} (${stamp.node})`)}`);
    node = stamp.node;
    lines.push(...stampLines(stamp, painter, layers));
  }
  const paint = leg.outcome.ended === 'delivered' ? painter.good : painter.bad;
  return [...lines, '', `  ${paint(outcomeText(leg.outcome))}`, ''];
};

const count = (number: number, one: string, many = `${one}s`): string => `${number} ${number === 1 ? one : many}`;

/** A passport, one block of stamps per node. With `layers`, every stamp shows the headers of its frame. */
export const passportText = (
  passport: Passport,
  options: { readonly painter?: Painter; readonly layers?: boolean } = {},
): string => {
  const painter = options.painter ?? plain;
  const { totals, legs } = passport;
  const summary = [
    count(totals.stamps, 'stamp'),
    count(totals.nodes, 'node'),
    count(totals.cables, 'cable'),
    `${count(totals.routers, 'time')} routed`,
    `${count(totals.translations, 'time')} translated`,
    `${count(totals.tunnels, 'tunnel')} entered`,
    `${micros(totals.time)} µs`,
  ].join(', ');
  const verdict =
    totals.unexplained === 0
      ? painter.good('every change is explained')
      : painter.bad(`${count(totals.unexplained, 'change')} unexplained`);
  return [
    painter.title(`通关文牒 · the passport of a packet of ${passport.from}, lab ${passport.lab}`),
    painter.faint('  times in µs; → leaves, ← arrives; ? likely, but not all of it could be checked; ✗ unexplained'),
    '',
    ...legs.flatMap((leg) => legLines(leg, painter, options.layers ?? false)),
    `${summary}; ${verdict}`,
  ].join('\n');
};

const lossText = ({ node, to, packets, reason, ambiguous }: Loss, title: (node: string) => string): string => {
  const place = to === undefined ? `at ${title(node)}` : `between ${title(node)} and ${title(to)}`;
  const which =
    ambiguous === 0
      ? ''
      : ambiguous === packets
        ? ' (which of their like is not known)'
        : ` (${ambiguous} of them not known from their like)`;
  return `lost ${place}: ${count(packets, 'packet')}${which}; ${reason ?? 'no counter of the node tells why'}`;
};

const ambiguityText = ({ flow, packets, lost }: AmbiguousGroup): string =>
  `${packets} packets of ${flow} cannot be told apart${lost === 0 ? '' : `; ${lost} of them did not arrive, and which ones is not known`}`;

const verdicts: Readonly<Record<Ledger['verdict'], string>> = {
  complete: 'every packet arrived, and every change is explained',
  lossy: 'packets were lost; every change is explained',
  unexplained: 'there are changes without a cause',
  incomplete: 'the capture itself lost frames, so nothing is said about losses',
};

/** A ledger: what was sent and what became of it. `title` names nodes for people. */
export const ledgerText = (
  ledger: Ledger,
  options: { readonly painter?: Painter; readonly title?: (node: string) => string } = {},
): string => {
  const painter = options.painter ?? plain;
  const title = options.title ?? same;
  const { grades, hops, capture } = ledger;
  const parts = [
    `${ledger.delivered} delivered`,
    `${ledger.lost} lost`,
    ...(ledger.unseen > 0 ? [`${ledger.unseen} not seen to the end`] : []),
    ...(ledger.edge > 0 ? [`${ledger.edge} beyond the capture`] : []),
    ...(ledger.stray > 0 ? [`${ledger.stray} for nobody`] : []),
  ];
  const paint = ledger.verdict === 'complete' ? painter.good : painter.bad;
  return [
    `${count(ledger.sent, 'packet')}: ${parts.join(', ')}`,
    `${hops.link + hops.node} hops (${hops.link} cables, ${hops.node} nodes): ${grades.exact} exact, ${grades.explained} explained, ${grades.inferred} inferred, ${grades.unexplained} unexplained`,
    ...ledger.losses.map((loss) => painter.bad(lossText(loss, title))),
    ...ledger.unexplained.map(({ journey, at, text }) =>
      painter.bad(`unexplained in journey ${journey} at ${at}: ${text}`),
    ),
    ...ledger.ambiguous.map(ambiguityText),
    ...(capture.dropped > 0
      ? [painter.bad(`the capture dropped ${count(capture.dropped, 'frame')} at ${capture.nodes.join(', ')}`)]
      : []),
    paint(verdicts[ledger.verdict]),
  ].join('\n');
};
