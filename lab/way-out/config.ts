/** What the program is told: which neighbours are the world, and whose sessions say that there is a way to it. */
import { type Field, boolean, integer, ip, list, member, optional, readFields, text } from '../fields.ts';
import type { Neighbour } from './world.ts';

export interface Config {
  /** The vty sockets of both daemons. */
  readonly bgpd: string;
  readonly bfdd: string;
  /** The profile that bfdd's sessions with those who watch have. */
  readonly profile: string;
  /** Milliseconds between two questions to bgpd. That it has died is known at once, by its closed socket. */
  readonly interval: number;
  /** Milliseconds that a way of one IP version alone waits for the other. */
  readonly patience: number;
  readonly neighbours: readonly Neighbour[];
  readonly ready: string | undefined;
  readonly status: string | undefined;
}

const neighbour = (field: Field): Neighbour => ({
  address: text(member(field, 'address')),
  name: text(member(field, 'name')),
  family: ip(member(field, 'address')).family,
  tells: boolean(member(field, 'tells')),
});

/** @throws {Error} that names the first mistake */
export const readConfig = (file: string): Config => {
  const config = readFields(file);
  return {
    bgpd: text(member(config, 'bgpd')),
    bfdd: text(member(config, 'bfdd')),
    profile: text(member(config, 'profile')),
    interval: integer(10, 10_000)(member(config, 'interval')),
    patience: integer(0, 60_000)(member(config, 'patience')),
    neighbours: list(member(config, 'neighbours'), neighbour),
    ready: optional(member(config, 'ready'), text),
    status: optional(member(config, 'status'), text),
  };
};
