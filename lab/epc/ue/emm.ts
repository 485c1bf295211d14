/**
 * Mobility management in the phone (3GPP TS 24.301, clause 5): attach, detach, and what the network does with it
 * meanwhile. Messages come in and go out as octets; time is the clock that it is given.
 *
 *     off -> deregistered -> registered-initiated -> registered -> deregistered-initiated -> deregistered
 */
import type { Guti } from '../../../src/signalling/guti.ts';
import { emmCause, esmCause, esmCauseName } from '../../../src/signalling/nas/cause.ts';
import type { MessageOf, PlainMessage } from '../../../src/signalling/nas/message.ts';
import { identityType, type MobileIdentity } from '../../../src/signalling/nas/mobile-identity.ts';
import type { PartialTaiList } from '../../../src/signalling/nas/values.ts';
import { Attach } from './attach.ts';
import { describe } from './describe.ts';
import { informationResponse } from './esm.ts';
import { attachRefusal, authenticationRefusal, isFinal } from './refusal.ts';
import { type EmmOptions, Registration } from './registration.ts';
import type { EstablishmentCause } from './rrc.ts';
import type { PhoneSecurity } from './security.ts';
import { ATTEMPTS, type Bearer, type EmmState, timers } from './types.ts';

/** A detach in two words for the network (TS 24.301, 9.9.3.7). */
const DETACH_EPS = 1;
/** The network wants the phone back at once. */
const REATTACH_REQUIRED = 1;

export class Emm {
  readonly #phone: Registration;
  readonly #attach: Attach;
  #detaches = 0;

  constructor(options: EmmOptions) {
    this.#phone = new Registration(options);
    this.#attach = new Attach(this.#phone);
  }

  get state(): EmmState {
    return this.#phone.state;
  }
  get bearer(): Bearer | undefined {
    return this.#phone.bearer;
  }
  get guti(): Guti | undefined {
    return this.#phone.guti;
  }
  get areas(): readonly PartialTaiList[] {
    return this.#phone.areas;
  }
  get security(): PhoneSecurity {
    return this.#phone.security;
  }
  /** EMM-CONNECTED or EMM-IDLE. */
  get connected(): boolean {
    return this.#phone.connected;
  }

