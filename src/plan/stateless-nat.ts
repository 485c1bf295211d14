/** The table of a stateless translation, as nft(8) would be given it; its numbers are those the kernel room uses. */
import type { StatelessNatOperation } from '../fragment/operation.ts';

/** The table's name, in the family of each IP version. */
export const statelessTable = 'stateless-nat';

/**
 * Before connection tracking (-200) and the raw table of iptables (-300); and before the nat table on the way out (100), which
 * sees untracked packets no more. Priorities of <linux/netfilter_ipv4.h>.
 */
export const statelessPriority = { prerouting: -310, postrouting: 90 } as const;

/** The mark of what came for a public address: "1to1". */
export const translatedMark = 0x3174_6f31;

const chain = (name: keyof typeof statelessPriority, rules: readonly string[]): string[] => [
  ` chain ${name} {`,
  `  type filter hook ${name} priority ${statelessPriority[name]};`,
  ...rules.map((rule) => `  ${rule}`),
  ' }',
];

/** What `nft -f -` would read; nothing where no translation is of this IP version. */
export const statelessText = ({ pairs }: StatelessNatOperation, family: 4 | 6): string[] => {
  const own = pairs.filter(({ address }) => address.includes(':') === (family === 6));
  if (own.length === 0) return [];
  const ip = family === 4 ? 'ip' : 'ip6';
  const mark = `0x${translatedMark.toString(16)}`;
  return [
    `table ${ip} ${statelessTable} {`,
    ...chain(
      'prerouting',
      own.flatMap(({ address, to }) => [
        `${ip} saddr ${to} notrack`,
        `${ip} daddr ${address} counter notrack meta mark set ${mark} ${ip} daddr set ${to}`,
      ]),
    ),
    ...chain(
      'postrouting',
      own.flatMap(({ address, to, out }) =>
        [...out.map((name) => `oifname "${name}"`), `meta mark ${mark}`].map(
          (where) => `${where} ${ip} saddr ${to} counter ${ip} saddr set ${address}`,
        ),
      ),
    ),
    '}',
  ];
};
