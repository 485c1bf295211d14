/**
 * A resolved topology: what the user wrote, with every default filled in and every address, MAC, AS number
 * and VNI decided. It is plain data (JSON can carry it) and it is all that the rooms to the right ever see.
 */
import type { Check } from './check.ts';

/** One end of a link: an interface of a node, written `node:interface`. */
export interface Endpoint {
  readonly node: string;
  readonly interface: string;
}

/**
 * What an interface is for. `routed`: the node speaks IP on it. `bridged`: a port of the node's Linux bridge.
 * `underlay`: a NIC of a hypervisor's physical bridge (the VTEP address sits on that bridge).
 * `tenant`: a hypervisor's port towards a virtual machine of a tenant network. `access`: a server's port of a stack; the
 * stack's gateway addresses stand at the first one and sit on its bridge. `peer`: the link between the two members of a
 * stack, whose addresses sit on a device beside it.
 */
export type PortRole = 'routed' | 'bridged' | 'underlay' | 'tenant' | 'access' | 'peer';

/**
 * What one autonomous system is to another (RFC 9234, 3.1): a provider carries its customer's traffic to everybody for
 * money, peers carry each other's to their own customers for nothing.
 */
export type Relation = 'customer' | 'peer' | 'provider';

/**
 * What becomes of a process that ended although nobody had asked it to: started again; started again unless it ended well,
 * with exit code 0; left as it is. The words are Kubernetes' (restartPolicy), and systemd's (Restart=) but for `never`,
 * which is `no` there and false in YAML.
 */
export const restartPolicies = ['always', 'on-failure', 'never'] as const;
export type RestartPolicy = (typeof restartPolicies)[number];

/** Impairment of one direction of a link. Times in milliseconds, loss in 0..1, rate in bit/s. */
export interface Impairment {
  readonly rate?: number | undefined;
  readonly delay?: number | undefined;
  readonly jitter?: number | undefined;
  readonly loss?: number | undefined;
}

export interface Interface {
  /** The kernel's name, at most 15 characters (IFNAMSIZ - 1). */
  readonly name: string;
  readonly mac: string;
  readonly mtu: number;
  readonly role: PortRole;
  /** IPv4 and IPv6 addresses in CIDR form; empty on ports of switches and on tenant ports. */
  readonly addresses: readonly string[];
  readonly peer: Endpoint;
  /** Index into `Topology.links`. */
  readonly link: number;
  /** Index into `Topology.segments`: the broadcast domain this interface is in. */
  readonly segment: number;
  /** The tenant network, for `tenant` ports and for the virtual machine's end of such a link. */
  readonly network?: string | undefined;
  /** Security groups of a virtual machine's end; undefined where nothing is filtered. */
  readonly groups?: readonly string[] | undefined;
  /** The node asks for its IPv4 address by DHCP; `addresses` has the one that it will get. */
  readonly dhcp?: true | undefined;
  /** The bond that the interface is a member of. */
  readonly bond?: string | undefined;
  /** What the node's system is to those at the other end, as the file says at this end. */
  readonly relation?: Relation | undefined;
}

export interface Node {
  readonly name: string;
  readonly kind: string;
  readonly title?: string | undefined;
  /** The host name that its programs see, where it is not `name`. */
  readonly hostname?: string | undefined;
  /** The autonomous system this node is in, if any. */
  readonly asn?: number | undefined;
  /** IPv4 router id; also the first loopback address of a router. */
  readonly routerId?: string | undefined;
  /** Loopback addresses in CIDR form. */
  readonly loopback: readonly string[];
  readonly interfaces: readonly Interface[];
  /** For the node's processes, where the file says so for the node. */
  readonly restart?: RestartPolicy | undefined;
  /** The kind's own settings, as its schema parsed them. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** Feature name -> that feature's settings, as its schema parsed them. */
  readonly features: Readonly<Record<string, unknown>>;
  /** Position of the node's entry in the file, for messages. */
  readonly at?: string | undefined;
}

export interface Link {
  readonly ends: readonly [Endpoint, Endpoint];
  readonly mtu: number;
  readonly network?: string | undefined;
  /** The OSPF area of the link, where the file says so: a number or the dotted form. */
  readonly area?: string | undefined;
  readonly impairment?: Impairment | undefined;
}

/** A broadcast domain: all routed or underlay interfaces that reach each other without a router. */
export interface Segment {
  readonly prefixes: readonly string[];
  readonly members: readonly Endpoint[];
}

/** A tenant's private network, carried over VXLAN. */
export interface Network {
  readonly name: string;
  readonly vni: number;
  readonly tenant?: string | undefined;
  /** Where the tenant has a router: its addresses in the network, in CIDR form. */
  readonly router?: readonly string[] | undefined;
  /** Whether connections of its machines are logged. */
  readonly flowLog?: true | undefined;
  /** Where machines may ask the metadata address: whether they need a token for it. */
  readonly metadata?: { readonly tokens: 'optional' | 'required' } | undefined;
}

/** One thing that a machine of a security group may receive or begin. Answers to it need no rule. */
export interface SecurityRule {
  readonly protocol: 'any' | 'tcp' | 'udp' | 'icmp';
  /** Destination ports, first and last of each range; none for all. */
  readonly ports: readonly (readonly [number, number])[];
  /** The other side: everybody, or who is in one of the prefixes or has a port in one of the groups. */
  readonly peers: 'any' | { readonly prefixes: readonly string[]; readonly groups: readonly string[] };
}

export interface SecurityGroup {
  readonly name: string;
  readonly in: readonly SecurityRule[];
  readonly out: readonly SecurityRule[];
}

/** A way out of a tenant's networks. */
export interface Exit extends Endpoint {
  /** Nothing new is sent there; what goes there already stays. */
  readonly drained?: true | undefined;
}

/** The owner of private networks. Its names for addresses and groups mean nothing to another tenant. */
export interface Tenant {
  readonly name: string;
  readonly title?: string | undefined;
  /** Whether its networks are joined by a router. */
  readonly routed: boolean;
  /** The machines' interfaces that the router sends everything else to. With several, connections are spread over those that live. */
  readonly exits: readonly Exit[];
  readonly groups: readonly SecurityGroup[];
}

/** The command whose packets `xiyou trace LAB` follows when no other is given. */
export interface Trace {
  readonly from: string;
  readonly run: readonly string[];
}

export interface Topology {
  readonly name: string;
  readonly title?: string | undefined;
  readonly story?: string | undefined;
  /** `fast`: routing protocol timers for a lab; `standard`: the protocols' own defaults. */
  readonly timers: 'fast' | 'standard';
  /** Whether interfaces keep segmentation and checksum offload; false shows frames as a wire would carry them. */
  readonly offload: boolean;
  /** For all processes that neither their own entry nor their node says otherwise of; `always` when left out. */
  readonly restart?: RestartPolicy | undefined;
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
  readonly segments: readonly Segment[];
  readonly networks: readonly Network[];
  readonly tenants: readonly Tenant[];
  /** Extra names for every node's /etc/hosts: name -> address. */
  readonly hosts: Readonly<Record<string, string>>;
  readonly trace?: Trace | undefined;
  readonly checks: readonly Check[];
}

/** `node:interface`, the way endpoints are written and shown. */
export const endpointName = (endpoint: Endpoint): string => `${endpoint.node}:${endpoint.interface}`;
