/**
 * Tables of nftables as netlink messages (<linux/netfilter/nf_tables.h>), without the program nft: one that a kernel can
 * do and nft has no word for is the change of a field whose checksum stands elsewhere. A rule is a list of expressions that
 * load fields into registers, compare them, and write them; the first that does not hold ends the rule.
 */
import { MessageBatch, NLM_F, readAttributes, textOf } from './message.ts';
import type { NetlinkSocket } from './netlink.ts';

/** <linux/netlink.h>, <linux/netfilter/nfnetlink.h>. */
export const NETLINK_NETFILTER = 12;
const SUBSYSTEM = 10;
const BATCH = { BEGIN: 16, END: 17 } as const;
/** NLM_F_APPEND: a rule goes behind those that stand. */
const APPEND = 0x800;

const NFT_MSG = { NEWTABLE: 0, DELTABLE: 2, NEWCHAIN: 3, NEWRULE: 6, GETRULE: 7 } as const;

/** NFPROTO_IPV4 and NFPROTO_IPV6 of <linux/netfilter.h>. */
export const protocolFamily = { 4: 2, 6: 10 } as const;

/** NF_INET_PRE_ROUTING and NF_INET_POST_ROUTING of <linux/netfilter.h>. */
export const hook = { prerouting: 0, postrouting: 4 } as const;

/** Numbers of nf_tables are big-endian. */
const be32 = (value: number): Buffer => {
  const octets = Buffer.alloc(4);
  octets.writeInt32BE(value | 0);
  return octets;
};

/** Where a field is counted from: NFT_PAYLOAD_NETWORK_HEADER, NFT_PAYLOAD_TRANSPORT_HEADER. */
export const header = { network: 1, transport: 2 } as const;

/** A field of a packet, in octets. */
export interface PacketField {
  readonly base: keyof typeof header;
  readonly offset: number;
  readonly length: number;
}

/** What else has to be made right when a field is written. */
export interface Sums {
  /** The offset, from the field's own base, of an Internet checksum that covers the field. */
  readonly at?: number | undefined;
  /** Whether the transport's checksum covers it, by its pseudo-header. */
  readonly transport?: boolean | undefined;
}

/** One expression: its name, and what writes its attributes. */
export interface Expression {
  readonly name: string;
  readonly data?: ((batch: MessageBatch<string>) => void) | undefined;
}

/** The only register these rules need: NFT_REG_1, 16 octets. */
const register = 1;
const value = (batch: MessageBatch<string>, type: number, octets: Uint8Array): void => {
  batch.nested(type, () => batch.attribute(1, octets));
};
const numbers = (batch: MessageBatch<string>, values: readonly (readonly [number, number])[]): void => {
  for (const [type, number] of values) batch.attribute(type, be32(number));
};

/** NFT_CMP_EQ, NFT_CMP_LTE, NFT_CMP_GTE. */
const comparison = { is: 0, most: 3, least: 5 } as const;

/** NFT_META_MARK, NFT_META_OIFNAME, NFT_META_L4PROTO. */
const meta = { mark: 3, oifname: 7, l4proto: 16 } as const;

const compare = (how: keyof typeof comparison, octets: Uint8Array): Expression => ({
  name: 'cmp',
  data: (batch) => {
    numbers(batch, [
      [1, register],
      [2, comparison[how]],
    ]);
    value(batch, 3, octets);
  },
});
const load = ({ base, offset, length }: PacketField): Expression => ({
  name: 'payload',
  data: (batch) =>
    numbers(batch, [
      [1, register],
      [2, header[base]],
      [3, offset],
      [4, length],
    ]),
});
const immediate = (octets: Uint8Array): Expression => ({
  name: 'immediate',
  data: (batch) => {
    numbers(batch, [[1, register]]);
    value(batch, 2, octets);
  },
});
const loadMeta = (key: keyof typeof meta): Expression => ({
  name: 'meta',
  data: (batch) =>
    numbers(batch, [
      [1, register],
      [2, meta[key]],
    ]),
});

/** IFNAMSIZ: an interface's name with zeros behind it. */
const interfaceOctets = (name: string): Buffer => {
  const octets = Buffer.alloc(16);
  octets.write(name, 'latin1');
  return octets;
};
/** Marks and the transport protocol are in the machine's own order. */
const own32 = (number: number): Buffer => {
  const octets = Buffer.alloc(4);
  octets.writeUInt32LE(number);
  return octets;
};

/** The vocabulary of rules. */
export const say = {
  fieldIs: (field: PacketField, octets: Uint8Array): Expression[] => [load(field), compare('is', octets)],
  /** A field of one octet. */
  fieldBetween: (field: PacketField, least: number, most: number): Expression[] => [
    load(field),
    compare('least', Buffer.from([least])),
    compare('most', Buffer.from([most])),
  ],
  leavesBy: (name: string): Expression[] => [loadMeta('oifname'), compare('is', interfaceOctets(name))],
  transportIs: (protocol: number): Expression[] => [loadMeta('l4proto'), compare('is', Buffer.from([protocol]))],
  markIs: (mark: number): Expression[] => [loadMeta('mark'), compare('is', own32(mark))],
  setMark: (mark: number): Expression[] => [
    immediate(own32(mark)),
    {
      name: 'meta',
      data: (batch) =>
        numbers(batch, [
          [2, meta.mark],
          [3, register],
        ]),
    },
  ],
  write: ({ base, offset, length }: PacketField, octets: Uint8Array, sums: Sums): Expression[] => [
    immediate(octets),
    {
      name: 'payload',
      data: (batch) =>
        numbers(batch, [
          [5, register],
          [2, header[base]],
          [3, offset],
          [4, length],
          [6, sums.at === undefined ? 0 : 1],
          [7, sums.at ?? 0],
          [8, sums.transport === true ? 1 : 0],
        ]),
    },
  ],
  count: { name: 'counter', data: () => undefined } satisfies Expression,
  /** Out of sight of connection tracking, which is asked later. */
  untracked: { name: 'notrack' } satisfies Expression,
} as const;

