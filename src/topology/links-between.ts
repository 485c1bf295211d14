/** The links that two ends name: `a` and `b`, or `a:eth0` where several join the same nodes. */
import type { Link, Topology } from './topology.ts';

export interface FoundLink {
  readonly link: Link;
  /** Index into `Topology.links`. */
  readonly index: number;
}

export const linksBetween = ({ links }: Pick<Topology, 'links'>, left: string, right: string): FoundLink[] => {
  const [leftNode, leftInterface] = left.split(':');
  const [rightNode, rightInterface] = right.split(':');
  const fits = (link: Link, one: 0 | 1): boolean => {
    const [first, second] = [link.ends[one], link.ends[one === 0 ? 1 : 0]];
    return (
      first.node === leftNode &&
      second.node === rightNode &&
      (leftInterface ?? first.interface) === first.interface &&
      (rightInterface ?? second.interface) === second.interface
    );
  };
  return links.flatMap((link, index) => (fits(link, 0) || fits(link, 1) ? [{ link, index }] : []));
};
