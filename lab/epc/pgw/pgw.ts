/**
 * The packet gateway (3GPP TS 23.401, 4.4.3.3): where a phone's address lives. Create Session gives a phone an address
 * of its access point and a tunnel, when the OCS has credit for it; Delete Session takes them back; and when the credit
 * ends, the gateway ends the session itself with Delete Bearer (TS 29.274, 7.2).
 */
import type { Session as Tunnels } from '../../gtp/config.ts';
import type { PlaneEvent } from '../../gtp/event.ts';
import {
  accepted,
  ambr,
  apn,
  apnRestriction,
  bearerContext,
  bearerQos,
  type BearerQosValue,
  cause,
  causes,
  chargingId,
  ebi,
  find,
  type Fteid,
  fteid,
  GTPV2_PORT,
  ie,
  imsi,
  type Message,
  messageType,
  msisdn,
  pco,
  pdnAddress,
  recovery,
  required,
  tunnelInterface,
} from '../../../src/signalling/gtpv2/index.ts';
import type { Draft, Incoming } from '../gtpv2/transaction.ts';
import type { Endpoint } from '../gtpv2/endpoint.ts';
import { configurationFor } from '../../../src/signalling/nas/pco.ts';
import { type Learnt, learnt, tunnelStatus } from '../learnt.ts';
import { type Numbers, teids } from '../numbers.ts';
import { Charging, type ChargingPorts, NoCredit, type Usage } from './charging.ts';
import type { PgwConfig } from './config.ts';
import { AddressPool } from './pool.ts';

/** The user plane as the PGW needs it. */
export interface PgwPlane {
  readonly install: (session: Tunnels) => number;
  readonly remove: (slot: number) => void;
  /** Octets of a slot since the beginning. */
  readonly count: (slot: number) => { readonly up: number; readonly down: number };
}

export interface PgwPorts extends ChargingPorts {
  /** Sends a GTPv2 request. */
  readonly ask: Endpoint['request'];
  readonly plane: PgwPlane;
  readonly warn: (error: unknown) => void;
}

interface Session {
  readonly imsi: string;
  readonly apn: string;
  readonly address: string;
  readonly ebi: number;
  /** Own TEIDs: control and user plane. */
  readonly teid: number;
  readonly userTeid: number;
  readonly sgw: Learnt;
  readonly sgwUser: Learnt;
  readonly slot: number;
  /** Octets since the session began. */
  readonly usage: Usage;
  readonly charging: Charging;
}

/** The name without the operator's part (TS 23.003, 9.1). */
const networkIdentifier = (name: string): string => name.toLowerCase().replace(/\.mnc\d{3}\.mcc\d{3}\.gprs$/u, '');

export class Pgw {
  readonly #config: PgwConfig;
  readonly #ports: PgwPorts;
  readonly #pools: ReadonlyMap<string, AddressPool>;
  readonly #sessions = new Map<number, Session>();
  readonly #teids: Numbers;
  readonly #userTeids: Numbers;

