/** What the program is told: which neighbours are the world, and whose sessions say that there is a way to it. */
import { type Field, integer, list, member, optional, readFields, text } from '../fields.ts';
import { parseAddress } from '../../src/address/ip.ts';
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

const truth = ({ value, at }: Field): boolean => {
  if (typeof value !== 'boolean')
    throw new Error(`config: ${at}: expected true or false, found ${JSON.stringify(value) ?? 'nothing'}`);
  return value;
};

const neighbour = (field: Field): Neighbour => {
  const address = member(field, 'address');
  const family = parseAddress(text(address))?.family;
  if (family === undefined)
    throw new Error(`config: ${address.at}: expected an IP address, found ${JSON.stringify(address.value)}`);
  return {
    address: text(address),
    name: text(member(field, 'name')),
    family,
    tells: truth(member(field, 'tells')),
  };
};

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
