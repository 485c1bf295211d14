/** What routing daemons know of routes, in a few words each: for the stamps of a passport. */
import { number, parsed, raw, raws, text } from './json.ts';

/** `show bgp ipv4 unicast json`: AS path and, where there was a choice, what decided it, by prefix. */
export const bgpNotes = (answer: string | undefined): Map<string, string> => {
  const notes = new Map<string, string>();
  for (const [prefix, value] of Object.entries(raw(parsed(answer)['routes']))) {
    const paths = raws(value);
    const best = paths.find((path) => path['bestpath'] === true);
    if (best === undefined) continue;
    const path = text(best['path']);
    const reason = text(best['selectionReason']);
    const choice = paths.length > 1 && reason !== undefined ? `, best of ${paths.length} by ${reason}` : '';
    notes.set(prefix, `${path === undefined ? 'from the own system' : `AS path ${path}`}${choice}`);
  }
  return notes;
};

/** `show ip ospf route json`: the cost, by prefix. */
export const ospfNotes = (answer: string | undefined): Map<string, string> =>
  new Map(
    Object.entries(parsed(answer)).flatMap(([prefix, value]): [string, string][] => {
      const cost = raw(value)['cost'];
      return cost === undefined ? [] : [[prefix, `cost ${number(cost)}`]];
    }),
  );

/** `show ipv6 ospf6 route detail json`: the same. */
export const ospf6Notes = (answer: string | undefined): Map<string, string> =>
  new Map(
    Object.entries(raw(parsed(answer)['routes'])).map(([prefix, value]) => [
      prefix,
      `cost ${number(raw(value)['metricCost'])}`,
    ]),
  );
