/** Which node of the lab is behind an address, a router id or an interface that a table or a daemon names. */
import { addressOctets, formatAddress, parseAddress } from '../address/ip.ts';
import type { Interface, Node, Topology } from '../topology/topology.ts';

/** The link-local address that the kernel makes from a MAC (RFC 4291, appendix A). */
export const linkLocalOf = (mac: string): string => {
  const octets = mac.split(':').map((part) => Number.parseInt(part, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = octets;
  const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
  const text = `fe80::${group(a ^ 2, b)}:${group(c, 0xff)}:${group(0xfe, d)}:${group(e, f)}`;
  const parsed = parseAddress(text);
  return parsed === undefined ? text : formatAddress(parsed);
};

const isLinkLocal = (address: string): boolean => {
  const parsed = parseAddress(address);
  if (parsed?.family !== 6) return false;
  const [first = 0, second = 0] = addressOctets(parsed);
  return first === 0xfe && (second & 0xc0) === 0x80;
};

const holds = (cidrs: readonly string[], address: string): boolean =>
  cidrs.some((cidr) => cidr.split('/', 1)[0] === address);

const portsOn = (topology: Topology, node: Node, own: Interface): { node: Node; port: Interface }[] =>
  (topology.segments[own.segment]?.members ?? []).flatMap((end) => {
    const other = topology.nodes.find(({ name }) => name === end.node);
    const port = other?.interfaces.find(({ name }) => name === end.interface);
    return other === undefined || port === undefined || other.name === node.name ? [] : [{ node: other, port }];
  });

export interface Sign {
  readonly address?: string | undefined;
  readonly interface?: string | undefined;
  readonly routerId?: string | undefined;
}

/** The name of the node, seen from another one; undefined when it is none of the lab's, or cannot be told. */
export const nodeBehind = (topology: Topology, from: string, sign: Sign): string | undefined => {
  const { routerId } = sign;
  const address = sign.address === undefined ? undefined : sign.address.split('%', 1)[0];
  if (routerId !== undefined) {
    const found = topology.nodes.find((node) => node.routerId === routerId);
    if (found !== undefined) return found.name;
  }
  const node = topology.nodes.find(({ name }) => name === from);
  const own = node?.interfaces.find(({ name }) => name === sign.interface);
  const near = node === undefined || own === undefined ? [] : portsOn(topology, node, own);
  if (address === undefined) return near.length === 1 ? near[0]?.node.name : undefined;
  if (isLinkLocal(address)) {
    const exact = near.find(({ port }) => linkLocalOf(port.mac) === address);
    return (exact ?? (near.length === 1 ? near[0] : undefined))?.node.name;
  }
  return (
    near.find(({ port }) => holds(port.addresses, address))?.node.name ??
    topology.nodes.find(
      (one) => holds(one.loopback, address) || one.interfaces.some((port) => holds(port.addresses, address)),
    )?.name
  );
};
