/** Collects what the nodes know about their packets, so that the journey room can name a cause for every change. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type {
  ConntrackEntry,
  DropCounter,
  InterfaceEvidence,
  NeighbourEvidence,
  NodeEvidence,
  RouteEvidence,
} from '../journey/evidence.ts';
import {
  type FirewallRule,
  conntrackEntries,
  firewallRules,
  proxyPairs,
  tenantRouters,
  vxlanRemotes,
} from '../journey/reading.ts';
import { filtersPorts, securityDrops } from '../journey/security.ts';
import { kernelHas } from '../kernel/capabilities.ts';
import { hasFirewall } from '../kernel/firewall.ts';
import { runIn } from '../kernel/process.ts';
import { RTN } from '../kernel/rtnetlink.ts';
import { readStatelessNat } from '../kernel/stateless-nat.ts';
import { type RouteFact, dumpAddresses, dumpLinks, dumpNeighbours, dumpRoutes } from '../kernel/rtnetlink-read.ts';
import { firewallProgram } from '../plan/render.ts';
import { cableDrops, cableEvidence } from './cables.ts';
import type { Lab } from './lab.ts';
import { mapLimit } from './once.ts';
import { nodeDirectory } from './paths.ts';
import { noteRoutes } from './route-notes.ts';

const width = 4;

/** Names of the origins of routes that occur in labs, from <linux/rtnetlink.h> and iproute2's rt_protos. */
export const routeProtocols: Readonly<Record<number, string>> = {
  0: 'unspecified',
  1: 'redirect',
  2: 'kernel',
  3: 'boot',
  4: 'static',
  9: 'ra',
  11: 'zebra',
  186: 'bgp',
  187: 'isis',
  188: 'ospf',
  189: 'rip',
  196: 'static (FRR)',
};
export const routeTypes: Readonly<Record<number, string>> = {
  [RTN.UNICAST]: 'unicast',
  [RTN.BLACKHOLE]: 'blackhole',
  [RTN.UNREACHABLE]: 'unreachable',
  [RTN.PROHIBIT]: 'prohibit',
};

const routeEvidence = (route: RouteFact, names: ReadonlyMap<number, string>): RouteEvidence => ({
  prefix: route.to,
  nextHops: (route.nextHops.length > 0 ? route.nextHops : [{ via: route.via, dev: route.dev }]).map((hop) => ({
    via: hop.via,
    dev: hop.dev === undefined ? undefined : names.get(hop.dev),
  })),
  protocol: routeProtocols[route.protocol] ?? `protocol ${route.protocol}`,
  metric: route.metric,
  type: routeTypes[route.type],
});

/** The firewall of a node in words, both families. */
const readFirewall = async (lab: Lab, node: string): Promise<FirewallRule[]> => {
  if (!lab.store.within(node, hasFirewall)) return [];
  const texts = await Promise.all(
    ([4, 6] as const).map((family) =>
      runIn(lab.place(node), [firewallProgram({ family, legacy: !kernelHas('nftables') }, 'save'), '-c'], {
        anyExit: true,
      }),
    ),
  );
  return texts.flatMap(({ stdout }, index) =>
    firewallRules(stdout).map((rule) => ({
      ...rule,
      rule: `${index === 0 ? 'iptables' : 'ip6tables'} ${rule.table === 'filter' ? '' : `-t ${rule.table} `}${rule.rule}`,
    })),
  );
};

/** Counters and file lengths before a trace, so that what comes after can be told apart. */
export interface Baseline {
  readonly firewall: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly logs: ReadonlyMap<string, number>;
  readonly cables: ReadonlyMap<string, number>;
  readonly switches: ReadonlyMap<string, ReadonlyMap<string, number>>;
}

/** Nodes whose firewall can hold packets back or change them: all that forward. */
const forwarding = (lab: Lab): string[] =>
  lab.state.topology.nodes.flatMap((node) =>
    node.kind === 'router' || node.kind === 'gateway' || Object.hasOwn(node.features, 'nat') ? [node.name] : [],
  );
const translating = (lab: Lab, node: string): boolean =>
  lab.state.rewrites.some((rewrite) => rewrite.rewrite === 'stateless-nat' && rewrite.node === node);
const proxies = (lab: Lab): string[] =>
  lab.state.rewrites.flatMap((rewrite) => (rewrite.rewrite === 'proxy' ? [rewrite.node] : []));
const proxyLog = (lab: Lab, node: string): string => path.join(nodeDirectory(lab.paths, node), 'log/haproxy.log');

/** Seconds that a switch has for an answer: one that has lost its database gives none. */
const answerIn = 5;

/** The flows of a hypervisor's switch, with counters that are not behind what the datapath has forwarded. */
const readFlows = async (lab: Lab, node: string): Promise<string> => {
  // The counters of flows follow the datapath's by up to half a second (ovs-vswitchd.conf.db(5), max-revalidator).
  if (filtersPorts(lab.state.topology, node))
    await runIn(lab.place(node), ['ovs-appctl', `--timeout=${answerIn}`, 'revalidator/wait'], { anyExit: true });
  const argv = ['ovs-ofctl', `--timeout=${answerIn}`, '-O', 'OpenFlow15', '--no-names', 'dump-flows', 'br-int'];
  return (await runIn(lab.place(node), argv, { anyExit: true })).stdout;
};

