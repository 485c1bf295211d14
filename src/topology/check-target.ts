/** From names in checks to addresses in the lab. */
import { type Family, formatAddress, formatPrefix, networkOf, parseAddress, parsePrefix } from '../address/ip.ts';
import { familyOfAddress, type Target } from './check.ts';
import { suggestion } from './suggest.ts';
import type { Node, Topology } from './topology.ts';

/** What is wrong, and what may help. */
export interface Complaint {
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Addresses of a node that others reach it by: loopbacks first, which stay up as long as any way does. */
const addressesOf = (node: Node): string[] =>
  [...node.loopback, ...node.interfaces.flatMap((port) => port.addresses)]
    .map((cidr) => cidr.split('/', 1)[0] ?? cidr)
    // A link-local address means something on its own link only (RFC 3927, 2.7; RFC 4291, 2.5.6).
    .filter((address) => !/^(?:169\.254\.|fe[89ab])/u.test(address));

/** Whether a node has any address to send from. */
export const canSend = (node: Node): boolean =>
  node.loopback.length > 0 || node.interfaces.some((port) => port.addresses.length > 0);

/** The address that a person means: of a node, by a name of `hosts`, or as it is. */
export const targetOf = (topology: Topology, written: string, ip: Family | undefined): Target | Complaint => {
  const parsed = parseAddress(written);
  const node = topology.nodes.find(({ name }) => name === written);
  const host = Object.hasOwn(topology.hosts, written) ? parseAddress(topology.hosts[written] ?? '') : undefined;
  const fixed = parsed ?? (node === undefined ? host : undefined);
  if (fixed !== undefined) {
    if (ip !== undefined && ip !== fixed.family) return { message: `${written} is not an address of IPv${ip}` };
    return { name: written, address: formatAddress(fixed) };
  }
  if (node === undefined) {
    const names = [...topology.nodes.map(({ name }) => name), ...Object.keys(topology.hosts)];
    return { message: `"${written}" is no node, no name of hosts, and no address`, hint: suggestion(written, names) };
  }
  const addresses = addressesOf(node);
  const address =
    ip === undefined
      ? (addresses.find((one) => familyOfAddress(one) === 4) ?? addresses[0])
      : addresses.find((one) => familyOfAddress(one) === ip);
  return address === undefined
    ? {
        message: `${written} has no address${ip === undefined ? '' : ` of IPv${ip}`} in the file`,
        hint: 'give the address itself, or link the node to something that speaks IP',
      }
    : { name: written, address };
};

/** The prefix as tables have it; a prefix with host bits is nobody's route. */
export const tablePrefix = (written: string): { readonly prefix: string } | Complaint => {
  const parsed = parsePrefix(written);
  if (parsed === undefined)
    return { message: `"${written}" is not a prefix`, hint: 'such as 10.0.0.0/24 or 2001:db8::/32' };
  const network = formatPrefix(networkOf(parsed));
  return network === formatPrefix(parsed)
    ? { prefix: network }
    : { message: `${written} has host bits, so no table can hold it`, hint: `did you mean ${network}?` };
};
