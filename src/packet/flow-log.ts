/** The flow log of tenants' networks: what a hypervisor writes of a connection at a machine's guard, and `xiyou vpc --flows` reads. */

/** One line of the log; docs/tenants.md tells of each field. */
export interface FlowLogRecord {
  readonly start: string;
  readonly end: string;
  readonly hypervisor: string;
  readonly tenant?: string | undefined;
  readonly network: string;
  readonly machine: string;
  readonly port: string;
  /** `out`: the machine began it. `in`: somebody else did. */
  readonly direction: 'in' | 'out';
  readonly action: 'accept' | 'reject';
  readonly protocol: string;
  readonly source: string;
  readonly sourcePort?: number | undefined;
  readonly destination: string;
  readonly destinationPort?: number | undefined;
  readonly icmpType?: number | undefined;
  readonly icmpCode?: number | undefined;
  /** From who began it, and to him. Octets of IP packets, headers included. */
  readonly packets: number;
  readonly octets: number;
  readonly answerPackets: number;
  readonly answerOctets: number;
  /** `open`: it goes on, and what comes is in another record. */
  readonly state: 'closed' | 'quiet' | 'open';
}
