/** Whether a node's routes and a router's best BGP path are as stated. */
import type { AsPathStatement, RouteProtocol, RouteStatement } from '../topology/check.ts';
import { familyOfAddress } from '../topology/check.ts';
import type { Topology } from '../topology/topology.ts';
import { nodeBehind } from './behind.ts';
import type { Answer } from './result.ts';

/** A route of the kernel's main table. */
export interface TableRoute {
  readonly to: string;
  /** RTPROT_*, <linux/rtnetlink.h>. */
  readonly protocol: number;
  readonly nextHops: readonly { readonly via?: string | undefined; readonly interface?: string | undefined }[];
}

/**
 * The kernel's numbers of who made a route: 2 kernel, 3 boot (`ip route add`), 4 static; the daemons' own are 42 babel,
 * 186 bgp, 187 isis, 188 ospf, 189 rip, 192 eigrp (<linux/rtnetlink.h>), and FRR's 190 ripng, 196 static (zebra/rt_netlink.h).
 */
const protocolNames: Readonly<Record<number, RouteProtocol>> = {
  2: 'connected',
  3: 'static',
  4: 'static',
  42: 'babel',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  190: 'rip',
  192: 'eigrp',
  196: 'static',
};

export const routeAnswer = (statement: RouteStatement, routes: readonly TableRoute[], topology: Topology): Answer => {
  const { at, prefix, present, nextHop, protocol } = statement;
  const found = routes
    .filter(({ to }) => to === prefix)
    .map((route) => ({
      protocol: protocolNames[route.protocol] ?? `protocol ${route.protocol}`,
      hops: route.nextHops.map((hop) => ({
        ...hop,
        node: nodeBehind(topology, at, { address: hop.via, interface: hop.interface }),
      })),
    }));
  const fits = found.filter(
    (route) =>
      (protocol === undefined || route.protocol === protocol) &&
      (nextHop === undefined || route.hops.some(({ via, node }) => via === nextHop || node === nextHop)),
  );
  const words = found.map(({ protocol, hops }) => {
    const ways = hops.map(({ via, interface: name, node }) =>
      via === undefined
        ? `on ${name ?? 'no interface'}`
        : `via ${node === undefined ? via : `${node} (${via})`}${name === undefined ? '' : ` on ${name}`}`,
    );
    return `${protocol} ${ways.join(' and ')}`;
  });
  return {
    ok: fits.length > 0 === present,
    seen: found.length === 0 ? `no route to ${prefix}` : `${prefix} by ${words.join('; by ')}`,
  };
};

/** The show command whose JSON `asPathAnswer` reads. */
export const asPathCommand = ({ prefix }: AsPathStatement): string =>
  `show bgp ipv${familyOfAddress(prefix)} unicast ${prefix} json`;

interface BgpPath {
  readonly aspath?: { readonly segments?: readonly { readonly list?: readonly number[] }[] };
  readonly bestpath?: { readonly overall?: boolean };
  readonly peer?: { readonly hostname?: string; readonly peerId?: string };
}

/** bgpd's answer about one prefix: `{}` when it has none (FRR, bgpd/bgp_route.c). */
export const asPathAnswer = ({ prefix, path, avoids }: AsPathStatement, json: unknown): Answer => {
  const { paths = [] } = json as { readonly paths?: readonly BgpPath[] };
  const best = paths.find(({ bestpath }) => bestpath?.overall === true);
  if (best === undefined)
    return { ok: false, seen: paths.length === 0 ? `no BGP path to ${prefix}` : `no path to ${prefix} is usable` };
  const systems = (best.aspath?.segments ?? []).flatMap(({ list = [] }) => list);
  const bad = avoids.filter((asn) => systems.includes(asn));
  const same = path === undefined || (path.length === systems.length && path.every((asn, at) => asn === systems[at]));
  const from = best.peer?.hostname ?? best.peer?.peerId;
  return {
    ok: same && bad.length === 0,
    seen: `${systems.length === 0 ? 'a path of the own system' : `AS path ${systems.join(' ')}`}${from === undefined ? '' : `, from ${from}`}`,
  };
};
