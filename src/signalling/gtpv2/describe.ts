/** Any message as names and values, for a log or a person: what is known is read, the rest shown as octets. */
import { hexText } from '../octets.ts';
import {
  ambr,
  bearerContext,
  bearerFlags,
  bearerQos,
  bearerTft,
  delayValue,
  ebi,
  pdnConnection,
  retentionPriority,
} from './bearer.ts';
import type { IeReader } from './element.ts';
import { Gtpv2Error } from './error.ts';
import { ieName } from './ie-type.ts';
import { indication } from './indication.ts';
import { userLocation } from './location.ts';
import { decodeIes, type Ie, type Message } from './message.ts';
import { messageName } from './message-type.ts';
import { pco } from './pco.ts';
import * as subscriber from './subscriber.ts';
import { fteid, ipAddress, pdnAddress } from './tunnel.ts';

const readers: readonly IeReader<unknown>[] = [
  subscriber.imsi,
  subscriber.cause,
  subscriber.recovery,
  subscriber.apn,
  ambr,
  ebi,
  ipAddress,
  subscriber.mei,
  subscriber.msisdn,
  indication,
  pco,
  pdnAddress,
  bearerQos,
  subscriber.ratType,
  subscriber.servingNetwork,
  bearerTft,
  userLocation,
  fteid,
  delayValue,
  subscriber.chargingId,
  subscriber.chargingCharacteristics,
  bearerFlags,
  subscriber.pdnType,
  subscriber.procedureTransaction,
  subscriber.timeZone,
  subscriber.apnRestriction,
  subscriber.selectionMode,
  subscriber.nodeType,
  subscriber.fqdn,
  retentionPriority,
];
const byType = new Map(readers.map((reader) => [reader.type, reader]));
const grouped = new Set([bearerContext.type, pdnConnection.type]);

/** One element with its meaning. */
export interface Described {
  readonly name: string;
  readonly instance: number;
  /** The value of its codec, the elements of a group, or hexadecimal text of what is not known. */
  readonly value: unknown;
}

/** Groups in groups are not read deeper than this; the standard has two levels. */
const DEPTH = 4;

/** Reads an element by its type. @throws {Gtpv2Error} when it is malformed */
export const describeIe = (element: Ie, depth = DEPTH): Described => {
  const { type, instance, octets } = element;
  const reader = byType.get(type);
  const read = (): unknown => {
    if (grouped.has(type) && depth > 0) return decodeIes(octets).map((inner) => describeIe(inner, depth - 1));
    return reader === undefined ? hexText(octets) : reader.decode(octets);
  };
  try {
    return { name: ieName(type), instance, value: read() };
  } catch (error) {
    throw error instanceof Gtpv2Error ? error.at({ offending: { type, instance } }) : error;
  }
};

/** The name of a message and all its elements. @throws {Gtpv2Error} at the first one that is malformed */
export const describeMessage = (message: Message): { readonly name: string; readonly ies: readonly Described[] } => ({
  name: messageName(message.type),
  ies: message.ies.map((element) => describeIe(element)),
});
