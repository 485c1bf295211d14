/**
 * The serving gateway (3GPP TS 23.401, 4.4.3.2): between the MME, which decides, and the PGW, which has the addresses.
 * It passes requests on with TEIDs of its own (TS 29.274, 7.2), and in the user plane it joins two tunnels.
 */
import type { Session as Tunnels, Tunnel } from '../../gtp/config.ts';
import type { DownlinkData, PlaneEvent } from '../../gtp/event.ts';
import {
  accepted,
  bearerContext,
  cause,
  causes,
  ebi,
  find,
  type Fteid,
  fteid,
  GTPV2_PORT,
  type Ie,
  ie,
  imsi,
  indication,
  isAccepted,
  type Message,
  messageType,
  recovery,
  required,
  userLocation,
} from '../../../src/signalling/gtpv2/index.ts';
import type { Clock } from '../clock.ts';
import { type Draft, Gtpv2Timeout, type Incoming } from '../gtpv2/transaction.ts';
import type { Endpoint } from '../gtpv2/endpoint.ts';
import { type Learnt, learnt } from '../learnt.ts';
import { type Numbers, teids } from '../numbers.ts';
import type { SgwConfig } from './config.ts';
import { blamed, createdOnS11, createOnS5, ownEnd, passOn } from './messages.ts';
import { Waiting } from './waiting.ts';
import { describeSession, type Session, tunnelsOf } from './session.ts';

/** The user plane as the SGW needs it. */
export interface SgwPlane {
  readonly install: (session: Tunnels) => number;
  readonly replace: (slot: number, session: Tunnels) => void;
  readonly remove: (slot: number) => void;
  readonly deliver: (slot: number, tunnel: Tunnel, packets: readonly Uint8Array[]) => void;
  /** Says to the other end that nothing more comes through a tunnel. */
  readonly endTunnel: (tunnel: Tunnel) => void;
}

export interface SgwPorts {
  readonly clock: Clock;
  readonly restarts: number;
  /** Send GTPv2 requests to MMEs and to PGWs. */
  readonly askMme: Endpoint['request'];
  readonly askPgw: Endpoint['request'];
  readonly plane: SgwPlane;
  readonly warn: (error: unknown) => void;
}

const remote = (address: string | undefined): { address: string; port: number } => ({
  address: address ?? '',
  port: GTPV2_PORT,
});

export class Sgw {
  readonly #config: SgwConfig;
  readonly #ports: SgwPorts;
  readonly #teids: Readonly<Record<'s11' | 's5' | 's1u' | 's5u', Numbers>>;
  readonly #byS11 = new Map<number, Session>();
  readonly #byS5 = new Map<number, Session>();
  readonly #bySlot = new Map<number, Session>();
  readonly #waiting: Waiting<Session>;

