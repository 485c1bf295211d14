/** A ladder for machines: every message with all that is known of it, nothing folded and nothing joined. */
import type { Ladder, Rung } from './ladder.ts';

export interface RungJson extends Omit<Rung, 'time'> {
  /** Since the first message of the ladder. */
  readonly milliseconds: number;
}

export const ladderJson = ({
  actors,
  rungs,
}: Ladder): { readonly actors: Ladder['actors']; readonly messages: readonly RungJson[] } => {
  const begin = rungs[0]?.time ?? 0n;
  return {
    actors,
    messages: rungs.map(({ time, ...rung }) => ({ milliseconds: Number(time - begin) / 1e6, ...rung })),
  };
};
