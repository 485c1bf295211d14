/**
 * Why addresses and ports changed: network address translation (RFC 3022). The node's connection tracking entry is the
 * proof, its rule the reason. On the way back the entry alone undoes what the rule did.
 */
import { contains, parseAddress, parsePrefix } from '../../address/ip.ts';
import type { Cause, Change } from '../change.ts';
import { destinationText, sourceText, tupleText } from '../evidence.ts';
import type { Tuple } from '../evidence.ts';
import type { Ground, RewriteOf } from '../ground.ts';
import type { Sighting } from '../sighting.ts';
import { metadataCause } from './metadata.ts';
import { sameTuple, statelessOf, translationsOf } from '../translation.ts';
import type { Translation } from '../translation.ts';

type Protocol = Translation['entry']['protocol'];
type Side = 'source' | 'destination';

/** The word behind an option of an iptables rule. */
const option = (rule: string, name: string): string | undefined => {
  const words = rule.split(' ');
  const at = words.indexOf(name);
  return at < 0 ? undefined : words[at + 1];
};

const inside = (prefix: string | undefined, address: string): boolean => {
  if (prefix === undefined) return true;
  const [parsed, inner] = [
    parsePrefix(prefix.includes('/') ? prefix : `${prefix}/${prefix.includes(':') ? 128 : 32}`),
    parseAddress(address),
  ];
  return parsed !== undefined && inner !== undefined && contains(parsed, inner);
};

/** Whether `--to-source 192.0.2.1:20000-20999` names the address; no such option: any, as masquerade. */
const targets = (rule: string, name: string, address: string): boolean => {
  const target = option(rule, name);
  return (
    target === undefined || target === address || target.startsWith(`${address}:`) || target.startsWith(`[${address}]`)
  );
};

/** The declared rule that makes the first packet of a connection look like this. */
const ruleFor = (
  ground: Ground,
  node: string,
  side: Side,
  protocol: Protocol,
  before: Tuple,
  after: Tuple,
  devices: { readonly in?: string | undefined; readonly out?: string | undefined },
): RewriteOf<'nat'> | undefined =>
  ground.rewrites(node, 'nat').find(({ rule, type }) => {
    if ((type === 'DNAT') !== (side === 'destination')) return false;
    const wanted = option(rule, '-p');
    if (wanted !== undefined && wanted !== protocol) return false;
    const [input, output] = [option(rule, '-i'), option(rule, '-o')];
    if (
      (input !== undefined && devices.in !== undefined && input !== devices.in) ||
      (output !== undefined && devices.out !== undefined && output !== devices.out)
    )
      return false;
    const port = option(rule, '--dport');
    // Source translation comes after destination translation and sees its result.
    const seen =
      side === 'source'
        ? { ...before, destination: after.destination, destinationPort: after.destinationPort }
        : before;
    if (port !== undefined && Number(port) !== seen.destinationPort) return false;
    return (
      inside(option(rule, '-s'), seen.source) &&
      inside(option(rule, '-d'), seen.destination) &&
      (side === 'destination'
        ? targets(rule, '--to-destination', after.destination)
        : targets(rule, '--to-source', after.source))
    );
  });

const kindOf = (rule: RewriteOf<'nat'> | undefined, side: Side): Cause['kind'] => {
  if (rule === undefined) return side === 'source' ? 'snat' : 'dnat';
  return rule.type === 'MASQUERADE' ? 'masquerade' : rule.type === 'SNAT' ? 'snat' : 'dnat';
};

const entryText = ({ entry }: Translation): string =>
  `conntrack ${entry.protocol} ${tupleText(entry.original)}, answers ${tupleText(entry.reply)}`;

