/** What a PGW is told: its interfaces, and the addresses that it gives to phones. */
import { type Prefix, parsePrefix } from '../../../src/address/ip.ts';
import { type Field, ipv4, list, member, optional, text } from '../../fields.ts';

export interface PgwConfig {
  readonly s5: { readonly local: string };
  /** A TUN device that exists already. */
  readonly tun: string;
  /** The phones' default gateway, an address of the TUN device; given to no phone. */
  readonly gateway: string;
  /** Addresses by access point name. */
  readonly pools: ReadonlyMap<string, Prefix>;
  readonly dns: readonly string[];
  readonly gy: { readonly local: string; readonly ocs: string; readonly host: string; readonly realm: string };
}

const pool = (field: Field): Prefix => {
  const prefix = parsePrefix(text(field));
  if (prefix?.family !== 4) throw new Error(`config: ${field.at}: expected an IPv4 prefix`);
  return prefix;
};

/** @throws Error that names the first field that is wrong */
export const pgwConfig = (field: Field): PgwConfig => {
  const [gy, pools] = [member(field, 'gy'), member(field, 'pools')];
  const names = typeof pools.value === 'object' && pools.value !== null ? Object.keys(pools.value) : [];
  return {
    s5: { local: ipv4(member(member(field, 's5'), 'local')) },
    tun: text(member(field, 'tun')),
    gateway: ipv4(member(field, 'gateway')),
    pools: new Map(names.map((name) => [name, pool(member(pools, name))])),
    dns: optional(member(field, 'dns'), (servers) => list(servers, ipv4)) ?? [],
    gy: {
      local: ipv4(member(gy, 'local')),
      ocs: ipv4(member(gy, 'ocs')),
      host: text(member(gy, 'host')),
      realm: text(member(gy, 'realm')),
    },
  };
};
