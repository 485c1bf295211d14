/**
 * The tables of br-int, in the order in which a frame of a virtual machine passes them, and the registers that carry
 * what is known of it. A frame from a tunnel has been through all that is before `deliver` where it came from.
 */
import { flowText, goToTable } from '../../openvswitch/flow.ts';

export const table = {
  /** Whose frame it is: reg0 and reg1 are set. Nothing with another source MAC than the machine's gets further. */
  classify: 0,
  /** Filtered ports: only the machine's own addresses, in IP and in ARP. */
  own: 1,
  /** Filtered ports: what the connection tracker knows of what the machine sends. */
  sent: 2,
  /** Filtered ports: what the machine may begin. */
  mayBegin: 3,
  /** Questions that the switch itself answers (ARP, neighbour discovery), and the way to the tenant's router. */
  answer: 10,
  /** The second half of an answer to a neighbour solicitation: fields that only an advertisement has. */
  advertise: 11,
  /** The tenant's router: TTL, MAC addresses, the next network. */
  route: 20,
  /** Of several ways out: the one that a connection has, or a new one. */
  leave: 21,
  /** A new connection has got one, and that is remembered. */
  remember: 22,
  /** On to the way out that has been chosen. */
  depart: 23,
  /** Where the machine with this MAC address is. */
  locate: 30,
  /** Where there are several ways out: the connections of what comes in from outside are looked up, so that both directions are seen. */
  returning: 39,
  /** To machines on this hypervisor. */
  deliver: 40,
  /** Filtered ports: what the connection tracker knows of what is for the machine. */
  received: 41,
  /** Filtered ports: what may reach the machine. */
  mayReach: 42,
} as const;

/** OpenFlow port number of the VXLAN port; the machines' ports count from 1, and there are never so many. */
export const tunnelPort = 60_000;

/** The port behind which the metadata service is. */
export const metadataPort = 60_001;

/**
 * OpenFlow port number of the first of the tenants' routers' ports, which only a hypervisor with the kernel's datapath has
 * (neighbours.ts).
 */
export const firstRouterPort = 61_000;

/** OpenFlow port numbers of the pairs of ports by which ways out are watched: two for each. */
export const firstWatchPort = 62_000;

/** What a register holds: reg0 the VNI, reg1 the filtered port's number, reg2 the tenant of the router, reg3 the way out. */
export const registers = { vni: 0, port: 1, router: 2, exit: 3 } as const;

export const setRegister = (register: keyof typeof registers, value: number): string =>
  `load:${value}->NXM_NX_REG${registers[register]}[]`;

/** One flow as `ovs-ofctl` reads it. */
export const flow = (
  at: keyof typeof table,
  priority: number,
  match: readonly string[],
  actions: readonly string[],
): string => flowText(table[at], priority, match, actions);

export const goTo = (at: keyof typeof table): string => goToTable(table[at]);