/** The reason a source or a destination changed, from the conntrack entry and the rule. */
const causeOf = (
  ground: Ground,
  from: Sighting,
  to: Sighting,
  side: Side,
  protocol: Protocol,
  tuples: readonly [Tuple, Tuple],
  translation: Translation | undefined,
): Cause | undefined => {
  const { node } = to.frame;
  if (translation === undefined) {
    const rule = ruleFor(ground, node, side, protocol, ...tuples, {
      in: from.frame.interface,
      out: to.frame.interface,
    });
    return rule === undefined ? undefined : { kind: kindOf(rule, side), text: rule.rule, grade: 'inferred' };
  }
  const { entry, direction } = translation;
  const reverse = direction === 'reply';
  const first = [
    entry.original,
    {
      source: entry.reply.destination,
      destination: entry.reply.source,
      sourcePort: entry.reply.destinationPort,
      destinationPort: entry.reply.sourcePort,
    },
  ] as const;
  // What the answer undoes at its destination was done at the first packet's source, and the other way round.
  const done: Side = reverse ? (side === 'source' ? 'destination' : 'source') : side;
  const devices = reverse
    ? { in: to.frame.interface, out: from.frame.interface }
    : { in: from.frame.interface, out: to.frame.interface };
  const rule = ruleFor(ground, node, done, protocol, ...first, devices);
  return {
    kind: kindOf(rule, done),
    text: rule?.rule ?? `a translation of ${node} that no rule declares`,
    state: entryText(translation),
    ...(reverse ? { reverse } : {}),
    grade: rule === undefined ? 'inferred' : 'explained',
  };
};

/** The table that translates one to one, where it says so: no connection is looked up, and the way back is another rule. */
const statelessCause = (
  ground: Ground,
  node: string,
  side: Side,
  tuples: readonly [Tuple, Tuple],
): Cause | undefined => {
  const [before, after] = tuples;
  const found = statelessOf(ground, node, before[side]);
  if (found?.to !== after[side]) return undefined;
  return {
    kind: side === 'source' ? 'snat' : 'dnat',
    text: `nft table stateless-nat: ${before[side]} > ${after[side]}, without connection tracking`,
    state: `${found.packets} packets so far; every gateway with this rule would do the same`,
    grade: 'explained',
  };
};

/** Which side of a flow changed. */
const sides = (before: Tuple, after: Tuple): Side[] => [
  ...(before.source !== after.source || before.sourcePort !== after.sourcePort ? (['source'] as const) : []),
  ...(before.destination !== after.destination || before.destinationPort !== after.destinationPort
    ? (['destination'] as const)
    : []),
];

/** Changes of addresses and ports between two copies of a packet, each with its cause. */
export const explainAddresses = (
  ground: Ground,
  from: Sighting,
  to: Sighting,
  where: Change['where'],
  protocol: string,
  before: Tuple,
  after: Tuple,
): Change[] => {
  const known = (name: string): name is Protocol => ['tcp', 'udp', 'icmp', 'icmpv6'].includes(name);
  const found = known(protocol) ? translationsOf(ground, to.frame.node, protocol, before) : [];
  const translation = found.find((candidate) => sameTuple(candidate.after, after));
  const metadata = metadataCause(ground, from, to);
  const icmp = protocol === 'icmp' || protocol === 'icmpv6';
  return (
    sides(before, after)
      // The identifier of ICMP is no side of its own: the source carries it.
      .filter(
        (side, _, all) =>
          !(icmp && side === 'destination' && before.destination === after.destination && all.includes('source')),
      )
      .map((side) => {
        const text = (tuple: Tuple): string => {
          const shown = icmp ? { ...tuple, sourcePort: undefined, destinationPort: undefined } : tuple;
          const address = side === 'source' ? sourceText(shown) : destinationText(shown);
          return icmp && before.sourcePort !== after.sourcePort ? `${address} id ${tuple.sourcePort ?? ''}` : address;
        };
        const change = { kind: side, where, field: side, from: text(before), to: text(after) } as const;
        const cause =
          metadata ??
          statelessCause(ground, to.frame.node, side, [before, after]) ??
          (known(protocol) ? causeOf(ground, from, to, side, protocol, [before, after], translation) : undefined);
        if (cause !== undefined) return { ...change, cause };
        const entry = found[0];
        const problem =
          entry === undefined
            ? `${to.frame.node} has no translation of ${tupleText(before)}`
            : `${entryText(entry)} makes it ${tupleText(entry.after)}`;
        return { ...change, problem };
      })
  );
};
