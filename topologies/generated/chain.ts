/**
 * A chain of n nodes, h1 - h2 - … - hn: a host at each end and gateways between them. Every gateway has a static route
 * to either end, in both families. Parameters: n (2 to 4000, 5 when left out), name.
 */
import { type GeneratedFile, type Parameters, nameOf, reaches, wholeNumber } from './parameters.ts';

/** IPv4 /30 number `index` of 10.64.0.0/10: its network, or the address of the left (1) or right (2) end of the link. */
const four = (index: number, end: 0 | 1 | 2): string => {
  const value = 0x0a40_0000 + index * 4 + end;
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255).join('.');
};
/** IPv6 /64 number `index` of fd00:1::/32, likewise. */
const six = (index: number, end: '' | 1 | 2): string =>
  `fd00:1:${(index >> 16).toString(16)}:${(index & 0xffff).toString(16)}::${end}`;

/** Nodes that a packet can pass: the TTL is 64 by default (RFC 1340) and one octet at most (RFC 791). */
const [usualReach, furthestReach] = [62, 253];

export default (parameters: Parameters = {}): GeneratedFile => {
  const n = wholeNumber(parameters, 'n', { otherwise: 5, from: 2, to: 4000 });
  const last = n - 2;
  const host = { kind: 'host', ...(n > usualReach ? { sysctls: { 'net.ipv4.ip_default_ttl': 255 } } : {}) };
  // Link i joins node i + 1 to node i + 2; its left end has address 1 and its right end address 2.
  const gateway = (node: number): Readonly<Record<string, unknown>> => {
    const [left, right] = [node - 2, node - 1];
    const toFirst = [
      { to: `${four(0, 0)}/30`, via: four(left, 1) },
      { to: `${six(0, '')}/64`, via: six(left, 1) },
    ];
    const toLast = [
      { to: `${four(last, 0)}/30`, via: four(right, 2) },
      { to: `${six(last, '')}/64`, via: six(right, 2) },
    ];
    const routes = [...(left === 0 ? [] : toFirst), ...(right === last ? [] : toLast)];
    return { kind: 'gateway', gateway: 'none', ...(routes.length === 0 ? {} : { routes }) };
  };
  const entry = (node: number): Readonly<Record<string, unknown>> => (node === 1 || node === n ? host : gateway(node));
  return {
    name: nameOf(parameters, `chain-${n}`),
    title: `A chain of ${n}`,
    story: 'Every packet from one end to the other passes every node between them.',
    nodes: Object.fromEntries(Array.from({ length: n }, (_, index) => [`h${index + 1}`, entry(index + 1)])),
    links: Array.from({ length: n - 1 }, (_, index) => ({
      endpoints: [`h${index + 1}`, `h${index + 2}`],
      prefix4: `${four(index, 0)}/30`,
      prefix6: `${six(index, '')}/64`,
    })),
    checks: n > furthestReach ? [] : reaches('h1', `h${n}`, [four(last, 2), ...(n > usualReach ? [] : [six(last, 2)])]),
  };
};
