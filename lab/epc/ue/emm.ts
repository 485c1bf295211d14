/**
 * Mobility management in the phone (3GPP TS 24.301, clause 5): attach, detach, and what the network does with it
 * meanwhile. Messages come in and go out as octets; time is the clock that it is given.
 *
 *     off -> deregistered -> registered-initiated -> registered -> deregistered-initiated -> deregistered
 */
import type { Usim } from '../../../src/signalling/aka/usim.ts';
import type { Clock } from '../clock.ts';
import type { Guti } from '../../../src/signalling/guti.ts';
import type { Plmn } from '../../../src/signalling/identity.ts';
import { type UeNetworkCapability } from '../../../src/signalling/nas/capability.ts';
import { emmCause, emmCauseName, esmCause, esmCauseName } from '../../../src/signalling/nas/cause.ts';
import { attachType } from '../../../src/signalling/nas/emm.ts';
import { NasError } from '../../../src/signalling/nas/error.ts';
import { decodePlain, type MessageOf, type PlainMessage } from '../../../src/signalling/nas/message.ts';
import { identityType, type MobileIdentity } from '../../../src/signalling/nas/mobile-identity.ts';
import type { PartialTaiList } from '../../../src/signalling/nas/values.ts';
import { describe } from './describe.ts';
import { acceptance, connectivityRequest, informationResponse, offeredBearer } from './esm.ts';
import { attachRefusal, authenticationRefusal, isFinal, type Refusal } from './refusal.ts';
import type { EstablishmentCause, InitialMessage } from './rrc.ts';
import { PhoneSecurity } from './security.ts';
import { Timers } from './timers.ts';
import { ATTEMPTS, type Bearer, type EmmState, timers, type UeEvent } from './types.ts';

/** What EMM needs of the radio connection. */
export interface Lower {
  /** Sends on the connection, or makes one first. */
  readonly send: (initial: InitialMessage) => void;
  /** Gives the connection up. */
  readonly release: () => void;
}

export interface EmmOptions {
  readonly clock: Clock;
  readonly lower: Lower;
  readonly usim: Usim;
  readonly imsi: string;
  readonly plmn: Plmn;
  /** Undefined for the subscription's default access point. */
  readonly apn: string | undefined;
  readonly capability: UeNetworkCapability;
  readonly told: (event: UeEvent) => void;
  readonly log: (line: string) => void;
}

type TimerName = 't3410' | 't3411' | 't3402' | 't3417' | 't3418' | 't3421' | 'reattach';

/** A detach in two words for the network (TS 24.301, 9.9.3.7). */
const DETACH_EPS = 1;
/** The network wants the phone back at once. */
const REATTACH_REQUIRED = 1;

export class Emm {
  readonly #options: EmmOptions;
  readonly #security: PhoneSecurity;
  readonly #timers: Timers<TimerName>;
  #state: EmmState = 'off';
  #guti: Guti | undefined;
  #areas: readonly PartialTaiList[] = [];
  #bearer: Bearer | undefined;
  #connected = false;
  #begun = 0;
  #attempts = 0;
  #detaches = 0;

  constructor(options: EmmOptions) {
    this.#options = options;
    this.#security = new PhoneSecurity(options);
    this.#timers = new Timers(options.clock);
  }

  get state(): EmmState {
    return this.#state;
  }
  get bearer(): Bearer | undefined {
    return this.#bearer;
  }
  get guti(): Guti | undefined {
    return this.#guti;
  }
  get areas(): readonly PartialTaiList[] {
    return this.#areas;
  }
  get security(): PhoneSecurity {
    return this.#security;
  }
  /** EMM-CONNECTED or EMM-IDLE. */
  get connected(): boolean {
    return this.#connected;
  }

