/** GTPv2-C messages in words (3GPP TS 29.274): the telling elements, whichever message they stand in. */
import { causeName, isAccepted } from '../../signalling/gtpv2/cause.ts';
import { type Described, describeIe } from '../../signalling/gtpv2/describe.ts';
import { Gtpv2Error } from '../../signalling/gtpv2/error.ts';
import { decodeDatagram, type Ie, type Message } from '../../signalling/gtpv2/message.ts';
import { messageName } from '../../signalling/gtpv2/message-type.ts';
import { type Fteid, tunnelInterface } from '../../signalling/gtpv2/tunnel.ts';
import { apnText, hex, isRecord, numberOf, reasonOf, type Said, textOf } from './said.ts';

const uses = new Map<number, string>(Object.entries(tunnelInterface).map(([name, number]) => [number, name]));

/** `S5/S8 PGW GTP-U` in few words: `S5 PGW user`. */
const useText = (use: number): string =>
  (uses.get(use) ?? `interface ${use}`)
    .replace('S5/S8', 'S5')
    .replace('S11/S4', 'S11')
    .replace(' GTP-U', '')
    .replace(' GTP-C', ' control');

/** TEID 0 is none yet: the request that asks for it goes there. */
const fteidText = ({ interface: use, teid, ipv4, ipv6 }: Fteid): string =>
  `${useText(use)} ${teid === 0 ? '' : `TEID ${hex(teid)} `}at ${ipv4 ?? ipv6 ?? 'no address'}`;

const causeText = (value: unknown): string => {
  if (!isRecord(value)) return '';
  const code = numberOf(value['value']);
  // What is accepted needs no words in an answer; what is not has a number that people look up.
  if (code === 16) return 'accepted';
  return `cause ${code}: ${causeName(code)}${value['remote'] === true ? ' (told by the node behind)' : ''}`;
};

const tell: Readonly<Record<string, (value: unknown) => string>> = {
  IMSI: (value) => `IMSI ${textOf(value)}`,
  Cause: causeText,
  APN: apnText,
  EBI: (value) => `bearer ${textOf(value)}`,
  PAA: (value) => {
    const address = isRecord(value) ? textOf(value['ipv4']) : '';
    return address === '' || address === '0.0.0.0' ? '' : `address ${address}`;
  },
  'F-TEID': (value) => fteidText(value as Fteid),
  'Bearer QoS': (value) => (isRecord(value) ? `QCI ${numberOf(value['qci'])}` : ''),
};

/** A bearer context repeats that it was accepted; only its refusal is news. */
const acceptedBearer = ({ name, value }: Described): boolean =>
  name === 'Cause' && isRecord(value) && isAccepted(numberOf(value['value']));

const detailsOf = (ies: readonly Described[]): readonly string[] =>
  ies.flatMap((one) => {
    if (one.name === 'Bearer Context' && Array.isArray(one.value))
      return detailsOf((one.value as Described[]).filter((inner) => !acceptedBearer(inner)));
    const text = tell[one.name]?.(one.value) ?? '';
    return text === '' ? [] : [text];
  });

/** A GTPv2-C message, and the tunnel ends that it tells. */
export interface SaidGtpv2 extends Said {
  readonly type: number;
  readonly sequence: number;
  readonly fteids: readonly Fteid[];
}

const describe = (ie: Ie): { readonly described?: Described; readonly problem?: string } => {
  try {
    return { described: describeIe(ie) };
  } catch (error) {
    if (!(error instanceof Gtpv2Error)) throw error;
    return { problem: reasonOf(error) };
  }
};

const say = ({ type, sequence, ies }: Message): SaidGtpv2 => {
  const read = ies.map(describe);
  const described = read.flatMap(({ described: one }) => (one === undefined ? [] : [one]));
  const problems = read.flatMap(({ problem }) => problem ?? []);
  return {
    name: messageName(type),
    code: type,
    type,
    sequence,
    details: detailsOf(described),
    fteids: described.flatMap(({ name, value }) => (name === 'F-TEID' ? [value as Fteid] : [])),
    ...(problems.length === 0 ? {} : { problem: problems.join('; ') }),
  };
};

/** The messages of a datagram in words: one, or an answer and the request that rides on it. Never throws. */
export const sayGtpv2 = (datagram: Uint8Array): readonly SaidGtpv2[] => {
  try {
    return decodeDatagram(datagram).flatMap((message) => (message === undefined ? [] : [say(message)]));
  } catch (error) {
    if (!(error instanceof Gtpv2Error)) throw error;
    const type = error.header?.type;
    const problem = `not understood: ${reasonOf(error)}`;
    const name = type === undefined ? 'GTP-C' : messageName(type);
    return [
      { name, code: type, type: type ?? 0, sequence: error.header?.sequence ?? -1, details: [], fteids: [], problem },
    ];
  }
};
