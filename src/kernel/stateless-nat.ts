/**
 * Translation one to one without connection tracking, by nftables: whoever has the table does the same to every packet, so
 * that any gateway may see any packet of a connection, and a dead one takes none with it.
 *
 * The destination is written before routing and before connection tracking, which does not see the packet; the source when
 * the packet leaves by an outer interface. What a machine sends to another public address of the same gateway comes back
 * in at once, so it gets its public source there too. The packet that an ICMP error quotes is translated with it, or the
 * machine would not know it as its own (RFC 5508, 7): inside, the header's own checksum makes up for the changed address.
 */
import { parseAddress } from '../address/ip.ts';
import type { StatelessNatOperation } from '../fragment/operation.ts';
import { statelessPriority, statelessTable, translatedMark } from '../plan/stateless-nat.ts';
import { NetlinkSocket } from './netlink.ts';
import { NETLINK_NETFILTER, readTable, say, setTable } from './nftables.ts';
import type { Chain, PacketField, Rule, Sums } from './nftables.ts';

type Family = 4 | 6;
type Side = 'source' | 'destination';

interface Layout {
  readonly length: number;
  readonly source: number;
  readonly destination: number;
  /** What covers the addresses of the packet itself. */
  readonly sums: Sums;
  /** Offset in an ICMP error of the packet that it quotes (RFC 792, RFC 4443). */
  readonly quoted: number;
  /** Where the sum is that a changed address in there disturbs: the quoted header's own, or ICMPv6's. */
  readonly quotedSum: number;
  readonly icmp: number;
  /** Types of ICMP errors, first and last. */
  readonly errors: readonly (readonly [number, number])[];
}

const layouts: Readonly<Record<Family, Layout>> = {
  4: {
    length: 4,
    source: 12,
    destination: 16,
    sums: { at: 10, transport: true },
    quoted: 8,
    quotedSum: 8 + 10,
    icmp: 1,
    errors: [
      [3, 5],
      [11, 12],
    ],
  },
  6: {
    length: 16,
    source: 8,
    destination: 24,
    sums: { transport: true },
    quoted: 8,
    quotedSum: 2,
    icmp: 58,
    errors: [[1, 127]],
  },
};

const octetsOf = (address: string): { family: Family; octets: Buffer } => {
  const parsed = parseAddress(address);
  if (parsed === undefined) throw new TypeError(`not an address: ${address}`);
  const { family, value } = parsed;
  return { family, octets: Buffer.from(value.toString(16).padStart(family === 4 ? 8 : 32, '0'), 'hex') };
};

const addressField = (layout: Layout, side: Side): PacketField => ({
  base: 'network',
  offset: layout[side],
  length: layout.length,
});
const quotedField = (layout: Layout, side: Side): PacketField => ({
  base: 'transport',
  offset: layout.quoted + layout[side],
  length: layout.length,
});

/** The quoted packet went the other way: what is the destination outside is the source inside. */
const quotedRules = (
  family: Family,
  side: Side,
  from: Buffer,
  to: Buffer,
  where: Rule['expressions'],
  comment: string,
): Rule[] => {
  const layout = layouts[family];
  const inside = quotedField(layout, side === 'destination' ? 'source' : 'destination');
  return layout.errors.map(([least, most]) => ({
    comment: `${comment}, quoted`,
    expressions: [
      ...where,
      ...say.transportIs(layout.icmp),
      // What leaves may be of a router on the way, the gateway itself among them, and not of the machine.
      ...(side === 'destination' ? say.fieldIs(addressField(layout, side), from) : []),
      ...say.fieldBetween({ base: 'transport', offset: 0, length: 1 }, least, most),
      ...say.fieldIs(inside, from),
      ...say.write(inside, to, { at: layout.quotedSum }),
    ],
  }));
};