  /** Switches on, or tries again; a phone that is attached stays so. */
  on(): void {
    if (this.#phone.state !== 'off' && this.#phone.state !== 'deregistered') return;
    this.#attach.start();
  }

  /** Detaches, and stays on (5.5.2.2.1). */
  detach(): void {
    if (this.#phone.state === 'registered-initiated') {
      this.#phone.disconnect();
      this.#end('phone');
      this.#phone.options.told({ kind: 'refused', error: 'the phone gave up its attempt' });
    }
    if (this.#phone.state !== 'registered' && this.#phone.state !== 'service-request-initiated') return;
    this.#detaches = 0;
    this.#sendDetach();
  }

  /** Switches off; the network is told, and not waited for. Keys and GUTI are kept, as a SIM card keeps them. */
  off(): void {
    const told = this.#phone.state === 'registered' || this.#phone.state === 'service-request-initiated';
    if (told) this.#phone.request(this.#detachRequest(true), 'mo-Signalling');
    this.#phone.timers.stopAll();
    if (this.#phone.bearer !== undefined) this.#phone.lose('phone');
    const trying = this.#phone.state === 'registered-initiated';
    this.#phone.state = 'off';
    if (!told) this.#phone.disconnect();
    if (trying) this.#phone.options.told({ kind: 'refused', error: 'the phone was switched off' });
  }

  /** Asks for the radio bearers back (5.6.1), because somebody calls or the phone has something to send. */
  service(cause: EstablishmentCause = 'mo-Data'): void {
    const { context } = this.#phone.security;
    if (this.#phone.state !== 'registered' || this.#phone.connected || context === undefined) return;
    this.#phone.state = 'service-request-initiated';
    this.#phone.options.log('NAS > service-request');
    this.#phone.begin(context.serviceRequest(), cause);
    this.#phone.timers.start('t3417', timers.t3417, () => {
      this.#phone.state = 'registered';
      this.#phone.disconnect();
      this.#phone.options.told({ kind: 'refused', error: 'the network does not answer (T3417)' });
    });
  }

  /** The radio connection's user plane is there: it answers a SERVICE REQUEST (5.6.1.4). */
  bearersSetUp(): void {
    if (this.#phone.state !== 'service-request-initiated') return;
    this.#phone.timers.stop('t3417');
    this.#phone.state = 'registered';
    this.#phone.options.told({ kind: 'served' });
  }

  paged(mmec: number, mTmsi: number): void {
    if (this.#phone.guti?.mmeCode === mmec && this.#phone.guti.mTmsi === mTmsi) this.service('mt-Access');
  }

  /** No cell would have us. */
  connectionFailed(reason: string): void {
    this.#phone.connected = false;
    this.#lost(reason);
  }

  /** The network has ended the radio connection. */
  released(): void {
    this.#phone.connected = false;
    if (this.#phone.timers.runs('reattach')) this.on();
    else this.#lost('the network ended the radio connection');
  }

  /** The radio connection broke: whatever was under way is over, and a phone that is attached asks for a new one. */
  connectionLost(): void {
    this.#phone.connected = false;
    this.#lost('the radio connection is lost');
    this.service('mo-Data');
  }

  /** A NAS message from the network. */
  receive(octets: Uint8Array): void {
    if (this.#phone.state === 'off') return;
    const opened = this.#phone.security.open(octets);
    if ('discarded' in opened) {
      this.#phone.options.log(`NAS < discarded: ${opened.discarded}`);
    } else if ('refused' in opened) {
      this.#phone.options.log('NAS < security-mode-command, which cannot be accepted');
      this.#phone.answer({ kind: 'security-mode-reject', cause: opened.refused });
    } else {
      this.#phone.options.log(`NAS < ${describe(opened.message)}`);
      this.#handle(opened.message);
    }
  }

  #handle(message: PlainMessage): void {
    switch (message.kind) {
      case 'identity-request':
        return this.#phone.answer({ kind: 'identity-response', identity: this.#identity(message.identityType) });
      case 'authentication-request':
        return this.#attach.challenged(message);
      case 'authentication-reject':
        return this.#attach.refused(authenticationRefusal);
      case 'security-mode-command':
        return this.#phone.answer({ kind: 'security-mode-complete' }, 'integrityCipheredNewContext');
      case 'attach-accept':
        return this.#attach.accepted(message);
      case 'attach-reject':
        return this.#phone.state === 'registered-initiated' ? this.#attach.refused(attachRefusal(message)) : undefined;
      case 'detach-accept':
        return this.#phone.state === 'deregistered-initiated' ? this.#end('phone') : undefined;
      case 'network-detach-request':
        return this.#detached(message);
      case 'service-reject':
        return this.#serviceRejected(message.cause);
      case 'guti-reallocation-command':
        this.#phone.guti = message.guti;
        this.#phone.areas = message.taiList ?? this.#phone.areas;
        return this.#phone.answer({ kind: 'guti-reallocation-complete' });
      case 'esm-information-request':
        return this.#phone.answer(informationResponse(message, this.#phone.options.apn));
      case 'deactivate-bearer-request':
        return this.#deactivated(message);
      default:
        return undefined;
    }
  }

  #identity(type: number): MobileIdentity {
    // A phone of the lab has no number of its own, only its SIM card has.
    return type === identityType.imsi ? { kind: 'imsi', digits: this.#phone.options.imsi } : { kind: 'none' };
  }

  // Detach (5.5.2)

  #detachRequest(switchOff: boolean): MessageOf<'detach-request'> {
    return {
      kind: 'detach-request',
      detachType: { type: DETACH_EPS, switchOff },
      keySet: this.#phone.security.keySet,
      identity: this.#phone.identity,
    };
  }

  #sendDetach(): void {
    this.#phone.state = 'deregistered-initiated';
    this.#detaches += 1;
    this.#phone.request(this.#detachRequest(false), 'mo-Signalling');
    this.#phone.timers.start('t3421', timers.t3421, () =>
      this.#detaches < ATTEMPTS ? this.#sendDetach() : this.#end('phone'),
    );
  }

  #detached({ detachType: { type }, cause }: MessageOf<'network-detach-request'>): void {
    if (this.#phone.state === 'deregistered') return;
    this.#phone.answer({ kind: 'detach-accept' });
    const again = type === REATTACH_REQUIRED && this.#phone.state !== 'deregistered-initiated';
    if (cause !== undefined && isFinal(cause)) this.#phone.forget();
    this.#end('network', cause, again);
  }

  #serviceRejected(cause: number): void {
    if (this.#phone.state !== 'service-request-initiated') return;
    this.#phone.timers.stop('t3417');
    const lost: readonly number[] = [
      emmCause['UE identity cannot be derived by the network'],
      emmCause['Implicitly detached'],
      emmCause['No EPS bearer context activated'],
    ];
    if (!lost.includes(cause) && !isFinal(cause)) {
      this.#phone.state = 'registered';
      return;
    }
    if (cause !== emmCause['Implicitly detached']) this.#phone.forget();
    this.#end('network', cause, !isFinal(cause));
  }

  #deactivated({ ebi, pti, cause }: MessageOf<'deactivate-bearer-request'>): void {
    if (this.#phone.bearer?.ebi !== ebi) return;
    this.#phone.answer({ kind: 'deactivate-bearer-accept', ebi, pti });
    this.#phone.options.log(`ESM: bearer ${ebi} deactivated: ${esmCauseName(cause)}`);
    // It was the only one: without a bearer a phone is not attached (5.5.2.2.1).
    this.#end('network', undefined, cause === esmCause['Reactivation requested']);
  }

  /** The end of a registration or of an attempt; `again` when the phone is to attach anew. */
  #end(by: 'phone' | 'network', cause?: number, again = false): void {
    this.#phone.end(by, cause);
    // The network ends the connection first (5.5.2.3.2); when it does not, T3411 is long enough to wait for it.
    if (again) this.#phone.timers.start('reattach', this.#phone.connected ? timers.t3411 : 0, () => this.on());
  }

  /** The connection went while something was expected of it. */
  #lost(reason: string): void {
    if (this.#phone.state === 'registered-initiated') this.#attach.failed(reason);
    else if (this.#phone.state === 'deregistered-initiated') this.#end('phone');
    else if (this.#phone.state === 'service-request-initiated') {
      this.#phone.timers.stop('t3417');
      this.#phone.state = 'registered';
    }
  }
}
