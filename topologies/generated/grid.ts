/**
 * A grid of routers, w wide and h high, which find their routes by OSPF. Parameters: w and h (1 to 15, 3 when left
 * out), timers (fast or standard), families (4 for IPv4 alone; both when left out), name.
 */
import { type GeneratedFile, type Parameters, nameOf, reaches, wholeNumber } from './parameters.ts';

/** Loopback address of the router in row y and column x. */
const loopback = (x: number, y: number): string => `10.255.${y}.${x + 1}`;

export default (parameters: Parameters = {}): GeneratedFile => {
  const w = wholeNumber(parameters, 'w', { otherwise: 3, from: 1, to: 15 });
  const h = wholeNumber(parameters, 'h', { otherwise: 3, from: 1, to: 15 });
  const ipv4 = parameters['families'] === '4';
  const routers = Array.from({ length: w * h }, (_, index) => ({ x: index % w, y: Math.floor(index / w) }));
  const name = (x: number, y: number): string => `r${y}-${x}`;
  const pairs = routers.flatMap(({ x, y }) => [
    ...(x + 1 < w ? [[name(x, y), name(x + 1, y)] as const] : []),
    ...(y + 1 < h ? [[name(x, y), name(x, y + 1)] as const] : []),
  ]);
  // Without IPv6 addresses on links and loopbacks a router runs no OSPFv3.
  const link = ([left, right]: readonly [string, string], index: number): Readonly<Record<string, unknown>> => {
    const end = (node: string, which: number): Readonly<Record<string, unknown>> => ({
      node,
      addresses: [`10.64.${index >> 6}.${(index & 63) * 4 + which}/30`],
    });
    return { endpoints: [end(left, 1), end(right, 2)] };
  };
  return {
    name: nameOf(parameters, `grid-${w}x${h}`),
    title: `A grid of ${w} by ${h} routers`,
    story: 'Every router learns of every other one from its neighbours alone.',
    timers: parameters['timers'] === 'standard' ? 'standard' : 'fast',
    defaults: { router: { ospf: {} } },
    nodes: Object.fromEntries(
      routers.map(({ x, y }) => [
        name(x, y),
        {
          kind: 'router',
          loopback: [
            `${loopback(x, y)}/32`,
            ...(ipv4 ? [] : [`fd00:ff::${y.toString(16)}:${(x + 1).toString(16)}/128`]),
          ],
        },
      ]),
    ),
    links: pairs.map((pair, index) => (ipv4 ? link(pair, index) : pair)),
    checks: w * h === 1 ? [] : reaches(name(0, 0), name(w - 1, h - 1), [loopback(w - 1, h - 1)]),
  };
};
