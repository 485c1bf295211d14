/** What the watcher is told: which addresses stand for which backends of HAProxy, and where everything is. */
import { type Prefix, widthOf } from '../../src/address/ip.ts';
import { type Field, integer, ip, list, member, optional, readFields, text } from '../fields.ts';

export interface Announced {
  /** As it was written, for people. */
  readonly name: string;
  readonly address: Prefix;
  /** Backends one of which must have a healthy server. */
  readonly backends: readonly string[];
}

export interface Config {
  /** HAProxy's runtime socket. */
  readonly socket: string;
  /** The file that the next HAProxy reads the state of its servers from. */
  readonly state: string;
  /** Milliseconds between two questions. */
  readonly interval: number;
  /** Seconds that an address lasts without this program. */
  readonly lifetime: number;
  readonly addresses: readonly Announced[];
  readonly ready: string | undefined;
  readonly status: string | undefined;
}

const host = (field: Field): Prefix => {
  const address = ip(field);
  return { ...address, length: widthOf(address.family) };
};

const announced = (field: Field): Announced => ({
  name: text(member(field, 'address')),
  address: host(member(field, 'address')),
  backends: list(member(field, 'backends'), text),
});

/** @throws {Error} that names the first mistake */
export const readConfig = (file: string): Config => {
  const config = readFields(file);
  return {
    socket: text(member(config, 'socket')),
    state: text(member(config, 'state')),
    interval: integer(10, 10_000)(member(config, 'interval')),
    lifetime: integer(3, 3600)(member(config, 'lifetime')),
    addresses: list(member(config, 'addresses'), announced),
    ready: optional(member(config, 'ready'), text),
    status: optional(member(config, 'status'), text),
  };
};