  /** Switches on, or tries again; a phone that is attached stays so. */
  on(): void {
    if (this.#state !== 'off' && this.#state !== 'deregistered') return;
    this.#attempts = 0;
    this.#attach();
  }

  /** Detaches, and stays on (5.5.2.2.1). */
  detach(): void {
    if (this.#state === 'registered-initiated') {
      this.#disconnect();
      this.#end('phone');
      this.#options.told({ kind: 'refused', error: 'the phone gave up its attempt' });
    }
    if (this.#state !== 'registered' && this.#state !== 'service-request-initiated') return;
    this.#detaches = 0;
    this.#sendDetach();
  }

  /** Switches off; the network is told, and not waited for. Keys and GUTI are kept, as a SIM card keeps them. */
  off(): void {
    const told = this.#state === 'registered' || this.#state === 'service-request-initiated';
    if (told) this.#request(this.#detachRequest(true), 'mo-Signalling');
    this.#timers.stopAll();
    if (this.#bearer !== undefined) this.#lose('phone');
    const trying = this.#state === 'registered-initiated';
    this.#state = 'off';
    if (!told) this.#disconnect();
    if (trying) this.#options.told({ kind: 'refused', error: 'the phone was switched off' });
  }

  /** Asks for the radio bearers back (5.6.1), because somebody calls or the phone has something to send. */
  service(cause: EstablishmentCause = 'mo-Data'): void {
    const { context } = this.#security;
    if (this.#state !== 'registered' || this.#connected || context === undefined) return;
    this.#state = 'service-request-initiated';
    this.#options.log('NAS > service-request');
    this.#begin(context.serviceRequest(), cause);
    this.#timers.start('t3417', timers.t3417, () => {
      this.#state = 'registered';
      this.#disconnect();
      this.#options.told({ kind: 'refused', error: 'the network does not answer (T3417)' });
    });
  }

  /** The radio connection's user plane is there: it answers a SERVICE REQUEST (5.6.1.4). */
  bearersSetUp(): void {
    if (this.#state !== 'service-request-initiated') return;
    this.#timers.stop('t3417');
    this.#state = 'registered';
    this.#options.told({ kind: 'served' });
  }

  paged(mmec: number, mTmsi: number): void {
    if (this.#guti?.mmeCode === mmec && this.#guti.mTmsi === mTmsi) this.service('mt-Access');
  }

  /** No cell would have us. */
  connectionFailed(reason: string): void {
    this.#connected = false;
    this.#lost(reason);
  }

  /** The network has ended the radio connection. */
  released(): void {
    this.#connected = false;
    if (this.#timers.runs('reattach')) this.on();
    else this.#lost('the network ended the radio connection');
  }

  /** The radio connection broke: whatever was under way is over, and a phone that is attached asks for a new one. */
  connectionLost(): void {
    this.#connected = false;
    this.#lost('the radio connection is lost');
    this.service('mo-Data');
  }

  /** A NAS message from the network. */
  receive(octets: Uint8Array): void {
    if (this.#state === 'off') return;
    const opened = this.#security.open(octets);
    if ('discarded' in opened) {
      this.#options.log(`NAS < discarded: ${opened.discarded}`);
    } else if ('refused' in opened) {
      this.#options.log('NAS < security-mode-command, which cannot be accepted');
      this.#answer({ kind: 'security-mode-reject', cause: opened.refused });
    } else {
      this.#options.log(`NAS < ${describe(opened.message)}`);
      this.#handle(opened.message);
    }
  }

  #handle(message: PlainMessage): void {
    switch (message.kind) {
      case 'identity-request':
        return this.#answer({ kind: 'identity-response', identity: this.#identity(message.identityType) });
      case 'authentication-request':
        return this.#challenged(message);
      case 'authentication-reject':
        return this.#refused(authenticationRefusal);
      case 'security-mode-command':
        return this.#answer({ kind: 'security-mode-complete' }, 'integrityCipheredNewContext');
      case 'attach-accept':
        return this.#accepted(message);
      case 'attach-reject':
        return this.#state === 'registered-initiated' ? this.#refused(attachRefusal(message)) : undefined;
      case 'detach-accept':
        return this.#state === 'deregistered-initiated' ? this.#end('phone') : undefined;
      case 'network-detach-request':
        return this.#detached(message);
      case 'service-reject':
        return this.#serviceRejected(message.cause);
      case 'guti-reallocation-command':
        this.#guti = message.guti;
        this.#areas = message.taiList ?? this.#areas;
        return this.#answer({ kind: 'guti-reallocation-complete' });
      case 'esm-information-request':
        return this.#answer(informationResponse(message, this.#options.apn));
      case 'deactivate-bearer-request':
        return this.#deactivated(message);
      default:
        return undefined;
    }
  }

  #identity(type: number): MobileIdentity {
    // A phone of the lab has no number of its own, only its SIM card has.
    return type === identityType.imsi ? { kind: 'imsi', digits: this.#options.imsi } : { kind: 'none' };
  }

  // Attach (5.5.1)

  #attach(): void {
    const { imsi, capability, apn, clock } = this.#options;
    this.#timers.stopAll();
    this.#state = 'registered-initiated';
    this.#begun = clock.now();
    const identity =
      this.#guti === undefined
        ? ({ kind: 'imsi', digits: imsi } as const)
        : ({ kind: 'guti', guti: this.#guti } as const);
    this.#request(
      {
        kind: 'attach-request',
        attachType: attachType.eps,
        keySet: this.#security.keySet,
        identity,
        capability,
        esm: connectivityRequest(apn),
      },
      'mo-Signalling',
    );
    this.#timers.start('t3410', timers.t3410, () => this.#failed('the network does not answer (T3410)'));
  }

  #accepted(message: MessageOf<'attach-accept'>): void {
    const bearer = this.#offered(message.esm);
    if (this.#state === 'registered' && bearer !== undefined) {
      // The ATTACH COMPLETE was lost (5.5.1.2.7, item d of the network's side).
      this.#answer({ kind: 'attach-complete', esm: acceptance(bearer.ebi) });
      return;
    }
    if (this.#state !== 'registered-initiated') return;
    this.#timers.stopAll();
    if (bearer === undefined) {
      this.#failed('the network offered a bearer that the phone cannot use');
      return;
    }
    this.#state = 'registered';
    this.#attempts = 0;
    this.#guti = message.guti ?? this.#guti;
    this.#areas = message.taiList;
    this.#bearer = bearer;
    this.#answer({ kind: 'attach-complete', esm: acceptance(bearer.ebi) });
    this.#options.told({ kind: 'attached', bearer, milliseconds: this.#options.clock.now() - this.#begun });
  }

  #offered(container: Uint8Array): Bearer | undefined {
    try {
      const message = decodePlain(container, 'downlink');
      if (message.kind !== 'activate-default-bearer-request') return undefined;
      this.#options.log(`NAS < ${describe(message)}`);
      const bearer = offeredBearer(message);
      return typeof bearer === 'number' ? undefined : bearer;
    } catch (error) {
      if (error instanceof NasError) return undefined;
      throw error;
    }
  }

  /** An attempt came to nothing, and nobody said why (5.5.1.2.6). */
  #failed(reason: string): void {
    this.#disconnect();
    this.#timers.stopAll();
    this.#state = 'deregistered';
    this.#retry('again');
    this.#options.told({ kind: 'refused', error: reason });
  }

  #refused({ error, cause, retry }: Refusal): void {
    const hadBearer = this.#bearer !== undefined;
    this.#timers.stopAll();
    this.#state = 'deregistered';
    if (retry === 'final') this.#forget();
    if (hadBearer) this.#lose('network', cause);
    this.#retry(retry);
    this.#options.told({ kind: 'refused', error, cause });
  }

  #retry(retry: Refusal['retry']): void {
    this.#attempts = retry === 'later' ? ATTEMPTS : this.#attempts + 1;
    if (retry === 'final') return;
    if (this.#attempts < ATTEMPTS) {
      this.#timers.start('t3411', timers.t3411, () => this.#attach());
      return;
    }
    this.#forget();
    this.#timers.start('t3402', timers.t3402, () => this.on());
  }

  // Authentication (5.4.2)

  #challenged(message: MessageOf<'authentication-request'>): void {
    const answer = this.#security.challenge(message);
    this.#answer(answer);
    this.#timers.stop('t3418');
    if (answer.kind === 'authentication-response') {
      if (this.#state === 'registered-initiated' && !this.#timers.runs('t3410'))
        this.#timers.start('t3410', timers.t3410, () => this.#failed('the network does not answer (T3410)'));
      return;
    }
    // Until the network has tried again, nothing else is waited for (5.4.2.6, 5.4.2.7).
    this.#timers.stop('t3410');
    const wait = answer.cause === emmCause['Synch failure'] ? timers.t3420 : timers.t3418;
    const text = `the network could not prove who it is (${emmCauseName(answer.cause)})`;
    this.#timers.start('t3418', wait, () => this.#failed(text));
  }

  // Detach (5.5.2)

  #detachRequest(switchOff: boolean): MessageOf<'detach-request'> {
    return {
      kind: 'detach-request',
      detachType: { type: DETACH_EPS, switchOff },
      keySet: this.#security.keySet,
      identity:
        this.#guti === undefined ? { kind: 'imsi', digits: this.#options.imsi } : { kind: 'guti', guti: this.#guti },
    };
  }

