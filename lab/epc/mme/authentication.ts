/**
 * Who a phone is (3GPP TS 24.301, 5.4): its IMSI, the proof that it is the IMSI's (EPS-AKA), and the keys for all that
 * follows.
 */
import { timingSafeEqual } from 'node:crypto';
import { concatenate } from '../../../src/packet/octets.ts';
import type { Algorithm } from '../../../src/signalling/aka/eea.ts';
import type { EutranVector } from '../../../src/signalling/diameter/index.ts';
import { securityCapabilityOf, supports, type UeNetworkCapability } from '../../../src/signalling/nas/capability.ts';
import { emmCause } from '../../../src/signalling/nas/cause.ts';
import { NO_KEYS } from '../../../src/signalling/nas/emm.ts';
import type { MessageOf } from '../../../src/signalling/nas/message.ts';
import { identityType } from '../../../src/signalling/nas/mobile-identity.ts';
import { NasSecurityContext } from '../../../src/signalling/nas/security.ts';
import type { Connection } from './connection.ts';
import type { Core } from './core.ts';
import { fetchVector } from './home.ts';
import type { Phone } from './phone.ts';
import type { Procedure } from './procedure.ts';
import { Refusal } from './refusal.ts';

/** The phone did not prove who it is: it is told so with a message of its own, not with a cause. */
export class AuthenticationRejected extends Error {
  override readonly name = 'AuthenticationRejected';
}

/** The IMSI, from the phone itself. */
export const askIdentity = async (core: Core, connection: Connection, procedure: Procedure): Promise<string> => {
  const { nas } = await procedure.exchange(
    () => connection.sendNas({ kind: 'identity-request', identityType: identityType.imsi }),
    core.config.timers.t3470,
    'identity-response',
  );
  if (nas.identity.kind !== 'imsi')
    throw new Refusal('UE identity cannot be derived by the network', `the phone told no IMSI: ${nas.identity.kind}`);
  return nas.identity.digits;
};

/** The next key set: a phone must not take its old keys for the new ones (5.4.2.2). */
const nextKeySet = (before: number | undefined): number => ((before ?? -1) + 1) % NO_KEYS;

const challenge = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  keySet: number,
  { rand, autn }: EutranVector,
): Promise<MessageOf<'authentication-response' | 'authentication-failure'>> => {
  const { nas } = await procedure.exchange(
    () => connection.sendNas({ kind: 'authentication-request', keySet, rand, autn }),
    core.config.timers.t3460,
    'authentication-response',
    'authentication-failure',
  );
  return nas;
};

const isRight = (res: Uint8Array, xres: Uint8Array): boolean =>
  res.length === xres.length && timingSafeEqual(res, xres);

/**
 * Challenges the phone; the result is KASME and the number of its key set.
 *
 * @throws {AuthenticationRejected} when the phone cannot answer, or does not believe the challenge
 */
export const authenticate = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  phone: Phone,
): Promise<{ readonly kasme: Uint8Array; readonly keySet: number }> => {
  const keySet = nextKeySet(phone.security?.keySet);
  let resynchronisation: Uint8Array | undefined;
  // The second challenge follows on the sequence number of the SIM card; a third would not be better (5.4.2.7, e).
  for (let attempt = 0; attempt < 2; attempt += 1) {
    const vector = await procedure.during(fetchVector(core, phone.imsi, resynchronisation));
    const answer = await challenge(core, connection, procedure, keySet, vector);
    if (answer.kind === 'authentication-response') {
      if (isRight(answer.res, vector.xres)) return { kasme: vector.kasme, keySet };
      throw new AuthenticationRejected(`${phone.imsi}: wrong answer to the challenge`);
    }
    if (answer.cause !== emmCause['Synch failure'] || answer.auts === undefined)
      throw new AuthenticationRejected(`${phone.imsi} refuses the challenge: EMM cause ${answer.cause}`);
    resynchronisation = concatenate(vector.rand, answer.auts);
  }
  throw new AuthenticationRejected(`${phone.imsi}: no common sequence number`);
};

const choose = (wanted: readonly Algorithm[], mask: number, what: string): Algorithm => {
  const algorithm = wanted.find((candidate) => supports(mask, candidate));
  if (algorithm === undefined)
    throw new Refusal('UE security capabilities mismatch', `no common algorithm for ${what}`);
  return algorithm;
};

/**
 * Takes the new keys into use.
 *
 * @returns the NAS COUNT of SECURITY MODE COMPLETE, which KeNB is made from
 */
export const takeKeysIntoUse = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  phone: Phone,
  keys: { readonly kasme: Uint8Array; readonly keySet: number },
  capability: UeNetworkCapability,
  msNetworkCapability: Uint8Array | undefined,
): Promise<number> => {
  const algorithms = {
    eea: choose(core.config.eea, capability.eea, 'ciphering'),
    eia: choose(core.config.eia, capability.eia, 'integrity'),
  };
  const security = new NasSecurityContext({ side: 'mme', ...keys, ...algorithms });
  phone.security = security;
  phone.capability = capability;
  connection.security = security;
  const { nas, count } = await procedure.exchange(
    () =>
      connection.sendNas(
        {
          kind: 'security-mode-command',
          algorithms,
          keySet: keys.keySet,
          capability: securityCapabilityOf(capability, msNetworkCapability),
        },
        'integrityNewContext',
      ),
    core.config.timers.t3460,
    'security-mode-complete',
    'security-mode-reject',
  );
  if (nas.kind === 'security-mode-complete' && count !== undefined) return count;
  phone.security = undefined;
  connection.security = undefined;
  const cause = nas.kind === 'security-mode-reject' ? nas.cause : emmCause['Security mode rejected, unspecified'];
  throw new Refusal('Security mode rejected, unspecified', `the phone rejects the security mode: EMM cause ${cause}`);
};