  constructor(config: SgwConfig, ports: SgwPorts) {
    this.#config = config;
    this.#ports = ports;
    const { restarts } = ports;
    this.#waiting = new Waiting({
      clock: ports.clock,
      notify: (session) => this.#notify(session),
      hold: (session, held) => {
        if (session.slot !== undefined && session.enodeb === undefined)
          ports.plane.replace(session.slot, tunnelsOf(session, held));
      },
    });
    this.#teids = {
      s11: teids(restarts, 1),
      s5: teids(restarts, 2),
      s1u: teids(restarts, 3),
      s5u: teids(restarts, 4),
    };
  }

  /** A request of an MME. */
  async serveS11({ message, answer }: Incoming): Promise<void> {
    if (message.type === messageType['Create Session Request']) {
      answer(await this.#create(message));
      return;
    }
    const session = this.#byS11.get(message.teid ?? 0);
    switch (message.type) {
      case messageType['Modify Bearer Request']:
        answer(this.#modify(session, message));
        return;
      case messageType['Delete Session Request']:
        answer(await this.#delete(session, message));
        return;
      case messageType['Release Access Bearers Request']:
        answer(this.#idle(session));
        return;
      case messageType['Downlink Data Notification Failure Indication']:
        if (session !== undefined) this.#waiting.drop(session);
        return;
      default:
        throw new Error(`nobody serves GTPv2 message type ${message.type} on S11`);
    }
  }

  /** A request of a PGW: it ends a session. */
  async serveS5({ message, answer }: Incoming): Promise<void> {
    if (message.type !== messageType['Delete Bearer Request'])
      throw new Error(`nobody serves GTPv2 message type ${message.type} on S5`);
    const type = messageType['Delete Bearer Response'];
    const session = this.#byS5.get(message.teid ?? 0);
    if (session?.pgw === undefined) {
      answer({ type, teid: 0, ies: [ie(cause, { value: causes['Context Not Found'] })] });
      return;
    }
    const { teid } = session.pgw;
    const bearer = ie(ebi, find(message.ies, ebi) ?? session.ebi);
    const draft = { type: message.type, teid: session.mme.teid, ies: [bearer, ...passOn(message.ies, [cause])] };
    const told = await this.#ports
      .askMme(remote(session.mme.ipv4), draft)
      .then(({ ies }) => ie(cause, required(ies, cause)), blamed);
    // The connection is over for the PGW, whatever the MME says.
    this.#remove(session);
    answer({ type, teid, ies: [told, bearer] });
  }

  /**
   * An MME or a PGW has restarted: sessions with it are gone (TS 23.007, 18 and 19). The other side is told, so that
   * address and credit are given back, or the phone begins anew.
   */
  forget(address: string): void {
    for (const session of this.#byS11.values())
      if (session.mme.ipv4 === address) this.#lostByMme(session);
      else if (session.pgwAddress === address) this.#lostByPgw(session);
  }

  /** A packet for a phone that is idle, or was so when the packet came. */
  downlinkData({ slot, packet }: Pick<DownlinkData, 'slot' | 'packet'>): void {
    const session = this.#bySlot.get(slot);
    const { access } = session === undefined ? {} : tunnelsOf(session);
    if (session === undefined || access === undefined) return;
    if (session.enodeb === undefined) this.#waiting.take(session, packet);
    else this.#ports.plane.deliver(slot, access, [packet]);
  }

  /** The other end of a user tunnel does not know it (TS 29.281, 7.3.1; TS 23.007, 21). */
  tunnelLost({ side, teid, peer }: PlaneEvent): void {
    const isMeant = (end: Fteid | undefined): boolean => end?.teid === teid && end.ipv4 === peer;
    for (const session of this.#byS11.values())
      if (side === 'access' && isMeant(session.enodeb)) this.#connect(session, undefined);
      else if (side === 'core' && isMeant(session.pgwUser)) this.#lostByPgw(session);
  }

  status(): Readonly<Record<string, unknown>> {
    const { s11, s5, s1u, s5u } = this.#teids;
    return {
      sessions: [...this.#byS11.values()].map((session) => ({
        ...describeSession(session),
        waiting: this.#waiting.size(session),
      })),
      teids: { s11: s11.given, s5: s5.given, s1u: s1u.given, s5u: s5u.given },
    };
  }

  async #create(request: Message): Promise<Draft> {
    const { ies } = request;
    const mme = learnt(required(ies, fteid), request);
    const answer = (...elements: readonly Ie[]): Draft => ({
      type: messageType['Create Session Response'],
      teid: mme.teid,
      ies: elements,
    });
    const pgwAddress = required(ies, fteid, 1).ipv4 ?? '';
    const bearer = required(ies, bearerContext);
    const [subscriber, number] = [required(ies, imsi), required(bearer, ebi)];
    // The same connection again: the MME has forgotten the first, and the PGW will when it is asked (TS 29.274, 7.2.1).
    for (const old of this.#byS11.values()) if (old.imsi === subscriber && old.ebi === number) this.#remove(old);
    const own = { s11: this.#teids.s11.take(), s5: this.#teids.s5.take() };
    const user = { s1u: this.#teids.s1u.take(), s5u: this.#teids.s5u.take() };
    const unknown = { pgw: undefined, pgwUser: undefined, enodeb: undefined, slot: undefined };
    const session: Session = { imsi: subscriber, ebi: number, ...own, ...user, mme, pgwAddress, ...unknown };
    this.#byS11.set(session.s11, session);
    this.#byS5.set(session.s5, session);
    try {
      const reply = await this.#ports.askPgw(
        remote(pgwAddress),
        createOnS5(this.#config, session, ies, this.#recovery),
      );
      const { value } = required(reply.ies, cause);
      if (!isAccepted(value)) {
        this.#remove(session);
        return answer(ie(cause, { value, remote: true }));
      }
      return answer(...this.#created(session, reply));
    } catch (error) {
      this.#lostByMme(session);
      // The user plane has no place for one more.
      if (error instanceof RangeError) return answer(ie(cause, { value: causes['No resources available'] }));
      return answer(blamed(error));
    }
  }

  /** The PGW's answer becomes ours. @throws {Gtpv2Error} when it lacks its tunnels, RangeError when there is no room */
  #created(session: Session, answer: Message): readonly Ie[] {
    const { ies } = answer;
    session.pgw = learnt(required(ies, fteid, 1), answer);
    session.pgwUser = learnt(required(required(ies, bearerContext), fteid, 2), answer);
    // The MME has forgotten the session while the PGW made it, or has begun another one for the same phone.
    if (!this.#byS11.has(session.s11)) throw new Gtpv2Timeout('overtaken');
    session.slot = this.#ports.plane.install(tunnelsOf(session));
    this.#bySlot.set(session.slot, session);
    return createdOnS11(this.#config, session, ies, this.#recovery);
  }

  /** The phone is connected: the MME tells its eNodeB's end of the tunnel. */
  #modify(session: Session | undefined, request: Message): Draft {
    const { ies } = request;
    const type = messageType['Modify Bearer Response'];
    if (session === undefined) return this.#unknown(type);
    const bearer = find(ies, bearerContext);
    const enodeb = bearer && find(bearer, fteid);
    if (enodeb !== undefined) this.#connect(session, learnt(enodeb, request));
    const context = [
      ie(ebi, session.ebi),
      ie(cause, accepted),
      ie(fteid, ownEnd(this.#config, 'S1-U SGW GTP-U', session.s1u)),
    ];
    return { type, teid: session.mme.teid, ies: [ie(cause, accepted), ie(bearerContext, context)] };
  }

  #idle(session: Session | undefined): Draft {
    const type = messageType['Release Access Bearers Response'];
    if (session === undefined) return this.#unknown(type);
    this.#connect(session, undefined);
    return { type, teid: session.mme.teid, ies: [ie(cause, accepted)] };
  }

  async #delete(session: Session | undefined, { ies }: Message): Promise<Draft> {
    const type = messageType['Delete Session Response'];
    if (session === undefined) return this.#unknown(type);
    const { teid } = session.mme;
    // Without OI the PGW shall not hear of it, as when another SGW has taken over (TS 29.274, 7.2.9.1).
    const further = find(ies, indication)?.includes('OI') === true && session.pgw !== undefined;
    const result = further ? await this.#deleteOnS5(session, ies) : ie(cause, accepted);
    this.#remove(session);
    return { type, teid, ies: [result] };
  }

  /** The session is over here, whatever the PGW says; the MME is told what it was. */
  async #deleteOnS5(session: Session, ies: readonly Ie[]): Promise<Ie> {
    const draft: Draft = {
      type: messageType['Delete Session Request'],
      teid: session.pgw?.teid ?? 0,
      ies: [ie(ebi, session.ebi), ...passOn(ies, [userLocation])],
    };
    try {
      const reply = await this.#ports.askPgw(remote(session.pgwAddress), draft);
      const { value } = required(reply.ies, cause);
      return ie(cause, isAccepted(value) ? accepted : { value, remote: true });
    } catch (error) {
      return blamed(error);
    }
  }

  /** Our restart counter, in messages that begin something (TS 29.274, 7.2.1 and 7.2.2). */
  get #recovery(): Ie {
    return ie(recovery, this.#ports.restarts % 256);
  }

  #unknown(type: number): Draft {
    return { type, teid: 0, ies: [ie(cause, { value: causes['Context Not Found'] })] };
  }

  #lostByMme(session: Session): void {
    if (session.pgw !== undefined) this.#deleteOnS5(session, []).catch(this.#ports.warn);
    this.#remove(session);
  }

  /** The phone shall ask for a new session: without one it is not attached. */
  #lostByPgw(session: Session): void {
    this.#remove(session);
    const ies = [ie(ebi, session.ebi), ie(cause, { value: causes['Reactivation Requested'] })];
    const draft = { type: messageType['Delete Bearer Request'], teid: session.mme.teid, ies };
    this.#ports
      .askMme(remote(session.mme.ipv4), draft)
      .catch((error: unknown) => this.#ports.warn(error instanceof Error ? error.message : error));
  }

  /** Packets wait: the MME shall call the phone (TS 29.274, 7.2.11.1). @returns whether it does */
  async #notify({ mme, ebi: bearer }: Session): Promise<boolean> {
    const draft = { type: messageType['Downlink Data Notification'], teid: mme.teid, ies: [ie(ebi, bearer)] };
    const { ies } = await this.#ports.askMme(remote(mme.ipv4), draft);
    return isAccepted(required(ies, cause).value);
  }

  #connect(session: Session, enodeb: Learnt | undefined): void {
    const { enodeb: before, slot } = session;
    const { access } = tunnelsOf(session);
    session.enodeb = enodeb;
    if (slot === undefined) return;
    const tunnels = tunnelsOf(session);
    // What has waited goes before what comes now.
    const packets = enodeb === undefined ? [] : this.#waiting.end(session);
    if (packets.length > 0 && tunnels.access !== undefined) this.#ports.plane.deliver(slot, tunnels.access, packets);
    this.#ports.plane.replace(slot, tunnels);
    // The path is switched in a handover (TS 23.401, 5.5.1.2.2): the eNodeB before learns where the packets end.
    const isSwitched = before !== undefined && enodeb !== undefined && before.ipv4 !== enodeb.ipv4;
    if (isSwitched && access !== undefined) this.#ports.plane.endTunnel(access);
  }

  #remove(session: Session): void {
    if (!this.#byS11.delete(session.s11)) return;
    this.#byS5.delete(session.s5);
    this.#waiting.end(session);
    if (session.slot !== undefined) {
      this.#bySlot.delete(session.slot);
      this.#ports.plane.remove(session.slot);
    }
    for (const name of ['s11', 's5', 's1u', 's5u'] as const) this.#teids[name].release(session[name]);
  }
}