  #sendDetach(): void {
    this.#state = 'deregistered-initiated';
    this.#detaches += 1;
    this.#request(this.#detachRequest(false), 'mo-Signalling');
    this.#timers.start('t3421', timers.t3421, () =>
      this.#detaches < ATTEMPTS ? this.#sendDetach() : this.#end('phone'),
    );
  }

  #detached({ detachType: { type }, cause }: MessageOf<'network-detach-request'>): void {
    if (this.#state === 'deregistered') return;
    this.#answer({ kind: 'detach-accept' });
    const again = type === REATTACH_REQUIRED && this.#state !== 'deregistered-initiated';
    if (cause !== undefined && isFinal(cause)) this.#forget();
    this.#end('network', cause, again);
  }

  #serviceRejected(cause: number): void {
    if (this.#state !== 'service-request-initiated') return;
    this.#timers.stop('t3417');
    const lost: readonly number[] = [
      emmCause['UE identity cannot be derived by the network'],
      emmCause['Implicitly detached'],
      emmCause['No EPS bearer context activated'],
    ];
    if (!lost.includes(cause) && !isFinal(cause)) {
      this.#state = 'registered';
      return;
    }
    if (cause !== emmCause['Implicitly detached']) this.#forget();
    this.#end('network', cause, !isFinal(cause));
  }

  #deactivated({ ebi, pti, cause }: MessageOf<'deactivate-bearer-request'>): void {
    if (this.#bearer?.ebi !== ebi) return;
    this.#answer({ kind: 'deactivate-bearer-accept', ebi, pti });
    this.#options.log(`ESM: bearer ${ebi} deactivated: ${esmCauseName(cause)}`);
    // It was the only one: without a bearer a phone is not attached (5.5.2.2.1).
    this.#end('network', undefined, cause === esmCause['Reactivation requested']);
  }

  /** The end of a registration or of an attempt; `again` when the phone is to attach anew. */
  #end(by: 'phone' | 'network', cause?: number, again = false): void {
    this.#timers.stopAll();
    const hadBearer = this.#bearer !== undefined;
    this.#state = 'deregistered';
    if (hadBearer) this.#lose(by, cause);
    // The network ends the connection first (5.5.2.3.2); when it does not, T3411 is long enough to wait for it.
    if (again) this.#timers.start('reattach', this.#connected ? timers.t3411 : 0, () => this.on());
  }

  #lose(by: 'phone' | 'network', cause?: number): void {
    this.#bearer = undefined;
    this.#options.told({ kind: 'detached', by, cause });
  }

  #forget(): void {
    this.#guti = undefined;
    this.#areas = [];
    this.#security.forget();
  }

  /** The connection went while something was expected of it. */
  #lost(reason: string): void {
    if (this.#state === 'registered-initiated') this.#failed(reason);
    else if (this.#state === 'deregistered-initiated') this.#end('phone');
    else if (this.#state === 'service-request-initiated') {
      this.#timers.stop('t3417');
      this.#state = 'registered';
    }
  }

  #disconnect(): void {
    this.#connected = false;
    this.#options.lower.release();
  }

  /** A message that may be the first of a connection. */
  #request(message: PlainMessage, cause: EstablishmentCause): void {
    this.#options.log(`NAS > ${describe(message)}`);
    if (this.#connected && message.kind !== 'attach-request')
      this.#options.lower.send({ nas: this.#security.protect(message), cause });
    else this.#begin(this.#security.protectInitial(message), cause);
  }

  #begin(nas: Uint8Array, cause: EstablishmentCause): void {
    // A new attach has a new connection: what is left of another is of a procedure that is over.
    this.#options.lower.release();
    this.#security.beginConnection();
    this.#connected = true;
    this.#options.lower.send({ nas, cause, guti: this.#guti });
  }

  #answer(message: PlainMessage, protection?: 'integrityCipheredNewContext'): void {
    this.#options.log(`NAS > ${describe(message)}`);
    this.#options.lower.send({ nas: this.#security.protect(message, protection), cause: 'mo-Signalling' });
  }
}
