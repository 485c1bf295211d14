/**
 * The phone's side of session management (3GPP TS 24.301, clause 6): it asks for one connection, the default bearer, as
 * part of its attach. The name of the access point is told only later, in a protected message (6.6.1.2).
 */
import { type EsmMessage, encodeNas, type MessageOf } from '../../../src/signalling/nas/message.ts';
import { INFORMATION_LATER, requestType } from '../../../src/signalling/nas/esm.ts';
import { esmCause } from '../../../src/signalling/nas/cause.ts';
import { dnsServersIn, mtuIn, requestedConfiguration } from '../../../src/signalling/nas/pco.ts';
import { pdnType } from '../../../src/signalling/nas/session.ts';
import type { Bearer } from './types.ts';

/** The procedure transaction identity of the attach; a phone with one connection needs no other. */
const PTI = 1;

/** PDN CONNECTIVITY REQUEST; with an access point in mind the phone wants to be asked for it. */
export const connectivityRequest = (apn: string | undefined): Uint8Array =>
  encodeNas({
    kind: 'pdn-connectivity-request',
    ebi: 0,
    pti: PTI,
    requestType: requestType.initial,
    pdnType: pdnType.ipv4,
    ...(apn === undefined ? {} : { informationTransfer: INFORMATION_LATER }),
    pco: requestedConfiguration(),
  });

export const informationResponse = (
  { pti }: MessageOf<'esm-information-request'>,
  apn: string | undefined,
): EsmMessage => ({
  kind: 'esm-information-response',
  ebi: 0,
  pti,
  ...(apn === undefined ? {} : { apn }),
});

/** The bearer that the network offers, or the ESM cause with which the phone has to refuse it. */
export const offeredBearer = (offer: MessageOf<'activate-default-bearer-request'>): Bearer | number => {
  const { ipv4 } = offer.address;
  if (offer.pti !== PTI) return esmCause['PTI mismatch'];
  if (offer.ebi < 5) return esmCause['Invalid EPS bearer identity'];
  if (ipv4 === undefined) return esmCause['Unknown PDN type'];
  const pco = offer.pco ?? offer.extendedPco ?? [];
  return {
    address: ipv4,
    dns: dnsServersIn(pco),
    apn: offer.apn,
    ebi: offer.ebi,
    qci: offer.qos.qci,
    ambr: offer.ambr,
    mtu: mtuIn(pco),
  };
};

/** ACTIVATE DEFAULT EPS BEARER CONTEXT ACCEPT; the network began this transaction, so it has no identity. */
export const acceptance = (ebi: number): Uint8Array =>
  encodeNas({ kind: 'activate-default-bearer-accept', ebi, pti: 0 });
