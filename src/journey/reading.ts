/**
 * Reads what nodes say about themselves as text - connection tracking, firewall counters, a proxy's log, the flows of a
 * switch - into evidence. Pure: the engine brings the text.
 */
import { canonical } from '../address/ip.ts';
import type { ConntrackEntry, ProxyPair, TenantRouters, Tuple, VxlanRemote } from './evidence.ts';

/** One line of /proc/net/nf_conntrack: fields `key=value` twice, first the original tuple, then the reply's. */
const entryOf = (line: string): ConntrackEntry[] => {
  const protocol = /^ipv[46]\s+\d+\s+(tcp|udp|icmp|icmpv6|ipv6-icmp)\s/u
    .exec(line)?.[1]
    ?.replace('ipv6-icmp', 'icmpv6');
  const tuples = [...line.matchAll(/src=(\S+) dst=(\S+) (?:sport=(\d+) dport=(\d+)|type=\d+ code=\d+ id=(\d+))/gu)].map(
    (match): Tuple => {
      const [, source = '', destination = '', sourcePort, destinationPort, id] = match;
      return {
        source: canonical(source) ?? source,
        destination: canonical(destination) ?? destination,
        sourcePort: Number(sourcePort ?? id),
        destinationPort: Number(destinationPort ?? id),
      };
    },
  );
  const [original, reply] = tuples;
  return protocol === undefined || original === undefined || reply === undefined
    ? []
    : [{ protocol: protocol as ConntrackEntry['protocol'], original, reply }];
};

/** The entries of /proc/net/nf_conntrack. */
export const conntrackEntries = (text: string): ConntrackEntry[] => text.split('\n').flatMap(entryOf);

export interface FirewallRule {
  readonly table: string;
  readonly rule: string;
  readonly packets: number;
}

/** Rules of `iptables-save -c`, with the packets each has counted. */
export const firewallRules = (text: string): FirewallRule[] => {
  let table = '';
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('*')) table = line.slice(1);
    const match = /^\[(\d+):\d+\] (-A .*)$/u.exec(line);
    return match?.[2] === undefined ? [] : [{ table, rule: match[2], packets: Number(match[1]) }];
  });
};

/** `pair front=1.2.3.4:5->6.7.8.9:443 back=…->… srv=…` (the log format of the haproxy feature). */
const pairPattern = /pair front=(\S+):(\d+)->(\S+):(\d+) back=(\S+):(\d+)->(\S+):(\d+) srv=(\S+)/gu;
/** Connections that the log of a proxy pairs. */
export const proxyPairs = (log: string): ProxyPair[] =>
  [...log.matchAll(pairPattern)].map(([, ci = '', cp, fi = '', fp, bi = '', bp, si = '', sp, server]) => ({
    front: { source: ci, sourcePort: Number(cp), destination: fi, destinationPort: Number(fp) },
    back: { source: bi, sourcePort: Number(bp), destination: si, destinationPort: Number(sp) },
    server,
  }));

/** Where flows send a tenant's frames: `reg0=0x1389,dl_dst=MAC … set_field:VTEP->tun_dst`. */
export const vxlanRemotes = (flows: string): VxlanRemote[] =>
  [...flows.matchAll(/reg0=(0x[0-9a-f]+),dl_dst=([0-9a-f:]{17}) actions=\S*set_field:([0-9a-f.:]+)->tun_dst/gu)].map(
    ([, vni, mac = '', vtep = '']) => ({ vni: Number(vni), mac, vtep }),
  );

const entryPattern = /reg0=0x[0-9a-f]+,dl_dst=([0-9a-f:]{17}) actions=set_field:(0x[0-9a-f]+)->reg2,/gu;
const hopPattern =
  /reg2=(0x[0-9a-f]+)(?:,reg3=(0x[0-9a-f]+))?(?:,(?:nw_dst|ipv6_dst)=([0-9a-f.:]+))? actions=dec_ttl,set_field:([0-9a-f:]{17})->eth_src,set_field:([0-9a-f:]{17})->eth_dst,set_field:(0x[0-9a-f]+)->reg0/gu;

/** The tenants' routers: the flows that lead to them by MAC, and those that send a packet on. */
export const tenantRouters = (flows: string): TenantRouters => ({
  entries: [...flows.matchAll(entryPattern)].map(([, mac = '', router]) => ({ mac, router: Number(router) })),
  hops: [...flows.matchAll(hopPattern)].map(([, router, exit, destination, source = '', mac = '', vni]) => ({
    router: Number(router),
    ...(exit === undefined ? {} : { exit: Number(exit) }),
    destination,
    source,
    mac,
    vni: Number(vni),
  })),
});
