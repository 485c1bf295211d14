/** What the cache is told: how to serve, once; and the payloads, which it reads again on SIGHUP. */
import { formatPrefix, networkOf, parsePrefix, type Prefix, widthOf } from '../../src/address/ip.ts';
import { type Intervals, type Payload, type RtrVersion, versions } from '../../src/signalling/rtr/index.ts';
import { type Field, integer, list, member, optional, readFields, text } from '../fields.ts';

export interface Config {
  readonly port: number;
  /** The highest version that is spoken. */
  readonly version: RtrVersion;
  readonly intervals: Intervals;
  /** Milliseconds between two Serial Notifies at least. */
  readonly notify: number;
  /** The file with the payloads. */
  readonly roas: string;
  readonly ready: string | undefined;
  readonly status: string | undefined;
}

/** Bounds of RFC 8210, 6, in seconds. */
const intervals = (field: Field): Intervals => ({
  refresh: integer(1, 86_400)(member(field, 'refresh')),
  retry: integer(1, 7200)(member(field, 'retry')),
  expire: integer(600, 172_800)(member(field, 'expire')),
});

/** @throws {Error} that names the first mistake */
export const readConfig = (file: string): Config => {
  const config = readFields(file);
  const version = integer(0, versions.length - 1)(member(config, 'version'));
  return {
    port: integer(1, 65_535)(member(config, 'port')),
    version: versions.find((known) => known === version) ?? 0,
    intervals: intervals(member(config, 'intervals')),
    notify: integer(0, 3_600_000)(member(config, 'notify')),
    roas: text(member(config, 'roas')),
    ready: optional(member(config, 'ready'), text),
    status: optional(member(config, 'status'), text),
  };
};

const prefix = (field: Field): Prefix => {
  const parsed = parsePrefix(text(field));
  if (parsed === undefined || formatPrefix(networkOf(parsed)) !== formatPrefix(parsed))
    throw new Error(`config: ${field.at}: expected a prefix without host bits, found ${JSON.stringify(field.value)}`);
  return parsed;
};

const payload = (field: Field): Payload => {
  const parsed = prefix(member(field, 'prefix'));
  const maxLength = optional(member(field, 'maxLength'), integer(parsed.length, widthOf(parsed.family)));
  return { prefix: parsed, maxLength: maxLength ?? parsed.length, asn: integer(0, 2 ** 32 - 1)(member(field, 'asn')) };
};

/**
 * Payloads as validators export them: `{"roas": [{"prefix": "192.0.2.0/24", "maxLength": 24, "asn": 64496}]}`.
 *
 * @throws {Error} that names the first mistake
 */
export const readPayloads = (file: string): Payload[] => {
  const roas = member(readFields(file), 'roas');
  return Array.isArray(roas.value) && roas.value.length === 0 ? [] : list(roas, payload);
};
