/** A whole message of a protocol, and the packets that brought it; what carriers make of packets, and names are given to. */
import type { SignallingPacket } from './packet.ts';

export type Protocol = 'RRC' | 'NAS' | 'S1AP' | 'Diameter' | 'GTPv2-C' | 'GTP-U' | 'SCTP' | 'other';

export interface Unit {
  readonly protocol: Protocol;
  readonly octets: Uint8Array;
  /** The packet with its first octet. */
  readonly packet: SignallingPacket;
  /** Packets that it took, 1 for most. */
  readonly packets: number;
  /** The unit that this one repeats, because its sender did not know that it had arrived. */
  readonly repeats?: Unit | undefined;
  /** Why it is not whole. */
  readonly problem?: string | undefined;
  /** For what is no message of a protocol above: its name. */
  readonly name?: string | undefined;
  /** The payload protocol of SCTP, where it is none that is known. */
  readonly ppid?: number | undefined;
}

/** Who talks to whom, one way. */
export const wayOf = ({ source, sourcePort, destination, destinationPort }: SignallingPacket): string =>
  `${source}:${sourcePort} > ${destination}:${destinationPort}`;
