/** What the user plane has to tell the control plane of its node, and cannot settle by itself. */
import type { RejectedTunnel } from './message.ts';
import type { Side } from './session-table.ts';

/**
 * `errorIndication`: the other end of a tunnel of ours has no such tunnel (3GPP TS 29.281, 7.3.1), as after its restart.
 * `teid` and `peer` are those of the packets that we sent there; `side` is where the tunnel leads.
 */
export type PlaneEvent = { readonly event: 'errorIndication'; readonly side: Side } & RejectedTunnel;

/** A packet for a phone that no tunnel leads to, of a session that is `held`. */
export interface DownlinkData {
  readonly event: 'downlinkData';
  readonly slot: number;
  /** The IP packet. */
  readonly packet: Uint8Array;
}

export type Tell = (event: PlaneEvent | DownlinkData) => void;
