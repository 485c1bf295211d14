/**
 * The online charging system (RFC 8506; 3GPP TS 32.299, 6.3): an account per subscriber, in octets. Quota is granted in
 * pieces; a piece is reserved while it is out, and what of it was not used comes back. When the last piece goes out,
 * Final-Unit-Indication says so; when there is none, DIAMETER_CREDIT_LIMIT_REACHED (4012).
 */
import {
  application,
  type Avp,
  avp,
  base,
  ccRequestTypes,
  credit,
  find,
  type DiameterMessage,
  finalUnitActions,
  readServiceCredits,
  readSubscriptionId,
  required,
  result,
  results,
  type ServiceCredit,
  subscriptionIdTypes,
  success,
  type Units,
  writeServiceCredit,
} from '../../../src/signalling/diameter/index.ts';

export interface Account {
  readonly imsi: string;
  readonly octets: number;
}

interface Balance {
  /** Octets left, those that are reserved included. */
  octets: bigint;
  used: bigint;
}

interface Session {
  readonly imsi: string;
  /** Origin-Host of the gateway that asked for it. */
  readonly gateway: string | undefined;
  reserved: bigint;
  /** The last request's number and its answer: a repetition gets the same (RFC 8506, 4.1.2). */
  answered: { readonly number: number; readonly avps: readonly Avp[] } | undefined;
}

/** The octets that a report speaks of. */
const octetsOf = ({ totalOctets, inputOctets = 0n, outputOctets = 0n }: Units): bigint =>
  totalOctets ?? inputOctets + outputOctets;
const usedOf = (services: readonly ServiceCredit[]): bigint =>
  services.flatMap(({ used = [] }) => used).reduce((sum, units) => sum + octetsOf(units), 0n);
const least = (...amounts: readonly bigint[]): bigint =>
  amounts.reduce((smallest, amount) => (amount < smallest ? amount : smallest));

export class Ocs {
  readonly #quota: bigint;
  readonly #accounts: Map<string, Balance>;
  readonly #sessions = new Map<string, Session>();
  /** The last Origin-State-Id of each gateway. */
  readonly #states = new Map<string, number>();

  /** @param quota octets granted at once */
  constructor(quota: number, accounts: readonly Account[]) {
    this.#quota = BigInt(quota);
    this.#accounts = new Map(accounts.map(({ imsi, octets }) => [imsi, { octets: BigInt(octets), used: 0n }]));
  }

  /** The AVPs that answer a Credit-Control-Request. @throws {DiameterError} for one that is malformed */
  answer({ avps }: DiameterMessage): readonly Avp[] {
    const id = required(avps, base.sessionId);
    const type = required(avps, credit.ccRequestType);
    const number = required(avps, credit.ccRequestNumber);
    const known = this.#sessions.get(id);
    if (known?.answered?.number === number) return known.answered.avps;
    const answer = [
      ...this.#charge(id, type, avps),
      avp(base.authApplicationId, application.creditControl),
      avp(credit.ccRequestType, type),
      avp(credit.ccRequestNumber, number),
    ];
    const session = this.#sessions.get(id);
    if (session !== undefined) session.answered = { number, avps: answer };
    return answer;
  }

  /** Adds octets to an account, which is opened when it is new; returns the balance. */
  pay(imsi: string, octets: number): bigint {
    const account = this.#accounts.get(imsi) ?? { octets: 0n, used: 0n };
    account.octets += BigInt(octets);
    this.#accounts.set(imsi, account);
    return account.octets;
  }

  status(): Readonly<Record<string, unknown>> {
    return {
      quota: Number(this.#quota),
      accounts: [...this.#accounts].map(([imsi, { octets, used }]) => ({
        imsi,
        octets: Number(octets),
        used: Number(used),
        reserved: Number(this.#reserved(imsi)),
      })),
      sessions: [...this.#sessions].map(([id, { imsi, reserved }]) => ({ id, imsi, reserved: Number(reserved) })),
    };
  }

  /** A gateway whose Origin-State-Id is higher than before has lost its sessions (RFC 6733, 8.16): grants come back. */
  #watch(avps: readonly Avp[]): void {
    const [gateway, state] = [find(avps, base.originHost), find(avps, base.originStateId)];
    if (gateway === undefined || state === undefined) return;
    const before = this.#states.get(gateway);
    this.#states.set(gateway, Math.max(state, before ?? state));
    if (before === undefined || state <= before) return;
    for (const [id, session] of this.#sessions) if (session.gateway === gateway) this.#sessions.delete(id);
  }

  #reserved(imsi: string): bigint {
    return [...this.#sessions.values()]
      .filter((session) => session.imsi === imsi)
      .reduce((sum, { reserved }) => sum + reserved, 0n);
  }

  #charge(id: string, type: number, avps: readonly Avp[]): readonly Avp[] {
    const services = readServiceCredits(avps);
    if (type === ccRequestTypes.event) return [result(results.DIAMETER_CREDIT_LIMIT_REACHED)];
    if (type === ccRequestTypes.initial) return this.#begin(id, avps, services);
    const session = this.#sessions.get(id);
    const account = session && this.#accounts.get(session.imsi);
    if (session === undefined || account === undefined) return [result(results.DIAMETER_UNKNOWN_SESSION_ID)];
    const used = usedOf(services);
    account.used += used;
    account.octets -= least(used, account.octets);
    session.reserved = 0n;
    if (type === ccRequestTypes.termination) {
      this.#sessions.delete(id);
      return [success];
    }
    return [success, ...this.#grant(session, account, services)];
  }

  #begin(id: string, avps: readonly Avp[], services: readonly ServiceCredit[]): readonly Avp[] {
    const imsi = readSubscriptionId(avps, subscriptionIdTypes.imsi);
    const account = imsi === undefined ? undefined : this.#accounts.get(imsi);
    if (imsi === undefined || account === undefined) return [result(results.DIAMETER_USER_UNKNOWN)];
    this.#watch(avps);
    // Nothing to grant: the session does not begin, and nothing of it is kept.
    if (account.octets <= this.#reserved(imsi)) return [result(results.DIAMETER_CREDIT_LIMIT_REACHED)];
    const gateway = find(avps, base.originHost);
    const session: Session = { imsi, gateway, reserved: 0n, answered: undefined };
    this.#sessions.set(id, session);
    return [success, ...this.#grant(session, account, services)];
  }

  /** A grant for each rating group that asks for one. */
  #grant(session: Session, account: Balance, services: readonly ServiceCredit[]): readonly Avp[] {
    return services
      .filter(({ requested }) => requested !== undefined)
      .map(({ ratingGroup, requested }) => {
        const group = ratingGroup === undefined ? {} : { ratingGroup };
        const free = account.octets - this.#reserved(session.imsi);
        const asked = requested === undefined ? 0n : octetsOf(requested);
        const granted = least(this.#quota, free, ...(asked > 0n ? [asked] : []));
        if (granted <= 0n) return writeServiceCredit({ ...group, result: results.DIAMETER_CREDIT_LIMIT_REACHED });
        session.reserved += granted;
        return writeServiceCredit({
          ...group,
          granted: { totalOctets: granted },
          result: results.DIAMETER_SUCCESS,
          ...(granted === free ? { finalAction: finalUnitActions.terminate } : {}),
        });
      });
  }
}