export interface Rule {
  readonly expressions: readonly Expression[];
  /** What it is, to be read back. */
  readonly comment?: string | undefined;
}

export interface Chain {
  readonly name: string;
  readonly hook: keyof typeof hook;
  readonly priority: number;
  readonly rules: readonly Rule[];
}

type Family = 4 | 6;

/** struct nfgenmsg. */
const general = (batch: MessageBatch<string>, family: number, resource = 0): void => {
  batch
    .u8(family)
    .u8(0)
    .u8(resource >> 8)
    .u8(resource & 0xff);
};

/**
 * Makes a table anew with these chains, in one transaction: a packet meets the old one or the new one.
 *
 * @returns what the kernel refuses, with its reason; nothing where all is well. A refused transaction changes nothing
 */
export const setTable = (
  socket: NetlinkSocket,
  family: Family,
  table: string,
  chains: readonly Chain[],
): { readonly context: string; readonly name: string; readonly errno: number }[] => {
  const batch = new MessageBatch<string>(16_384);
  const message = (type: number, flags: number, context: string, inside: () => void): void => {
    batch.begin((SUBSYSTEM << 8) | type, flags, context);
    general(batch, protocolFamily[family]);
    inside();
    batch.end();
  };
  const named = (context: string, type: number, flags: number): void =>
    message(type, flags, context, () => batch.attributeText(1, table));
  batch.begin(BATCH.BEGIN, 0, 'the beginning of a transaction');
  general(batch, 0, SUBSYSTEM);
  batch.end();
  // Made where it is not there, so that it can be taken away with all that is in it.
  named(`table ${table}`, NFT_MSG.NEWTABLE, NLM_F.CREATE);
  named(`the removal of table ${table}`, NFT_MSG.DELTABLE, 0);
  named(`table ${table}`, NFT_MSG.NEWTABLE, NLM_F.CREATE);
  for (const chain of chains) {
    message(NFT_MSG.NEWCHAIN, NLM_F.CREATE, `chain ${chain.name}`, () => {
      batch.attributeText(1, table).attributeText(3, chain.name);
      batch.nested(4, () =>
        numbers(batch, [
          [1, hook[chain.hook]],
          [2, chain.priority],
        ]),
      );
      batch.attributeText(7, 'filter');
    });
    for (const rule of chain.rules)
      message(NFT_MSG.NEWRULE, NLM_F.CREATE | APPEND, `a rule of chain ${chain.name}`, () => {
        batch.attributeText(1, table).attributeText(2, chain.name);
        batch.nested(4, () => {
          for (const { name, data } of rule.expressions)
            batch.nested(1, () => {
              batch.attributeText(1, name);
              if (data !== undefined) batch.nested(2, () => data(batch));
            });
        });
        if (rule.comment !== undefined) batch.attribute(7, Buffer.from(rule.comment));
      });
  }
  batch.begin(BATCH.END, 0, 'the end of a transaction');
  general(batch, 0, SUBSYSTEM);
  batch.end();
  // A transaction has to arrive in one piece, and its end is answered by nobody: the last message before it is.
  return socket.transact(batch);
};

/** A rule as the kernel has it. */
export interface StandingRule {
  readonly chain: string;
  readonly comment: string;
  /** Its expressions as octets in hexadecimal, without what changes by itself: for comparison. */
  readonly expressions: string;
  readonly packets: number | undefined;
}

const readRule = (payload: Buffer): StandingRule & { readonly table: string } => {
  let [table, chain, comment, expressions] = ['', '', '', ''];
  let packets: number | undefined;
  readAttributes(payload, 4, (type, attribute) => {
    if (type === 1) table = textOf(attribute);
    if (type === 2) chain = textOf(attribute);
    if (type === 7) comment = attribute.toString('utf8');
    if (type !== 4) return;
    readAttributes(attribute, 0, (_, element) => {
      let name = '';
      readAttributes(element, 0, (key, part) => {
        if (key === 1) name = textOf(part);
        if (key === 2 && name === 'counter')
          readAttributes(part, 0, (counter, count) => {
            if (counter === 2) packets = Number(count.readBigUInt64BE(0));
          });
      });
      expressions += name === 'counter' ? 'counter ' : `${element.toString('hex')} `;
    });
  });
  return { table, chain, comment, expressions, packets };
};

/** The rules of a table in their order; none where there is no such table. @throws NetlinkError */
export const readTable = (socket: NetlinkSocket, family: Family, table: string): StandingRule[] => {
  const rules: StandingRule[] = [];
  const body = Buffer.from([protocolFamily[family], 0, 0, 0]);
  socket.dump('the rules of nftables', (SUBSYSTEM << 8) | NFT_MSG.GETRULE, body, (payload) => {
    const { table: own, ...rule } = readRule(payload);
    if (own === table) rules.push(rule);
  });
  return rules;
};
