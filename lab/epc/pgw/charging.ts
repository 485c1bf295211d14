/**
 * The PGW's side of Gy (RFC 8506, 5; 3GPP TS 32.299, 6.3): one credit control session for each phone's connection. It
 * looks at the counters from time to time, asks for more when a grant is used up, and says when there is no more.
 */
import {
  application,
  type Avp,
  avp,
  base,
  ccRequestTypes,
  command,
  credit,
  type DiameterMessage,
  finalUnitActions,
  GY_SERVICE_CONTEXT,
  isSuccess,
  readServiceCredits,
  reportingReasons,
  type Result,
  resultName,
  resultOf,
  results,
  type ServiceCredit,
  subscriptionIdTypes,
  writeServiceCredit,
  writeSubscriptionId,
} from '../../../src/signalling/diameter/index.ts';
import type { RequestDraft } from '../diameter/peer-options.ts';
import type { LateAnswer } from '../diameter/pending.ts';
import type { Clock } from '../clock.ts';

/** Milliseconds between two looks at the counters. */
const LOOK = 200;

/** What is asked for, in octets; the OCS grants what it likes. A request without an amount is legal, but looks odd. */
const WANTED = { totalOctets: 1_000_000_000n } as const;

/** The only rating group: all packets cost the same. */
const RATING_GROUP = 1;

/** Termination-Cause DIAMETER_LOGOUT and DIAMETER_ADMINISTRATIVE (RFC 6733, 8.15). */
const terminationCauses = { logout: 1, administrative: 4 } as const;

/** Multiple-Services-Indicator MULTIPLE_SERVICES_SUPPORTED (RFC 8506, 8.40). */
const MULTIPLE_SERVICES = 1;

export interface ChargingPorts {
  readonly clock: Clock;
  readonly realm: string;
  /** How often this node has started: what the OCS knows a restart by. */
  readonly restarts: number;
  /** `late` hears what became of a request that got no answer in time: see `Failover.request`. */
  readonly request: (draft: RequestDraft, late?: LateAnswer) => Promise<DiameterMessage>;
  readonly newSession: () => string;
}

/** Octets up and down since the session began. */
export type Usage = () => { readonly up: number; readonly down: number };

/** The OCS gives no credit. */
export class NoCredit extends Error {
  override readonly name = 'NoCredit';
  readonly result: Result;
  constructor(result: Result) {
    super(`no credit: ${resultName(result)}`);
    this.result = result;
  }
}

export class Charging {
  readonly #ports: ChargingPorts;
  readonly #session: string;
  readonly #imsi: string;
  readonly #msisdn: string | undefined;
  #number = 0;
  /** Octets of the present grant. */
  #granted = 0;
  #final = false;
  #reported = { up: 0, down: 0 };
  #usage: Usage = () => ({ up: 0, down: 0 });
  #cancel = (): void => undefined;
  #ended = false;

  constructor(ports: ChargingPorts, imsi: string, msisdn: string | undefined) {
    this.#ports = ports;
    this.#session = ports.newSession();
    this.#imsi = imsi;
    this.#msisdn = msisdn;
  }

  /**
   * Asks for the first grant. When Tx passes without an answer the phone gets no service (RFC 8506, 5.7), but the OCS may
   * have opened a session, with credit reserved: it is closed as soon as the OCS says so, or when its answer can come no
   * more.
   *
   * @throws {NoCredit} when there is none, DiameterPeerError when nobody answers
   */
  async begin(): Promise<void> {
    const late: LateAnswer = (answer) => {
      if (answer === undefined || isSuccess(resultOf(answer))) this.end().catch(() => undefined);
    };
    const answer = await this.#ask(ccRequestTypes.initial, { requested: WANTED }, [], late);
    try {
      this.#take(answer);
    } catch (error) {
      // The OCS has a session now, although it grants nothing.
      if (isSuccess(resultOf(answer))) await this.end().catch(() => undefined);
      throw error;
    }
  }

  /** Watches the counters from now on; `exhausted` is called once, when the credit is used up. */
  watch(usage: Usage, exhausted: (reason: unknown) => void): void {
    this.#usage = usage;
    const look = async (): Promise<void> => {
      if (this.#ended) return;
      if (this.#used >= this.#granted) {
        if (this.#final) throw new NoCredit({ code: results.DIAMETER_CREDIT_LIMIT_REACHED, vendor: 0 });
        this.#take(await this.#report(ccRequestTypes.update, reportingReasons.quotaExhausted, { requested: WANTED }));
      }
      this.#cancel = this.#ports.clock.after(LOOK, again);
    };
    const again = (): void => {
      look().catch((error: unknown) => {
        if (!this.#ended) exhausted(error);
      });
    };
    this.#cancel = this.#ports.clock.after(LOOK, again);
  }

  /** Reports the last use. Whatever the OCS says, it is over. */
  async end(exhausted = false): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    this.#cancel();
    const cause = exhausted ? terminationCauses.administrative : terminationCauses.logout;
    await this.#report(ccRequestTypes.termination, reportingReasons.final, {}, [avp(base.terminationCause, cause)]);
  }

  status(): Readonly<Record<string, unknown>> {
    return { session: this.#session, granted: this.#granted, used: this.#used, final: this.#final };
  }

  /** Octets of the present grant that are used. */
  get #used(): number {
    const { up, down } = this.#usage();
    return up + down - this.#reported.up - this.#reported.down;
  }

  #report(type: number, reason: number, more: ServiceCredit, avps: readonly Avp[] = []): Promise<DiameterMessage> {
    const now = this.#usage();
    const [up, down] = [now.up - this.#reported.up, now.down - this.#reported.down];
    this.#reported = now;
    const used = { totalOctets: BigInt(up + down), inputOctets: BigInt(up), outputOctets: BigInt(down) };
    return this.#ask(type, { ...more, used: [used], reason }, avps);
  }

  #ask(type: number, service: ServiceCredit, avps: readonly Avp[] = [], late?: LateAnswer): Promise<DiameterMessage> {
    const number = this.#number;
    this.#number += 1;
    const draft: RequestDraft = {
      command: command.creditControl,
      application: application.creditControl,
      session: this.#session,
      avps: [
        avp(base.destinationRealm, this.#ports.realm),
        avp(base.authApplicationId, application.creditControl),
        avp(base.originStateId, this.#ports.restarts),
        avp(credit.serviceContextId, GY_SERVICE_CONTEXT),
        avp(credit.ccRequestType, type),
        avp(credit.ccRequestNumber, number),
        ...(this.#msisdn === undefined ? [] : [writeSubscriptionId(subscriptionIdTypes.e164, this.#msisdn)]),
        writeSubscriptionId(subscriptionIdTypes.imsi, this.#imsi),
        ...avps,
        avp(credit.multipleServicesIndicator, MULTIPLE_SERVICES),
        writeServiceCredit({ ratingGroup: RATING_GROUP, ...service }),
      ],
    };
    return this.#ports.request(draft, late);
  }

  #take(answer: DiameterMessage): void {
    const outcome = resultOf(answer);
    if (!isSuccess(outcome)) throw new NoCredit(outcome);
    const service = readServiceCredits(answer.avps).find(({ ratingGroup }) => ratingGroup === RATING_GROUP);
    const code = service?.result ?? outcome.code;
    const granted = service?.granted?.totalOctets;
    if (!isSuccess({ code, vendor: 0 }) || granted === undefined) throw new NoCredit({ code, vendor: 0 });
    this.#granted = Number(granted);
    this.#final = service?.finalAction === finalUnitActions.terminate;
  }
}