const chainsOf = (family: Family, pairs: StatelessNatOperation['pairs']): Chain[] => {
  const layout = layouts[family];
  const [source, destination] = [addressField(layout, 'source'), addressField(layout, 'destination')];
  const own = pairs.flatMap(({ address, to, out }) => {
    const [outer, inner] = [octetsOf(address), octetsOf(to)];
    return outer.family === family
      ? [{ outer: outer.octets, inner: inner.octets, out, inward: `${address} > ${to}`, outward: `${to} > ${address}` }]
      : [];
  });
  return [
    {
      name: 'prerouting',
      hook: 'prerouting',
      priority: statelessPriority.prerouting,
      rules: own.flatMap(({ outer, inner, inward }) => [
        { expressions: [...say.fieldIs(source, inner), say.untracked] },
        ...quotedRules(family, 'destination', outer, inner, [], inward),
        {
          comment: inward,
          expressions: [
            ...say.fieldIs(destination, outer),
            say.count,
            say.untracked,
            ...say.setMark(translatedMark),
            ...say.write(destination, inner, layout.sums),
          ],
        },
      ]),
    },
    {
      name: 'postrouting',
      hook: 'postrouting',
      priority: statelessPriority.postrouting,
      rules: own.flatMap(({ outer, inner, outward, out }) =>
        [...out.map((name) => say.leavesBy(name)), say.markIs(translatedMark)].flatMap((where): Rule[] => [
          ...quotedRules(family, 'source', inner, outer, where, outward),
          {
            comment: outward,
            expressions: [...where, ...say.fieldIs(source, inner), say.count, ...say.write(source, outer, layout.sums)],
          },
        ]),
      ),
    },
  ];
};

const families: readonly Family[] = [4, 6];

const withSocket = <T>(work: (socket: NetlinkSocket) => T): T => {
  const socket = new NetlinkSocket(NETLINK_NETFILTER);
  try {
    return work(socket);
  } finally {
    socket.close();
  }
};

/** Sets the tables in the namespace that the calling thread is in. @throws Error with what the kernel refused */
export const setStatelessNat = ({ pairs }: StatelessNatOperation): void =>
  withSocket((socket) => {
    for (const family of families) {
      const chains = chainsOf(family, pairs);
      if (chains.every(({ rules }) => rules.length === 0)) continue;
      const [refused] = setTable(socket, family, statelessTable, chains);
      if (refused !== undefined) throw new Error(`${refused.context} (IPv${family}): ${refused.name}`);
    }
  });

/** What stands in the namespace that the calling thread is in, a line for each rule. */
export const statelessNatLines = (): string[] =>
  withSocket((socket) =>
    families.flatMap((family) =>
      readTable(socket, family, statelessTable).map(
        ({ chain, comment, expressions }) => `${family} ${chain} ${comment} ${expressions}`,
      ),
    ),
  );

/** A translation as the kernel has it: `192.0.2.1 > 10.0.0.1`, and how many packets it has changed. */
export interface StandingTranslation {
  readonly from: string;
  readonly to: string;
  readonly packets: number;
}

/** The translations of the namespace that the calling thread is in. */
export const readStatelessNat = (): StandingTranslation[] => {
  const found = new Map<string, number>();
  withSocket((socket) => {
    for (const family of families)
      for (const { comment, packets } of readTable(socket, family, statelessTable))
        if (packets !== undefined) found.set(comment, (found.get(comment) ?? 0) + packets);
  });
  return [...found].map(([comment, packets]) => {
    const [from = '', to = ''] = comment.split(' > ');
    return { from, to, packets };
  });
};

/** Whether the kernel can do it, tried in the namespace that the calling thread is in: nothing may stay there. */
export const takesStatelessNat = (): boolean => {
  try {
    setStatelessNat({
      op: 'stateless-nat',
      node: '',
      pairs: [
        { address: '192.0.2.1', to: '192.0.2.2', out: ['lo'] },
        { address: '2001:db8::1', to: '2001:db8::2', out: ['lo'] },
      ],
    });
    return true;
  } catch {
    return false;
  }
};
