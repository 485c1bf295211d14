/**
 * The attach of the phone, and the proof of who it is (3GPP TS 24.301, 5.5.1 and 5.4.2). An attempt that comes to
 * nothing is made again after T3411, and after five of them not before T3402; a cause that is final ends all of it.
 */
import { emmCause, emmCauseName } from '../../../src/signalling/nas/cause.ts';
import { attachType } from '../../../src/signalling/nas/emm.ts';
import { NasError } from '../../../src/signalling/nas/error.ts';
import { decodePlain, type MessageOf } from '../../../src/signalling/nas/message.ts';
import { describe } from './describe.ts';
import { acceptance, connectivityRequest, offeredBearer } from './esm.ts';
import type { Refusal } from './refusal.ts';
import type { Registration } from './registration.ts';
import { ATTEMPTS, type Bearer, timers } from './types.ts';

export class Attach {
  readonly #phone: Registration;
  #begun = 0;
  #attempts = 0;

  constructor(phone: Registration) {
    this.#phone = phone;
  }

  /** Begins anew, with all attempts to go. */
  start(): void {
    this.#attempts = 0;
    this.#begin();
  }

  #begin(): void {
    const { capability, apn, clock } = this.#phone.options;
    this.#phone.timers.stopAll();
    this.#phone.state = 'registered-initiated';
    this.#begun = clock.now();
    this.#phone.request(
      {
        kind: 'attach-request',
        attachType: attachType.eps,
        keySet: this.#phone.security.keySet,
        identity: this.#phone.identity,
        capability,
        esm: connectivityRequest(apn),
      },
      'mo-Signalling',
    );
    this.#phone.timers.start('t3410', timers.t3410, () => this.failed('the network does not answer (T3410)'));
  }

  /** ATTACH ACCEPT (5.5.1.2.4): the bearer, the GUTI and the areas come with it. */
  accepted(message: MessageOf<'attach-accept'>): void {
    const bearer = this.#offered(message.esm);
    if (this.#phone.state === 'registered' && bearer !== undefined) {
      // The ATTACH COMPLETE was lost (5.5.1.2.7, item d of the network's side).
      this.#phone.answer({ kind: 'attach-complete', esm: acceptance(bearer.ebi) });
      return;
    }
    if (this.#phone.state !== 'registered-initiated') return;
    this.#phone.timers.stopAll();
    if (bearer === undefined) {
      this.failed('the network offered a bearer that the phone cannot use');
      return;
    }
    this.#phone.state = 'registered';
    this.#attempts = 0;
    this.#phone.guti = message.guti ?? this.#phone.guti;
    this.#phone.areas = message.taiList;
    this.#phone.bearer = bearer;
    this.#phone.answer({ kind: 'attach-complete', esm: acceptance(bearer.ebi) });
    this.#phone.options.told({ kind: 'attached', bearer, milliseconds: this.#phone.options.clock.now() - this.#begun });
  }

  #offered(container: Uint8Array): Bearer | undefined {
    try {
      const message = decodePlain(container, 'downlink');
      if (message.kind !== 'activate-default-bearer-request') return undefined;
      this.#phone.options.log(`NAS < ${describe(message)}`);
      const bearer = offeredBearer(message);
      return typeof bearer === 'number' ? undefined : bearer;
    } catch (error) {
      if (error instanceof NasError) return undefined;
      throw error;
    }
  }

  /** An attempt came to nothing, and nobody said why (5.5.1.2.6). */
  failed(reason: string): void {
    this.#phone.disconnect();
    this.#phone.timers.stopAll();
    this.#phone.state = 'deregistered';
    this.#retry('again');
    this.#phone.options.told({ kind: 'refused', error: reason });
  }

  /** The network refuses the phone, or may not be talked to: ATTACH REJECT, AUTHENTICATION REJECT. */
  refused({ error, cause, retry }: Refusal): void {
    const hadBearer = this.#phone.bearer !== undefined;
    this.#phone.timers.stopAll();
    this.#phone.state = 'deregistered';
    if (retry === 'final') this.#phone.forget();
    if (hadBearer) this.#phone.lose('network', cause);
    this.#retry(retry);
    this.#phone.options.told({ kind: 'refused', error, cause });
  }

  #retry(retry: Refusal['retry']): void {
    this.#attempts = retry === 'later' ? ATTEMPTS : this.#attempts + 1;
    if (retry === 'final') return;
    if (this.#attempts < ATTEMPTS) {
      this.#phone.timers.start('t3411', timers.t3411, () => this.#begin());
      return;
    }
    this.#phone.forget();
    this.#phone.timers.start('t3402', timers.t3402, () => this.start());
  }

  /** AUTHENTICATION REQUEST: the phone proves itself, or says why it does not believe the network. */
  challenged(message: MessageOf<'authentication-request'>): void {
    const answer = this.#phone.security.challenge(message);
    this.#phone.answer(answer);
    this.#phone.timers.stop('t3418');
    if (answer.kind === 'authentication-response') {
      if (this.#phone.state === 'registered-initiated' && !this.#phone.timers.runs('t3410'))
        this.#phone.timers.start('t3410', timers.t3410, () => this.failed('the network does not answer (T3410)'));
      return;
    }
    // Until the network has tried again, nothing else is waited for (5.4.2.6, 5.4.2.7).
    this.#phone.timers.stop('t3410');
    const wait = answer.cause === emmCause['Synch failure'] ? timers.t3420 : timers.t3418;
    const text = `the network could not prove who it is (${emmCauseName(answer.cause)})`;
    this.#phone.timers.start('t3418', wait, () => this.failed(text));
  }
}
