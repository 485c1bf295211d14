/** All AVPs that are known, by vendor and code; and any message as names and values, for a log or a person. */
import { hexText } from '../octets.ts';
import { type Avp, avpFlag, decodeAvps } from './avp.ts';
import * as base from './base-avps.ts';
import { commandName } from './command.ts';
import * as creditControl from './credit-control-avps.ts';
import { type AvpReader, valueOf } from './definition.ts';
import { DiameterError } from './error.ts';
import type { DiameterMessage } from './message.ts';
import { results } from './result.ts';
import * as s6a from './s6a-avps.ts';

/** Every AVP of the dictionary. */
export const dictionary: readonly AvpReader<unknown>[] = [base, creditControl, s6a].flatMap((room) =>
  Object.values<AvpReader<unknown>>(room),
);

const keyOf = ({ code, vendor }: { readonly code: number; readonly vendor: number }): string => `${vendor} ${code}`;
const known = new Map(dictionary.map((definition) => [keyOf(definition), definition]));

/** The definition of an AVP; undefined when nobody here knows it. */
export const definitionOf = (one: Pick<Avp, 'code' | 'vendor'>): AvpReader<unknown> | undefined =>
  known.get(keyOf(one));

/** AVPs that a receiver must understand and that are not in the dictionary: reasons to refuse with 5001 (RFC 6733, 4.1). */
export const unsupported = (message: DiameterMessage): Avp[] =>
  message.avps.filter((one) => (one.flags & avpFlag.mandatory) !== 0 && definitionOf(one) === undefined);

/** One AVP with its meaning. */
export interface DescribedAvp {
  readonly name: string;
  /** The value of its format, the AVPs of a group, or hexadecimal text of octets. */
  readonly value: unknown;
}

/** Groups in groups are not read deeper than this; Subscription-Data needs five. */
const DEPTH = 16;

/** Reads an AVP by its code. @throws {DiameterError} when it is malformed */
export const describeAvp = (one: Avp, depth = DEPTH): DescribedAvp => {
  const definition = definitionOf(one);
  if (definition === undefined) return { name: `AVP ${one.code} of vendor ${one.vendor}`, value: hexText(one.data) };
  if (definition.type !== 'Grouped') {
    const value = valueOf(definition, one);
    return { name: definition.name, value: value instanceof Uint8Array ? hexText(value) : value };
  }
  if (depth === 0) throw new DiameterError(results.DIAMETER_INVALID_AVP_VALUE, 'groups in groups without end');
  return { name: definition.name, value: decodeAvps(one.data).map((inner) => describeAvp(inner, depth - 1)) };
};

/** The name of a message and all its AVPs. @throws {DiameterError} at the first one that is malformed */
export const describeMessage = (
  message: DiameterMessage,
): { readonly name: string; readonly avps: readonly DescribedAvp[] } => ({
  name: commandName(message),
  avps: message.avps.map((one) => describeAvp(one)),
});
