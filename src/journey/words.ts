/** What a hop did, in few words: what stands beside a stamp, in a comment of a capture file, in a test's message. */
import { unexplainedOf } from './change.ts';
import type { Cause, Change, Hop } from './change.ts';

const arrow = (from: string, to: string): string => `${from} → ${to}`;

/** Without the port where it stayed. */
const address = (change: Change): string => {
  const [from, to] = [change.from, change.to];
  const port = /:\d+$/u;
  const [one, two] = [port.exec(from)?.[0], port.exec(to)?.[0]];
  return one !== undefined && one === two ? arrow(from.replace(port, ''), to.replace(port, '')) : arrow(from, to);
};

const natNames: Partial<Record<Cause['kind'], string>> = { snat: 'SNAT', dnat: 'DNAT', masquerade: 'MASQUERADE' };

const translated = (change: Change): string => {
  const { cause, kind } = change;
  const name = cause === undefined ? undefined : natNames[cause.kind];
  if (name === undefined) return `${kind} ${address(change)}`;
  return cause?.reverse === true ? `${name} undone: ${kind} ${address(change)}` : `${name} ${address(change)}`;
};

const tunnel = (text: string): string => text.split(', ')[0] ?? text;

/** One change in few words. */
export const wordsOf = (change: Change): string => {
  const { kind, from, to, where } = change;
  switch (kind) {
    case 'ttl':
      return `${where === 'outer' ? 'outer ' : ''}TTL ${arrow(from, to)}`;
    case 'mac':
      return to === '' ? 'link header off' : 'new link header';
    case 'source':
    case 'destination':
      return translated(change);
    case 'encapsulated':
      return `into ${tunnel(to)}`;
    case 'decapsulated':
      return `out of ${tunnel(from)}`;
    case 'tunnel':
      return arrow(tunnel(from), tunnel(to).replace(/^(?:GTP-U|VXLAN) /u, ''));
    case 'dscp':
    case 'ecn':
    case 'mss':
      return `${kind.toUpperCase()} ${arrow(from, to)}`;
    case 'identifier':
    case 'checksum':
    case 'other':
    default:
      return `${change.field} ${arrow(from, to)}`;
  }
};

/** The order in which people care. */
const rank: readonly Change['kind'][] = [
  'decapsulated',
  'tunnel',
  'encapsulated',
  'source',
  'destination',
  'ttl',
  'dscp',
  'ecn',
  'mss',
  'identifier',
  'mac',
  'other',
  'checksum',
];
const sorted = (changes: readonly Change[]): Change[] =>
  [...changes].sort((a, b) => rank.indexOf(a.kind) - rank.indexOf(b.kind));

/** What a hop changed. Checksums that are right are not worth a word, nor is a link header beside a tunnel that brings its own. */
export const whatOf = ({ changes }: Hop): string[] => {
  const tunnelled = changes.some(({ kind }) => kind === 'encapsulated' || kind === 'decapsulated' || kind === 'tunnel');
  const shown = sorted(changes).filter(
    ({ kind, cause }) => cause === undefined || (kind !== 'checksum' && !(tunnelled && kind === 'mac')),
  );
  return [...new Set(shown.map(wordsOf))];
};

/** The causes of a hop's changes, each once. */
export const whyOf = (hop: Hop): string[] => {
  const texts = sorted(hop.changes).flatMap(({ kind, cause, problem }) => {
    if (cause === undefined) return [`UNEXPLAINED: ${problem ?? 'no cause found'}`];
    return kind === 'checksum' ? [] : [cause.text, ...(cause.behind ?? [])];
  });
  return [...new Set(texts)];
};

/** One line about a hop: `SNAT 10.45.0.2 → 198.51.100.1, TTL 62 → 61, new link header`. */
export const summaryOf = (hop: Hop): string => {
  const what = whatOf(hop);
  if (what.length === 0) return hop.join.over === 'link' ? 'same octets' : 'passed on unchanged';
  return `${what.join(', ')}${unexplainedOf(hop).length > 0 ? ' UNEXPLAINED' : ''}`;
};
