/**
 * What an association knows of the way to its peer: the round trip time and the retransmission timeout made of it
 * (RFC 9260, 6.3, as RFC 6298 has it for TCP), the congestion window (7.2), and how many timeouts there were in a row.
 */
import { COMMON_HEADER_LENGTH } from '../../../src/signalling/sctp/chunk.ts';
import { fragmentLength, type Parameters } from './parameters.ts';

/** RTO.Alpha, RTO.Beta (RFC 9260, section 16). */
const ALPHA = 1 / 8;
const BETA = 1 / 4;
/** The smallest RTTVAR, our clock's granularity in milliseconds (6.3.1, the note after C7). */
const GRANULARITY = 1;
/** The initial window is min(4 * PMDCS, max(2 * PMDCS, 4404)) octets (7.2.1). */
const INITIAL_WINDOW = 4404;
/** Idle periods after which halving changes nothing any more. */
const MOST_HALVINGS = 32;

export class Path {
  readonly #parameters: Parameters;
  /** PMDCS: the largest DATA payload. */
  readonly unit: number;
  rto: number;
  srtt: number | undefined;
  #rttvar = 0;
  cwnd: number;
  ssthresh = Number.MAX_SAFE_INTEGER;
  #partial = 0;
  /** Timeouts since the peer last answered. */
  errors = 0;

  constructor(parameters: Parameters) {
    this.#parameters = parameters;
    this.rto = parameters.rtoInitial;
    this.unit = fragmentLength(parameters.mtu);
    if (this.unit < 4)
      throw new RangeError(`an MTU of ${parameters.mtu} leaves no room after ${COMMON_HEADER_LENGTH} octets`);
    this.cwnd = Math.min(4 * this.unit, Math.max(2 * this.unit, INITIAL_WINDOW));
  }

  /** A round trip of `rtt` milliseconds was measured on something sent only once (Karn's rule). */
  measured(rtt: number): void {
    if (this.srtt === undefined) {
      this.srtt = rtt;
      this.#rttvar = rtt / 2;
    } else {
      this.#rttvar = (1 - BETA) * this.#rttvar + BETA * Math.abs(this.srtt - rtt);
      this.srtt = (1 - ALPHA) * this.srtt + ALPHA * rtt;
    }
    const { rtoMin, rtoMax } = this.#parameters;
    this.rto = Math.min(rtoMax, Math.max(rtoMin, this.srtt + 4 * Math.max(this.#rttvar, GRANULARITY)));
  }

  /** Doubles the RTO (6.3.3, E2). */
  backOff(): void {
    this.rto = Math.min(this.#parameters.rtoMax, this.rto * 2);
  }

  /** T3-rtx expired (7.2.3). */
  timedOut(): void {
    this.ssthresh = Math.max(this.cwnd / 2, 4 * this.unit);
    this.cwnd = this.unit;
    this.#partial = 0;
  }

  /** A loss was found by gap reports (7.2.3, 7.2.4). */
  lost(): void {
    this.ssthresh = Math.max(this.cwnd / 2, 4 * this.unit);
    this.cwnd = this.ssthresh;
    this.#partial = 0;
  }

  /**
   * A SACK moved the cumulative TSN and acknowledged `octets`; `flight` octets were outstanding before it came. Slow
   * start adds what was acknowledged, up to one unit (7.2.1); congestion avoidance a unit per window (7.2.2).
   */
  acknowledged(octets: number, flight: number, recovering: boolean, nothingLeft: boolean): void {
    const used = flight + this.unit > this.cwnd;
    if (this.cwnd <= this.ssthresh) {
      if (used && !recovering) this.cwnd += Math.min(octets, this.unit);
    } else {
      this.#partial += octets;
      if (this.#partial > this.cwnd && !used) this.#partial = this.cwnd;
      if (this.#partial >= this.cwnd && used && !recovering) {
        this.#partial -= this.cwnd;
        this.cwnd += this.unit;
      }
    }
    if (nothingLeft) this.#partial = 0;
  }

  /** Nothing was sent for `idle` milliseconds: the window halves for each RTO, as the path may have changed (7.2.1). */
  rested(idle: number): void {
    const periods = Math.min(MOST_HALVINGS, Math.floor(idle / this.rto));
    if (periods === 0 || this.cwnd <= 4 * this.unit) return;
    this.ssthresh = this.cwnd;
    for (let period = 0; period < periods; period += 1) this.cwnd = Math.max(this.cwnd / 2, 4 * this.unit);
  }
}
