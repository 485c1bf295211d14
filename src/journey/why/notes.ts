/** What OSPF knows of routes, in a few words each: for the stamps of a passport. BGP's are in bgp-notes.ts. */
import { number, parsed, raw } from './json.ts';

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
