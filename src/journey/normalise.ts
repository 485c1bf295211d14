/**
 * Passports as golden files: what differs from run to run - times, ports that a host chose, lengths of encrypted data, the
 * numbers of journeys - becomes a stable placeholder, and everything that a reviewer wants to see a change of stays.
 */
import { transportOf } from './sighting.ts';
import { stackOf } from './stack.ts';
import type { Trace } from './trace.ts';

/** Ports that only this run has: the originators' own, and the source ports of tunnels, which spread flows. */
const volatilePorts = (trace: Trace): Set<number> => {
  const ports = new Set<number>();
  const fixed = new Set<number>();
  for (const { forward, backward } of trace.scope)
    for (const journey of [...forward, ...backward]) {
      const opened = forward.includes(journey);
      for (const sighting of journey.sightings) {
        for (const { udp, header } of stackOf(sighting)?.tunnels ?? [])
          if (header.protocol === 'vxlan') ports.add(udp.sourcePort);
        const transport = transportOf(sighting);
        if (transport?.protocol !== 'tcp' && transport?.protocol !== 'udp') continue;
        ports.add(opened ? transport.sourcePort : transport.destinationPort);
        fixed.add(opened ? transport.destinationPort : transport.sourcePort);
      }
    }
  for (const port of fixed) ports.delete(port);
  return ports;
};

/**
 * A rendered text with placeholders: `P1`, `P2`, … for ports in the order in which the text has them, `J1`, … for
 * journeys, and `·` for times.
 */
export const normalise = (text: string, trace: Trace): string => {
  const ports = volatilePorts(trace);
  const names = new Map<string, string>();
  const placeholder = (kind: 'P' | 'J', value: string): string => {
    const known = names.get(kind + value);
    if (known !== undefined) return known;
    const name = `${kind}${[...names.keys()].filter((key) => key.startsWith(kind)).length + 1}`;
    names.set(kind + value, name);
    return name;
  };
  return (
    text
      .replaceAll(/-?\d+\.\d+ µs/gu, '· µs')
      .replaceAll(/^( *\d+) +-?\d+\.\d(?= [ ?✗] )/gmu, '$1         ·')
      // A TLS answer carries a signature whose length varies by an octet or two.
      .replaceAll(/, \d+ octets of data/gu, ', · octets of data')
      .replaceAll(/journey (\d+)/gu, (_, number: string) => `journey ${placeholder('J', number)}`)
      // A port stands after a colon or alone between spaces; an address has dots.
      .replaceAll(/(?<![\d.])(\d{2,5})(?![\d.])( {2,})?/gu, (found: string, number: string, gap = '') =>
        // In a column the placeholder takes the room of the number.
        ports.has(Number(number))
          ? placeholder('P', number).padEnd(gap === '' ? 0 : number.length) + String(gap)
          : found,
      )
  );
};
