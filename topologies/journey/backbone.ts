/**
 * The cloud's own network: a ring of all borders, one autonomous system with OSPF, iBGP between the loopback addresses
 * and BFD on the lines. The main region's two borders close the ring, and lead out of it: the first pays T2, the
 * second the forbidden kingdom, and nobody is carried from the one to the other.
 */
import type { LinkEntry, Part } from './part.ts';
import { type Region, bordersOf } from './plan.ts';

/** The borders in the order of the ring, which ends where it began. */
export const ring = ([main, ...others]: readonly Region[]): string[] => {
  const [first = '', second = ''] = main === undefined ? [] : bordersOf(main);
  return [first, ...others.flatMap(bordersOf), second, first];
};

export const backbone = (regions: readonly Region[]): Part => {
  const around = ring(regions);
  const lines = around.slice(1).map((border, index): LinkEntry => [around[index] ?? '', border]);
  return {
    links: [
      // With the main region alone the ring is one line.
      ...(regions.length === 1 ? lines.slice(0, 1) : lines),
      [{ node: 'border', relation: 'customer' }, 'd1'],
      [{ node: 'border2', relation: 'customer' }, 'f1'],
    ],
  };
};
