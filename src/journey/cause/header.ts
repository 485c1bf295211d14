/** Why single header fields changed: checksums that follow from the rest, DSCP and ECN marks, a clamped MSS, the rest. */
import { maximumSegmentSize, tcpOption, tcpOptions } from '../../packet/tcp.ts';
import { isIcmpError } from '../../packet/icmp.ts';
import type { Change } from '../change.ts';
import type { Field, PacketView } from '../fields.ts';
import type { Ground } from '../ground.ts';
import { checksumFollows, checksumRight, headerChecksumRight } from '../sums.ts';

type Where = Change['where'];

const word = (value: number): string => `0x${value.toString(16).padStart(4, '0')}`;

/** The IPv4 header checksum after a change of the header: it has to be right, whatever it was. */
export const explainHeaderChecksum = (before: PacketView, after: PacketView, where: Where): Change[] => {
  if (before.ip.protocol !== 'ipv4' || after.ip.protocol !== 'ipv4') return [];
  const change = {
    kind: 'checksum',
    where,
    field: 'ipv4 header checksum',
    from: word(before.ip.checksum),
    to: word(after.ip.checksum),
  } as const;
  return headerChecksumRight(after)
    ? [{ ...change, cause: { kind: 'checksum', text: 'right for the new header', grade: 'exact' } }]
    : [{ ...change, problem: 'wrong for the new header' }];
};

/** The transport checksum after a change of what it covers. `partial`: a network card was left to complete it. */
export const explainChecksum = (before: PacketView, after: PacketView, where: Where, partial: boolean): Change[] => {
  const [from, to] = [before.transport?.checksum ?? 0, after.transport?.checksum ?? 0];
  const change = {
    kind: 'checksum',
    where,
    field: `${after.transport?.protocol ?? ''} checksum`,
    from: word(from),
    to: word(to),
  } as const;
  const follows = checksumFollows(before, after);
  if (follows === true)
    return [
      { ...change, cause: { kind: 'checksum', text: 'follows from the other changes (RFC 1624)', grade: 'exact' } },
    ];
  if (partial)
    return checksumRight(after) === true
      ? [{ ...change, cause: { kind: 'offload', text: 'completed, and right for the whole packet', grade: 'exact' } }]
      : [
          {
            ...change,
            cause: { kind: 'offload', text: 'partial: left to the network card to complete', grade: 'inferred' },
          },
        ];
  if (follows === undefined)
    return from === to ? [] : [{ ...change, problem: 'one of the two is missing or was cut off by the capture' }];
  // What a translated ICMP error quotes was translated too (RFC 5508, section 4), and the sum covers the quotation.
  const { transport } = after;
  if ((transport?.protocol === 'icmp' || transport?.protocol === 'icmpv6') && isIcmpError(transport))
    return [
      {
        ...change,
        cause: {
          kind: 'checksum',
          text: 'covers the quoted packet, which was translated as well (RFC 5508)',
          grade: 'inferred',
        },
      },
    ];
  return [{ ...change, problem: 'does not follow from the other changes' }];
};

const trafficClass = ({ ip }: PacketView): number => (ip.protocol === 'ipv4' ? ip.tos : ip.trafficClass);

/** ECN codepoints (RFC 3168, 5). */
const CONGESTION = 3;
const ecnNames = ['not ECT', 'ECT(1)', 'ECT(0)', 'CE'] as const;

const mangleRule = (ground: Ground, node: string, target: RegExp): string | undefined =>
  ground.about(node).mangle?.find((rule) => target.test(rule));

/** DSCP by a rule of the node; a congestion mark by a queue that is full. */
export const explainTrafficClass = (
  ground: Ground,
  node: string,
  before: PacketView,
  after: PacketView,
  where: Where,
): Change[] => {
  const [from, to] = [trafficClass(before), trafficClass(after)];
  const changes: Change[] = [];
  if (from >> 2 !== to >> 2) {
    const change = { kind: 'dscp', where, field: 'dscp', from: String(from >> 2), to: String(to >> 2) } as const;
    const rule = mangleRule(ground, node, /-j (?:DSCP|TOS)\b/u);
    changes.push(
      rule === undefined
        ? { ...change, problem: `${node} has no rule that marks packets` }
        : { ...change, cause: { kind: 'mangle', text: rule, grade: 'explained' } },
    );
  }
  if ((from & 3) !== (to & 3)) {
    const change = {
      kind: 'ecn',
      where,
      field: 'ecn',
      from: ecnNames[from & 3] ?? '',
      to: ecnNames[to & 3] ?? '',
    } as const;
    changes.push(
      (from & 3) !== 0 && (to & 3) === CONGESTION
        ? {
            ...change,
            cause: { kind: 'congestion', text: `a queue of ${node} is filling up (RFC 3168)`, grade: 'inferred' },
          }
        : { ...change, problem: 'only CE may be set on the way' },
    );
  }
  return changes;
};

/** The options of a TCP header but the MSS, as text to compare. */
const otherOptions = ({ bytes, transport }: PacketView): string =>
  transport?.protocol === 'tcp'
    ? tcpOptions(bytes, transport)
        .filter(({ kind }) => kind !== tcpOption.mss)
        .map(({ offset, length }) => bytes.subarray(offset, offset + length).join(' '))
        .join(' | ')
    : '';

/** TCP options: a rule of the node may lower the MSS (RFC 9293, 3.7.1), and nothing else. */
export const explainOptions = (
  ground: Ground,
  node: string,
  before: PacketView,
  after: PacketView,
  where: Where,
): Change[] => {
  if (before.transport?.protocol !== 'tcp' || after.transport?.protocol !== 'tcp') return [];
  if (otherOptions(before) !== otherOptions(after))
    return [
      {
        kind: 'other',
        where,
        field: 'tcp options',
        from: otherOptions(before),
        to: otherOptions(after),
        problem: 'options other than MSS changed',
      },
    ];
  const [from, to] = [
    maximumSegmentSize(before.bytes, before.transport),
    maximumSegmentSize(after.bytes, after.transport),
  ];
  const change = { kind: 'mss', where, field: 'tcp mss', from: String(from), to: String(to) } as const;
  const rule = mangleRule(ground, node, /-j TCPMSS\b/u);
  return rule === undefined
    ? [{ ...change, problem: `${node} has no rule that clamps the MSS` }]
    : [{ ...change, cause: { kind: 'mangle', text: rule, grade: 'explained' } }];
};

/** Fields that nothing on the way may change. */
export const explainRest = (
  fields: ReadonlySet<Field>,
  after: PacketView,
  where: Where,
  translated: boolean,
): Change[] => {
  const rest: readonly Field[] = [
    'version',
    'flow label',
    'length',
    'identification',
    'fragment',
    'protocol',
    'ip options',
    'sequence',
    'acknowledgement',
    'flags',
    'window',
    'urgent',
    'udp length',
    'icmp type',
    'icmp sequence',
    'payload',
  ];
  const { transport } = after;
  const quotes = (transport?.protocol === 'icmp' || transport?.protocol === 'icmpv6') && isIcmpError(transport);
  return rest
    .filter((field) => fields.has(field))
    .map((field) => {
      const change = { kind: 'other', where, field, from: 'other octets', to: 'other octets' } as const;
      return field === 'payload' && quotes && translated
        ? {
            ...change,
            field: 'quoted packet',
            cause: { kind: 'snat', text: 'translated with the error that quotes it (RFC 5508)', grade: 'inferred' },
          }
        : { ...change, problem: 'nothing on the way may change it' };
    });
};
