/**
 * The protocol parameters of an association. Defaults are the ones that RFC 9260, section 16 recommends; sizes, about
 * which it says nothing, are marked. Times are in milliseconds, sizes in octets.
 */
import { COMMON_HEADER_LENGTH, DATA_HEADER_LENGTH } from '../../../src/signalling/sctp/chunk.ts';

export interface Parameters {
  /** RTO before the first measurement; RTO.Initial. */
  readonly rtoInitial: number;
  /** RTO.Min. */
  readonly rtoMin: number;
  /** RTO.Max. */
  readonly rtoMax: number;
  /** Packets sent in one go; Max.Burst. */
  readonly maxBurst: number;
  /** Timeouts in a row that an established association survives; Association.Max.Retrans. */
  readonly associationMaxRetrans: number;
  /** Timeouts in a row of T1-init and of T1-cookie; Max.Init.Retransmits. */
  readonly maxInitRetransmits: number;
  /** Silence after which a heartbeat is sent, beside the RTO; HB.interval. */
  readonly heartbeatInterval: number;
  /** How long a state cookie is good for; Valid.Cookie.Life. */
  readonly cookieLife: number;
  /** How long a SACK may wait for data to travel with; SACK.Delay. */
  readonly sackDelay: number;
  /** The largest IP packet sent. Ours: the MTU of Ethernet. */
  readonly mtu: number;
  /** Room for data that the user has not taken yet; the advertised window at the start. Ours; the largest message, too. */
  readonly receiveBuffer: number;
  /** Unacknowledged octets from which `send` says that it is enough. Ours. */
  readonly sendBuffer: number;
  /** Streams asked for, and admitted, in each direction. Ours. */
  readonly streams: number;
}

export const defaults: Parameters = {
  rtoInitial: 1000,
  rtoMin: 1000,
  rtoMax: 60_000,
  maxBurst: 4,
  associationMaxRetrans: 10,
  maxInitRetransmits: 8,
  heartbeatInterval: 30_000,
  cookieLife: 60_000,
  sackDelay: 200,
  mtu: 1500,
  receiveBuffer: 1 << 18,
  sendBuffer: 1 << 20,
  streams: 16,
};

/** Milliseconds: RTO.Initial of a first attempt, and what each further one adds. */
const FIRST_RTO = 100;
const RTO_STEP = 25;

/**
 * For the `attempt`th try, from 0, to reach a peer that may still be starting: an INIT and one repetition, soon after
 * each other, and a little later with each attempt until RTO.Initial is the RFC's, so that a long path is reached, too.
 */
export const attemptParameters = (attempt: number): Pick<Parameters, 'rtoInitial' | 'maxInitRetransmits'> => ({
  rtoInitial: Math.min(defaults.rtoInitial, FIRST_RTO + RTO_STEP * attempt),
  maxInitRetransmits: 1,
});

/** Octets of an IPv4 header without options (RFC 791). */
const IPV4_HEADER_LENGTH = 20;

/** Octets that the chunks of one packet may take together. */
export const packetRoom = (mtu: number): number => (mtu - IPV4_HEADER_LENGTH - COMMON_HEADER_LENGTH) & ~3;

/** The largest payload of a DATA chunk, which is the RFC's unit of congestion control, PMDCS, less the chunk's header. */
export const fragmentLength = (mtu: number): number => packetRoom(mtu) - DATA_HEADER_LENGTH;
