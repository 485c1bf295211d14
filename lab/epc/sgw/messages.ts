/** What the SGW says on one side of what it heard on the other (3GPP TS 29.274, 7.2.1 and 7.2.2). */
import {
  accepted,
  ambr,
  apn,
  apnRestriction,
  bearerContext,
  bearerQos,
  cause,
  causes,
  chargingCharacteristics,
  ebi,
  elementOf,
  type Fteid,
  fteid,
  Gtpv2Error,
  type Ie,
  ie,
  imsi,
  mei,
  messageType,
  msisdn,
  pco,
  pdnAddress,
  pdnType,
  ratType,
  required,
  selectionMode,
  servingNetwork,
  timeZone,
  tunnelInterface,
  userLocation,
} from '../../../src/signalling/gtpv2/index.ts';
import { type Draft, Gtpv2Timeout } from '../gtpv2/transaction.ts';
import type { SgwConfig } from './config.ts';
import type { Session } from './session.ts';

/** Elements of a Create Session Request that are the PGW's business (TS 29.274, table 7.2.1-1). */
const forPgw = [
  imsi,
  msisdn,
  mei,
  userLocation,
  servingNetwork,
  ratType,
  apn,
  selectionMode,
  pdnType,
  pdnAddress,
  apnRestriction,
  ambr,
  pco,
  timeZone,
  chargingCharacteristics,
] as const;
/** Elements of the answer that are the MME's business (table 7.2.2-1). */
const forMme = [pdnAddress, apnRestriction, ambr, pco] as const;

/** The first element of each of these kinds, octet for octet. */
export const passOn = (
  ies: readonly Ie[],
  kinds: readonly { readonly type: number; readonly instance?: number }[],
): Ie[] => kinds.flatMap((kind) => elementOf(ies, kind, kind.instance) ?? []);

/** The Cause when the PGW is to blame (CS bit), or does not answer. */
export const blamed = (error: unknown): Ie => {
  if (error instanceof Gtpv2Timeout) return ie(cause, { value: causes['Remote peer not responding'], remote: true });
  if (error instanceof Gtpv2Error) return ie(cause, { value: causes['Invalid reply from remote peer'], remote: true });
  throw error;
};

type Use = 'S11/S4 SGW GTP-C' | 'S5/S8 SGW GTP-C' | 'S5/S8 SGW GTP-U' | 'S1-U SGW GTP-U';

/** An own end of a tunnel. */
export const ownEnd = ({ s11, s5, s1u }: SgwConfig, use: Use, teid: number): Fteid => {
  const place = { 'S11/S4 SGW GTP-C': s11, 'S5/S8 SGW GTP-C': s5, 'S5/S8 SGW GTP-U': s5, 'S1-U SGW GTP-U': s1u }[use];
  return { interface: tunnelInterface[use], teid, ipv4: place.local };
};

/** The MME's Create Session Request for the PGW. */
export const createOnS5 = (config: SgwConfig, session: Session, ies: readonly Ie[], recovery: Ie): Draft => ({
  type: messageType['Create Session Request'],
  teid: 0,
  ies: [
    ...passOn(ies, forPgw),
    ie(fteid, ownEnd(config, 'S5/S8 SGW GTP-C', session.s5)),
    ie(bearerContext, [
      ie(ebi, session.ebi),
      ie(fteid, ownEnd(config, 'S5/S8 SGW GTP-U', session.s5u), 2),
      ...passOn(required(ies, bearerContext), [bearerQos]),
    ]),
    recovery,
  ],
});

/** The PGW's answer for the MME. */
export const createdOnS11 = (config: SgwConfig, session: Session, ies: readonly Ie[], recovery: Ie): readonly Ie[] => [
  ie(cause, accepted),
  ie(fteid, ownEnd(config, 'S11/S4 SGW GTP-C', session.s11)),
  ...passOn(ies, [{ type: fteid.type, instance: 1 }, ...forMme]),
  ie(bearerContext, [
    ie(ebi, session.ebi),
    ie(cause, accepted),
    ie(fteid, ownEnd(config, 'S1-U SGW GTP-U', session.s1u)),
    ...passOn(required(ies, bearerContext), [{ type: fteid.type, instance: 2 }, bearerQos]),
  ]),
  recovery,
];
