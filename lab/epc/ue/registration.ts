/**
 * What the phone's procedures share (3GPP TS 24.301): the state of its registration, and the ways to speak with the
 * network. Time is the clock that it is given.
 */
import type { Usim } from '../../../src/signalling/aka/usim.ts';
import type { Clock } from '../clock.ts';
import type { Guti } from '../../../src/signalling/guti.ts';
import type { Plmn } from '../../../src/signalling/identity.ts';
import { type UeNetworkCapability } from '../../../src/signalling/nas/capability.ts';
import type { PlainMessage } from '../../../src/signalling/nas/message.ts';
import type { EpsMobileIdentity } from '../../../src/signalling/nas/mobile-identity.ts';
import type { PartialTaiList } from '../../../src/signalling/nas/values.ts';
import { describe } from './describe.ts';
import type { EstablishmentCause, InitialMessage } from './rrc.ts';
import { PhoneSecurity } from './security.ts';
import { Timers } from './timers.ts';
import { type Bearer, type EmmState, type UeEvent } from './types.ts';

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

/** One phone's registration, as all procedures see and change it. */
export class Registration {
  readonly options: EmmOptions;
  readonly security: PhoneSecurity;
  readonly timers: Timers<TimerName>;
  state: EmmState = 'off';
  guti: Guti | undefined;
  /** Where the phone may move without telling the network. */
  areas: readonly PartialTaiList[] = [];
  bearer: Bearer | undefined;
  /** EMM-CONNECTED or EMM-IDLE. */
  connected = false;

  constructor(options: EmmOptions) {
    this.options = options;
    this.security = new PhoneSecurity(options);
    this.timers = new Timers(options.clock);
  }

  /** How the phone calls itself: by the name that the network gave it, where it has one. */
  get identity(): EpsMobileIdentity {
    return this.guti === undefined ? { kind: 'imsi', digits: this.options.imsi } : { kind: 'guti', guti: this.guti };
  }

  /** A message that may be the first of a connection. */
  request(message: PlainMessage, cause: EstablishmentCause): void {
    this.options.log(`NAS > ${describe(message)}`);
    if (this.connected && message.kind !== 'attach-request')
      this.options.lower.send({ nas: this.security.protect(message), cause });
    else this.begin(this.security.protectInitial(message), cause);
  }

  /** The first message of a connection. */
  begin(nas: Uint8Array, cause: EstablishmentCause): void {
    // A new attach has a new connection: what is left of another is of a procedure that is over.
    this.options.lower.release();
    this.security.beginConnection();
    this.connected = true;
    this.options.lower.send({ nas, cause, guti: this.guti });
  }

  /** A message on the connection that is there. */
  answer(message: PlainMessage, protection?: 'integrityCipheredNewContext'): void {
    this.options.log(`NAS > ${describe(message)}`);
    this.options.lower.send({ nas: this.security.protect(message, protection), cause: 'mo-Signalling' });
  }

  /** Gives the radio connection up. */
  disconnect(): void {
    this.connected = false;
    this.options.lower.release();
  }

  /** The bearer is gone, and with it the phone's address. */
  lose(by: 'phone' | 'network', cause?: number): void {
    this.bearer = undefined;
    this.options.told({ kind: 'detached', by, cause });
  }

  /** What the network gave is worth nothing any more: GUTI, areas, keys. */
  forget(): void {
    this.guti = undefined;
    this.areas = [];
    this.security.forget();
  }

  /** The end of a registration or of an attempt. */
  end(by: 'phone' | 'network', cause?: number): void {
    this.timers.stopAll();
    const hadBearer = this.bearer !== undefined;
    this.state = 'deregistered';
    if (hadBearer) this.lose(by, cause);
  }
}
