/** What the service is told of the machines that may ask; it reads it again on SIGHUP. */
import { type Field, integer, ipv4, ipv6, list, mac, member, optional, readFields, text } from '../fields.ts';

/** One interface of a machine in its tenant's networks. */
export interface MachineInterface {
  readonly mac: string;
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** The prefix of the first IPv4 address in CIDR form. */
  readonly subnet4: string | undefined;
  readonly public4: readonly string[];
  readonly groups: readonly string[];
}

export interface Machine {
  /** The address that its questions come from, as the hypervisor's flows have it. */
  readonly stand: string;
  readonly node: string;
  readonly hostname: string;
  readonly mac: string;
  readonly address: string;
  readonly tokens: 'optional' | 'required';
  readonly interfaces: readonly MachineInterface[];
  readonly userData: string | undefined;
}

export interface Config {
  readonly lab: string;
  readonly address: string;
  readonly port: number;
  readonly ready: string | undefined;
  readonly machines: readonly Machine[];
}

/** Items of a list that may be empty. */
const items =
  <T>(read: (field: Field) => T) =>
  (field: Field): T[] =>
    Array.isArray(field.value) && field.value.length === 0 ? [] : list(field, read);

const tokens = (field: Field): Machine['tokens'] => {
  if (field.value !== 'optional' && field.value !== 'required')
    throw new Error(`config: ${field.at}: expected optional or required, found ${JSON.stringify(field.value)}`);
  return field.value;
};

const readInterface = (field: Field): MachineInterface => ({
  mac: mac(member(field, 'mac')),
  ipv4: items(ipv4)(member(field, 'ipv4')),
  ipv6: items(ipv6)(member(field, 'ipv6')),
  subnet4: optional(member(field, 'subnet4'), text),
  public4: items(ipv4)(member(field, 'public4')),
  groups: items(text)(member(field, 'groups')),
});

const readMachine = (field: Field): Machine => ({
  stand: ipv4(member(field, 'stand')),
  node: text(member(field, 'node')),
  hostname: text(member(field, 'hostname')),
  mac: mac(member(field, 'mac')),
  address: ipv4(member(field, 'address')),
  tokens: tokens(member(field, 'tokens')),
  interfaces: list(member(field, 'interfaces'), readInterface),
  userData: optional(member(field, 'userData'), (own) => (own.value === '' ? '' : text(own))),
});

/** @throws {Error} that names the first mistake */
export const readConfig = (file: string): Config => {
  const config = readFields(file);
  return {
    lab: text(member(config, 'lab')),
    address: ipv4(member(config, 'address')),
    port: integer(1, 65_535)(member(config, 'port')),
    ready: optional(member(config, 'ready'), text),
    machines: list(member(config, 'machines'), readMachine),
  };
};
