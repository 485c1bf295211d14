/** What all procedures of the eNodeB share: its configuration, its two neighbours, and the phones that are connected. */
import type { Clock } from '../clock.ts';
import { encodePlmn } from '../../../src/signalling/identity.ts';
import { bigEndian } from '../../../src/signalling/octets.ts';
import type { OnAir, RandomAccess } from '../radio.ts';
import { type Cause, cellIdentity, type ElementValue, s1ap, type S1apPdu } from '../../../src/signalling/s1ap/s1ap.ts';
import type { EnodebConfig } from './config.ts';
import type { Bearer, Context, Packets } from './context.ts';
import * as order from './orders.ts';

/** The tunnels of phones. */
export interface UserPlane {
  /** Begins to forward; returns a handle, or undefined when the phone cannot be reached on the radio. */
  readonly install: (phone: string, tunnel: Pick<Bearer, 'teidIn' | 'teidOut' | 'peer'>) => number | undefined;
  readonly remove: (handle: number) => void;
  /** The phone has left the radio: what comes for it is dropped, and the tunnel stays until it is removed. */
  readonly mute: (handle: number) => void;
  /** What was carried since the installation. */
  readonly carried: (handle: number) => Packets;
}

export interface EnodebOptions {
  readonly config: EnodebConfig;
  readonly clock: Clock;
  /** The first TEID, so that tunnels of before a restart are not mistaken for new ones. */
  readonly firstTeid: number;
  readonly toMme: (pdu: S1apPdu) => void;
  readonly toPhone: (phone: string, order: order.Order | RandomAccess) => void;
  /** To all phones of the cell. */
  readonly broadcast: (message: OnAir<'PCCH'>) => void;
  readonly userPlane: UserPlane;
  readonly log: (line: string) => void;
}

const ENB_IDS = 2 ** 24;
const TEIDS = 2 ** 32;

export const lost: Cause = { radioNetwork: 'radio-connection-with-ue-lost' };

export class Station {
  readonly options: EnodebOptions;
  /** Phones by eNB-UE-S1AP-ID. */
  readonly contexts = new Map<number, Context>();
  /** The connection of each phone, by its link-local address. */
  readonly byPhone = new Map<string, Context>();
  #nextId = 1;
  #nextTeid: number;

  constructor(options: EnodebOptions) {
    this.options = options;
    this.#nextTeid = Math.max(1, options.firstTeid % TEIDS);
  }

  /** A connection begins. */
  add(fields: Pick<Context, 'phone' | 'mmeId' | 'cause' | 'sTmsi' | 'history'>): Context {
    const context: Context = {
      ...fields,
      enbId: this.#newId(),
      started: false,
      connecting: undefined,
      gone: false,
      setup: undefined,
      handover: undefined,
      messages: 0,
      watching: undefined,
      since: this.options.clock.now(),
      bearers: new Map(),
    };
    this.contexts.set(context.enbId, context);
    if (context.phone !== undefined) this.byPhone.set(context.phone, context);
    return context;
  }

  toMme(pdu: S1apPdu): void {
    this.options.toMme(pdu);
  }

  toPhone(context: Context, what: order.Order): void {
    if (!context.gone && context.phone !== undefined) this.options.toPhone(context.phone, what);
  }

  /** Everything about a connection goes; the phone is told, unless it has gone to another cell. */
  release(context: Context, cause?: Cause): void {
    this.toPhone(context, order.connectionRelease());
    this.forget(context, cause?.radioNetwork === 'successful-handover' ? '' : undefined);
  }

  /** The phone has left this connection for a new one; the MME has to agree before it is forgotten. */
  lose(context: Context): void {
    context.gone = true;
    context.connecting?.();
    context.setup?.cancel();
    context.setup = undefined;
    context.watching?.();
    this.#endHandover(context, 'the phone has lost its connection');
    this.removeBearers(context);
    this.#forgetPhone(context);
    if (context.mmeId === undefined) this.contexts.delete(context.enbId);
    else this.toMme(s1ap('UEContextReleaseRequest', { ...ids(context), Cause: lost }));
  }

  /** Everything about a connection goes, and nobody is told. */
  forget(context: Context, failure = 'the connection is released'): void {
    context.connecting?.();
    context.setup?.cancel();
    context.watching?.();
    this.#endHandover(context, failure);
    this.removeBearers(context);
    this.contexts.delete(context.enbId);
    this.#forgetPhone(context);
  }

  /** Where phones of this cell are. */
  get place(): { readonly 'EUTRAN-CGI': ElementValue<'EUTRAN-CGI'>; readonly TAI: ElementValue<'TAI'> } {
    const { id, cell, plmn, tac } = this.options.config;
    const pLMNidentity = encodePlmn(plmn);
    return {
      'EUTRAN-CGI': { pLMNidentity, 'cell-ID': cellIdentity(id, cell) },
      TAI: { pLMNidentity, tAC: bigEndian(tac, 2) },
    };
  }

  takeTeid(): number {
    const teid = this.#nextTeid;
    this.#nextTeid = Math.max(1, (teid + 1) % TEIDS);
    return teid;
  }

  /** Takes a bearer away; false when there is none. */
  removeBearer(context: Context, ebi: number): boolean {
    const bearer = context.bearers.get(ebi);
    if (bearer === undefined) return false;
    context.bearers.delete(ebi);
    this.options.userPlane.remove(bearer.handle);
    return true;
  }

  removeBearers(context: Context): void {
    for (const ebi of [...context.bearers.keys()]) this.removeBearer(context, ebi);
  }

  /** Packets of a bearer since it was set up, here and elsewhere. */
  carried({ base, handle }: Bearer): Packets {
    const { up, down } = this.options.userPlane.carried(handle);
    return { up: base.up + up, down: base.down + down };
  }

  #endHandover({ handover }: Context, failure: string): void {
    if (handover?.role !== 'source') return;
    handover.cancel();
    handover.decided(failure === '' ? undefined : failure);
  }

  #forgetPhone(context: Context): void {
    const { phone } = context;
    if (phone !== undefined && this.byPhone.get(phone) === context) this.byPhone.delete(phone);
  }

  #newId(): number {
    while (this.contexts.has(this.#nextId)) this.#nextId = (this.#nextId + 1) % ENB_IDS;
    const id = this.#nextId;
    this.#nextId = (id + 1) % ENB_IDS;
    return id;
  }
}

/** Both numbers of a connection; the MME's is known wherever this is used. */
export const ids = ({
  mmeId = 0,
  enbId,
}: Context): { readonly 'MME-UE-S1AP-ID': number; readonly 'eNB-UE-S1AP-ID': number } => ({
  'MME-UE-S1AP-ID': mmeId,
  'eNB-UE-S1AP-ID': enbId,
});
