/**
 * Whether an AS path is one that agreements allow (Gao, 2001). Seen from the system that holds it, a path climbs from
 * customer to provider as often as it likes, crosses between peers at most once, and from then on only descends from
 * provider to customer. Any other path has a valley: somebody in it carries what nobody pays for.
 */
import type { Relation, Topology } from '../../topology/topology.ts';
import { isInside, systemsOf } from './systems.ts';

/** Where a path breaks the rule: `who` told `to` what came to it from `from`. */
export interface Valley {
  readonly who: number;
  readonly to: number;
  readonly from: number;
  readonly reason: string;
}

/** What the second is to the first, `inside` where one is inside the other; undefined when they have nothing to do with each other. */
export type RelationBetween = (asn: number, other: number) => Relation | 'inside' | undefined;

/** The relations of a lab, with members of a route server as peers where nothing else is said. */
export const relationBetween =
  (topology: Topology): RelationBetween =>
  (asn, other) => {
    const system = systemsOf(topology).get(asn);
    const agreed = system?.relations.get(other) ?? (system?.members.has(other) === true ? 'peer' : undefined);
    return agreed ?? ([asn, other].some((one) => isInside(one, topology)) ? 'inside' : undefined);
  };

const steps = { provider: 'up', peer: 'across', customer: 'down' } as const;

/**
 * The first valley of a path, or undefined. `path` is as BGP has it, the neighbour first and the origin last, without the
 * system that holds it, `holder`; numbers repeated by prepending count once.
 */
export const valleyIn = (holder: number, path: readonly number[], between: RelationBetween): Valley | undefined => {
  const systems = [holder, ...path].filter((asn, index, all) => asn !== all[index - 1]);
  let before: 'up' | 'across' | 'down' = 'up';
  for (const [index, from] of systems.entries()) {
    const who = systems[index - 1];
    if (who === undefined) continue;
    const to = systems[index - 2] ?? holder;
    const relation = between(who, from);
    if (relation === undefined)
      return { who, to, from, reason: `AS ${who} and AS ${from} have no relation to each other` };
    // Systems inside another one are that one's own business.
    if (relation === 'inside') continue;
    const step = steps[relation];
    // Once a path has gone across or down, only what a customer has told may follow.
    if (before !== 'up' && step !== 'down')
      return {
        who,
        to,
        from,
        reason: `AS ${who} tells AS ${to}, no customer of it, what its ${relation} AS ${from} has told`,
      };
    before = step;
  }
  return undefined;
};