const hypervisors = (lab: Lab): string[] =>
  lab.state.topology.nodes.filter((node) => node.kind === 'hypervisor').map(({ name }) => name);

/** What to compare with later; taken right before the capture begins. */
export const takeBaseline = async (lab: Lab): Promise<Baseline> => ({
  firewall: new Map(
    await mapLimit(
      forwarding(lab),
      width,
      async (node) =>
        [node, new Map((await readFirewall(lab, node)).map((rule) => [rule.rule, rule.packets]))] as const,
    ),
  ),
  logs: new Map(
    proxies(lab).map((node) => [node, existsSync(proxyLog(lab, node)) ? statSync(proxyLog(lab, node)).size : 0]),
  ),
  cables: await cableDrops(lab),
  switches: new Map(
    await mapLimit(
      hypervisors(lab).filter((node) => filtersPorts(lab.state.topology, node)),
      width,
      async (node) => {
        const drops = securityDrops(lab.state.topology, node, await readFlows(lab, node));
        return [node, new Map(drops.map(({ rule, packets }) => [rule, packets]))] as const;
      },
    ),
  ),
});

const kernelEvidence = (lab: Lab, node: string): NodeEvidence => {
  const { netlink } = lab.store.handle(node);
  const links = dumpLinks(netlink);
  const names = new Map(links.map((link) => [link.index, link.name]));
  const addresses = dumpAddresses(netlink);
  return {
    interfaces: links.map((link): InterfaceEvidence => ({
      name: link.name,
      mac: link.mac,
      addresses: addresses.filter((one) => one.index === link.index).map((one) => one.address),
    })),
    routes: [...dumpRoutes(netlink, 4), ...dumpRoutes(netlink, 6)].map((route) => routeEvidence(route, names)),
    neighbours: dumpNeighbours(netlink).flatMap((one): NeighbourEvidence[] => {
      const dev = names.get(one.index);
      return one.mac === undefined || dev === undefined ? [] : [{ address: one.address, dev, mac: one.mac }];
    }),
  };
};

const conntrack = (lab: Lab, node: string): ConntrackEntry[] =>
  lab.store.within(node, () =>
    existsSync('/proc/thread-self/net/nf_conntrack')
      ? conntrackEntries(readFileSync('/proc/thread-self/net/nf_conntrack', 'utf8'))
      : [],
  );

/** What all nodes know now. */
export const collectEvidence = async (lab: Lab, baseline: Baseline): Promise<Record<string, NodeEvidence>> => {
  const evidence: Record<string, NodeEvidence> = {};
  // What is forgotten soonest is read first: the tracker keeps a TCP connection that was closed for ten seconds
  // (nf_conntrack-sysctl.rst, nf_conntrack_tcp_timeout_close), and all the rest may take longer on a slow machine.
  const tracked = new Map(forwarding(lab).map((node) => [node, conntrack(lab, node)]));
  for (const { name } of lab.state.topology.nodes) evidence[name] = kernelEvidence(lab, name);
  const kernels = new Map(Object.entries(evidence).map(([node, { routes = [] }]) => [node, routes]));
  for (const [node, routes] of await noteRoutes(lab, kernels)) evidence[node] = { ...evidence[node], routes };
  const add = (node: string, more: NodeEvidence): void => {
    evidence[node] = { ...evidence[node], ...more };
  };
  await mapLimit(forwarding(lab), width, async (node) => {
    const rules = await readFirewall(lab, node);
    const before = baseline.firewall.get(node);
    add(node, {
      conntrack: tracked.get(node) ?? [],
      stateless: translating(lab, node) ? lab.store.within(node, readStatelessNat) : [],
      mangle: rules.filter((rule) => rule.rule.includes('-t mangle ')).map((rule) => rule.rule),
      drops: rules.flatMap((rule): DropCounter[] => {
        const packets = rule.packets - (before?.get(rule.rule) ?? 0);
        return / -j (?:DROP|REJECT)\b/u.test(rule.rule) && packets > 0
          ? [{ by: 'firewall', rule: rule.rule, packets }]
          : [];
      }),
    });
  });
  for (const node of proxies(lab)) {
    const file = proxyLog(lab, node);
    if (existsSync(file))
      add(node, {
        proxied: proxyPairs(
          readFileSync(file)
            .subarray(baseline.logs.get(node) ?? 0)
            .toString(),
        ),
      });
  }
  for (const [node, drops] of await cableEvidence(lab, baseline.cables))
    add(node, { drops: [...(evidence[node]?.drops ?? []), ...drops] });
  await mapLimit(hypervisors(lab), width, async (name) => {
    const flows = await readFlows(lab, name);
    const before = baseline.switches.get(name);
    const dropped = securityDrops(lab.state.topology, name, flows).flatMap((drop): DropCounter[] => {
      const packets = drop.packets - (before?.get(drop.rule) ?? 0);
      return packets > 0 ? [{ ...drop, packets }] : [];
    });
    const drops = [...(evidence[name]?.drops ?? []), ...dropped];
    add(name, { vxlan: vxlanRemotes(flows), tenantRouter: tenantRouters(flows), drops });
  });
  return evidence;
};
