/**
 * The rules of a stateful firewall, as iptables-restore reads them. What insiders begin passes, and what answers it; of
 * what strangers begin only the published services pass.
 *
 * A service with a SYN rate is guarded by SYN cookies (RFC 4987, 3.6) once connections begin faster than that: those SYNs
 * are not tracked, the kernel's SYNPROXY answers them in the server's place, and the server hears of a connection only
 * when its client has answered with the cookie. Until then nothing is changed in any packet.
 */
import type { Family } from '../../address/ip.ts';
import type { Node } from '../../topology/topology.ts';
import { families, familyOf, interfaceCalled } from '../shared/lookup.ts';
import type { AllowSettings, FirewallSettings } from './settings.ts';

export interface FirewallTables {
  readonly family: Family;
  readonly filter: readonly string[];
  /** Empty where nothing is guarded against floods. */
  readonly raw: readonly string[];
}

/** What SYNPROXY offers in the server's place: what Linux itself offers on Ethernet (RFC 6691: 1500 - 40). */
const MAXIMUM_SEGMENT: Readonly<Record<Family, number>> = { 4: 1460, 6: 1440 };
const WINDOW_SCALE = 7;

const icmp: Readonly<Record<Family, string>> = { 4: 'icmp', 6: 'ipv6-icmp' };

const devices = (node: Node, { outside }: FirewallSettings): string[] =>
  [outside].flat().map((name) => interfaceCalled(node, name)?.name ?? name);

/** `443`, `8000:8099` in the words of iptables. */
const portWords = ({ ports }: AllowSettings): string[] =>
  ports === undefined ? [] : [ports].flat().map((one) => String(one).replace('-', ':'));

const matches = (rule: AllowSettings, family: Family): string[] => {
  const protocol = rule.protocol === 'icmp' ? icmp[family] : rule.protocol;
  const base = [
    ...(rule.from === undefined ? [] : [`-s ${rule.from}`]),
    ...(rule.to === undefined ? [] : [`-d ${rule.to}`]),
    ...(protocol === 'any' ? [] : [`-p ${protocol}`]),
  ].join(' ');
  const ports = portWords(rule);
  const all = ports.length === 0 ? [''] : ports.map((one) => `-m ${rule.protocol} --dport ${one}`);
  return all.map((one) => [base, one].filter((words) => words !== '').join(' '));
};

const isOf = ({ from, to }: AllowSettings, family: Family): boolean =>
  [from, to].every((text) => text === undefined || familyOf(text) === family);

const chains = (...names: readonly string[]): string[] => names.map((name) => `:${name} ACCEPT [0:0]`);

const guarded = (settings: FirewallSettings, family: Family): AllowSettings[] =>
  settings.allow.filter((rule) => rule['syn-rate'] !== undefined && isOf(rule, family));

/** Seconds that a service stays guarded after the last second in which connections began too fast. */
const GUARDED_FOR = 30;

/**
 * SYNs above the rate are not tracked; the filter's first rule then takes them. From then on all SYNs to that destination
 * are, for a while: what passes below a rate would fill a server's queue just the same, only slower.
 */
const rawRules = (node: Node, settings: FirewallSettings, family: Family): string[] =>
  guarded(settings, family).flatMap((rule, index) =>
    devices(node, settings).flatMap((device) =>
      matches(rule, family).flatMap((match, part) => {
        const name = `syn${family}${index}${part}`;
        const syn = `-A PREROUTING -i ${device} ${match} --tcp-flags FIN,SYN,RST,ACK SYN`;
        const rate = `--hashlimit-above ${rule['syn-rate']}/sec --hashlimit-burst ${rule['syn-rate']}`;
        return [
          `${syn} -m recent --rcheck --seconds ${GUARDED_FOR} --name ${name} --rdest -j CT --notrack`,
          `${syn} -m hashlimit ${rate} --hashlimit-mode dstip --hashlimit-name ${name} -m recent --set --name ${name} --rdest -j CT --notrack`,
        ];
      }),
    ),
  );

const filterRules = (node: Node, settings: FirewallSettings, family: Family): string[] => {
  const outside = devices(node, settings);
  const proxy = `-j SYNPROXY --sack-perm --timestamp --wscale ${WINDOW_SCALE} --mss ${MAXIMUM_SEGMENT[family]}`;
  const cookies = guarded(settings, family).flatMap((rule) =>
    outside.flatMap((device) =>
      matches(rule, family).map(
        (match) => `-A FORWARD -i ${device} ${match} -m conntrack --ctstate INVALID,UNTRACKED ${proxy}`,
      ),
    ),
  );
  const published = settings.allow
    .filter((rule) => isOf(rule, family))
    .flatMap((rule) =>
      outside.flatMap((device) => matches(rule, family).map((match) => `-A FORWARD -i ${device} ${match} -j ACCEPT`)),
    );
  return [
    ...cookies,
    '-A FORWARD -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
    ...outside.map((device) => `-A FORWARD -i ${device} -m conntrack --ctstate INVALID -j DROP`),
    ...published,
    ...outside.map((device) => `-A FORWARD -i ${device} -j DROP`),
  ].map((line) => line.replaceAll(/ {2,}/gu, ' '));
};

/** The tables of a node, each whole. */
export const firewallTables = (node: Node, settings: FirewallSettings): FirewallTables[] =>
  families.map((family) => {
    const raw = rawRules(node, settings, family);
    return {
      family,
      filter: [...chains('INPUT', 'FORWARD', 'OUTPUT'), ...filterRules(node, settings, family)],
      raw: raw.length === 0 ? [] : [...chains('PREROUTING', 'OUTPUT'), ...raw],
    };
  });

/** Whether any service is guarded by cookies. */
export const usesCookies = (settings: FirewallSettings): boolean =>
  settings.allow.some((rule) => rule['syn-rate'] !== undefined);