  constructor(config: PgwConfig, ports: PgwPorts) {
    this.#config = config;
    this.#ports = ports;
    this.#pools = new Map(
      [...config.pools].map(([name, prefix]) => [name.toLowerCase(), new AddressPool(prefix, [config.gateway])]),
    );
    this.#teids = teids(ports.restarts, 5);
    this.#userTeids = teids(ports.restarts, 6);
  }

  /** A request on S5. */
  async serve({ message, answer }: Incoming): Promise<void> {
    switch (message.type) {
      case messageType['Create Session Request']:
        answer(await this.#create(message));
        return;
      case messageType['Delete Session Request']:
        answer(await this.#delete(message));
        return;
      case messageType['Modify Bearer Request']:
        answer(this.#modify(message));
        return;
      default:
        throw new Error(`nobody here serves GTPv2 message type ${message.type}`);
    }
  }

  /** A SGW has restarted: what it knew of sessions is gone (TS 23.007, 20.2). */
  async forget(sgw: string): Promise<void> {
    const lost = [...this.#sessions.values()].filter((session) => session.sgw.ipv4 === sgw);
    await Promise.all(lost.map((session) => this.#release(session)));
  }

  /** The SGW does not know the tunnel of a session: it has lost the session (TS 29.281, 7.3.1; TS 23.007, 21). */
  async tunnelLost({ teid, peer }: PlaneEvent): Promise<void> {
    const isMeant = ({ sgwUser }: Session): boolean => sgwUser.teid === teid && sgwUser.ipv4 === peer;
    const lost = [...this.#sessions.values()].filter(isMeant);
    await Promise.all(lost.map((session) => this.#release(session)));
  }

  status(): Readonly<Record<string, unknown>> {
    return {
      gateway: this.#config.gateway,
      teids: { control: this.#teids.given, user: this.#userTeids.given },
      pools: [...this.#pools].map(([name, pool]) => ({ apn: name, given: pool.given })),
      sessions: [...this.#sessions.values()].map((session) => ({
        imsi: session.imsi,
        apn: session.apn,
        address: session.address,
        bearer: session.ebi,
        s5: {
          control: tunnelStatus(session.teid, session.sgw),
          user: tunnelStatus(session.userTeid, session.sgwUser),
        },
        octets: session.usage(),
        charging: session.charging.status(),
      })),
    };
  }

  async #create(request: Message): Promise<Draft> {
    const { ies } = request;
    const sgw = learnt(required(ies, fteid), request);
    const refuse = (value: number): Draft => ({
      type: messageType['Create Session Response'],
      teid: sgw.teid,
      ies: [ie(cause, { value })],
    });
    const bearer = required(ies, bearerContext);
    const subscriber = required(ies, imsi);
    const number = required(bearer, ebi);
    // The same connection again: the phone or the network has forgotten the first (TS 29.274, 7.2.1).
    await this.#replace(subscriber, number);
    const name = networkIdentifier(required(ies, apn));
    const pool = this.#pools.get(name);
    if (pool === undefined) return refuse(causes['Missing or unknown APN']);
    const sgwUser = learnt(required(bearer, fteid, 2), request);
    const qos = required(bearer, bearerQos);
    const address = pool.take(subscriber);
    if (address === undefined) return refuse(causes['All dynamic addresses are occupied']);
    const charging = new Charging(this.#ports, subscriber, find(ies, msisdn));
    try {
      await charging.begin();
    } catch (error) {
      pool.release(address);
      this.#ports.warn(error instanceof Error ? error.message : error);
      return refuse(causes[error instanceof NoCredit ? 'User authentication failed' : 'Remote peer not responding']);
    }
    const own = { imsi: subscriber, apn: name, address, ebi: number };
    const session = this.#install({ ...own, sgw, sgwUser, charging });
    if (session === undefined) {
      pool.release(address);
      await charging.end().catch(this.#ports.warn);
      return refuse(causes['No resources available']);
    }
    // Another request for the same connection may have been quicker.
    await this.#replace(subscriber, number, session);
    return this.#created(session, ies, qos);
  }

  /** Ends what the phone has on this bearer, but for one session. */
  async #replace(subscriber: string, number: number, by?: Session): Promise<void> {
    for (const session of this.#sessions.values())
      if (session !== by && session.imsi === subscriber && session.ebi === number) await this.#release(session);
  }

  /** Gives a session its TEIDs and its place in the user plane; undefined when there is no room. */
  #install(given: Omit<Session, 'teid' | 'userTeid' | 'slot' | 'usage'>): Session | undefined {
    const { address, sgwUser, charging } = given;
    const taken: (readonly [Numbers, number])[] = [];
    const take = (numbers: Numbers): number => {
      const number = numbers.take();
      taken.push([numbers, number]);
      return number;
    };
    try {
      const [teid, userTeid] = [take(this.#teids), take(this.#userTeids)];
      const access = { teidIn: userTeid, teidOut: sgwUser.teid, peer: sgwUser.ipv4 ?? '' };
      const slot = this.#ports.plane.install({ address, access });
      const session: Session = { ...given, teid, userTeid, slot, usage: this.#usage(slot) };
      this.#sessions.set(teid, session);
      charging.watch(session.usage, (reason) => void this.#end(session, reason).catch(this.#ports.warn));
      return session;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      for (const [numbers, number] of taken) numbers.release(number);
      return undefined;
    }
  }

  #created(session: Session, ies: Message['ies'], qos: BearerQosValue): Draft {
    const { local } = this.#config.s5;
    const own = (use: keyof typeof tunnelInterface, teid: number): Fteid => ({
      interface: tunnelInterface[use],
      teid,
      ipv4: local,
    });
    const asked = find(ies, pco);
    const rates = find(ies, ambr);
    return {
      type: messageType['Create Session Response'],
      teid: session.sgw.teid,
      ies: [
        ie(cause, accepted),
        ie(fteid, own('S5/S8 PGW GTP-C', session.teid), 1),
        ie(pdnAddress, { ipv4: session.address }),
        ie(apnRestriction, 0),
        ...(rates === undefined ? [] : [ie(ambr, rates)]),
        ...(asked === undefined ? [] : [ie(pco, configurationFor(asked, { dnsServers: this.#config.dns }))]),
        ie(bearerContext, [
          ie(ebi, session.ebi),
          ie(cause, accepted),
          ie(fteid, own('S5/S8 PGW GTP-U', session.userTeid), 2),
          ie(bearerQos, qos),
          ie(chargingId, session.teid),
        ]),
        ie(recovery, this.#ports.restarts % 256),
      ],
    };
  }

  async #delete({ teid }: Message): Promise<Draft> {
    const type = messageType['Delete Session Response'];
    const session = this.#sessions.get(teid ?? 0);
    if (session === undefined) return { type, teid: 0, ies: [ie(cause, { value: causes['Context Not Found'] })] };
    await this.#release(session);
    return { type, teid: session.sgw.teid, ies: [ie(cause, accepted)] };
  }

  /** The SGW has news that change nothing here. */
  #modify({ teid }: Message): Draft {
    const session = this.#sessions.get(teid ?? 0);
    const value = causes[session === undefined ? 'Context Not Found' : 'Request accepted'];
    return { type: messageType['Modify Bearer Response'], teid: session?.sgw.teid ?? 0, ies: [ie(cause, { value })] };
  }

  /** The credit is used up: the session ends from here. */
  async #end(session: Session, reason: unknown): Promise<void> {
    if (this.#sessions.get(session.teid) !== session) return;
    this.#ports.warn(`${session.imsi}: ${reason instanceof Error ? reason.message : String(reason)}`);
    await this.#release(session, true);
    const to = { address: session.sgw.ipv4 ?? '', port: GTPV2_PORT };
    await this.#ports.ask(to, {
      type: messageType['Delete Bearer Request'],
      teid: session.sgw.teid,
      ies: [ie(ebi, session.ebi)],
    });
  }

  async #release(session: Session, exhausted = false): Promise<void> {
    if (!this.#sessions.delete(session.teid)) return;
    this.#ports.plane.remove(session.slot);
    this.#pools.get(session.apn)?.release(session.address);
    this.#teids.release(session.teid);
    this.#userTeids.release(session.userTeid);
    // An OCS that does not answer keeps nobody from leaving.
    await session.charging.end(exhausted).catch(this.#ports.warn);
  }

  /** What went through a slot from now on: a slot's counters do not begin anew with its session. */
  #usage(slot: number): Usage {
    const before = this.#ports.plane.count(slot);
    return () => {
      const now = this.#ports.plane.count(slot);
      return { up: now.up - before.up, down: now.down - before.down };
    };
  }
}
