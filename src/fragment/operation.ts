/**
 * Operations: the verbs the kernel room understands, as data. Kinds and features contribute them, the plan sorts
 * them into stages, the kernel room carries them out, and `plan` prints each as a command a person can paste.
 */
import type { Question } from './question.ts';

/** The fixed order of work. Inside a stage all nodes are independent of each other. */
export const stages = [
  'namespaces',
  'links',
  'addresses',
  'sysctls',
  'routes',
  'firewall',
  'files',
  'switches',
  'tunnels',
  'processes',
  'commands',
] as const;
export type Stage = (typeof stages)[number];

interface On {
  /** The node it is done on. */
  readonly node: string;
}

export interface VethEnd {
  readonly node: string;
  readonly name: string;
  readonly mac: string;
}

/** A network namespace with `lo` up. */
export interface NamespaceOperation extends On {
  readonly op: 'namespace';
}
/** A veth pair, both ends made in place with their final names. `node` is the first end's. */
export interface VethOperation extends On {
  readonly op: 'veth';
  readonly ends: readonly [VethEnd, VethEnd];
  readonly mtu: number;
}
/** A Linux bridge. */
export interface BridgeOperation extends On {
  readonly op: 'bridge';
  readonly name: string;
  readonly mac: string;
}
/** Sets an interface up; with `bridge`, makes it a port of it; with `offload: false`, frames leave as on a wire. */
export interface InterfaceOperation extends On {
  readonly op: 'interface';
  readonly name: string;
  readonly bridge?: string | undefined;
  readonly offload: boolean;
}
/** A persistent TUN device (layer 3, no packet information header). */
export interface TunOperation extends On {
  readonly op: 'tun';
  readonly name: string;
  readonly mtu: number;
}
/** An address in CIDR form; IPv6 addresses are made without duplicate address detection. */
export interface AddressOperation extends On {
  readonly op: 'address';
  readonly interface: string;
  readonly address: string;
}
/** A sysctl below /proc/sys, with dots: `net.ipv4.ip_forward`. */
export interface SysctlOperation extends On {
  readonly op: 'sysctl';
  readonly key: string;
  readonly value: string;
}
/** A static route. `to` is a prefix (`0.0.0.0/0` is the default route). */
export interface RouteOperation extends On {
  readonly op: 'route';
  readonly to: string;
  readonly via?: string | undefined;
  readonly dev?: string | undefined;
  readonly src?: string | undefined;
  readonly onlink?: boolean | undefined;
  readonly blackhole?: boolean | undefined;
}
/** The complete content of one table of one address family, as lines of iptables-restore between `*table` and COMMIT. */
export interface FirewallOperation extends On {
  readonly op: 'firewall';
  readonly family: 4 | 6;
  readonly table: 'nat' | 'filter' | 'mangle' | 'raw';
  readonly rules: readonly string[];
  /** By the older form of iptables with tables of its own: the plan says so where the kernel lacks nf_tables for IP. */
  readonly legacy?: true | undefined;
}
/**
 * Translation of single addresses both ways without connection tracking: all of a node's. What comes for `address` goes to
 * `to`; what `to` sends by one of the interfaces `out` leaves with `address`.
 */
export interface StatelessNatOperation extends On {
  readonly op: 'stateless-nat';
  readonly pairs: readonly { readonly address: string; readonly to: string; readonly out: readonly string[] }[];
}
/**
 * A file inside the node, below /etc, /srv, /opt, /root, /var or /run; a path with / at its end is a directory, and
 * its content is empty. The content `@pki/ca.crt` stands for the certificate of the lab's own CA, and
 * `@pki/NAMES/cert.pem` and `@pki/NAMES/key.pem` for a server's certificate chain and key; NAMES are the DNS names of
 * its subjectAltName, joined by commas. The engine, which may make keys, puts the material in their place. The content
 * `@program @lab/FILE` stands for a script that runs this program of lab/ with the Node that runs the lab; in
 * /opt/xiyou/bin it is on the node's PATH.
 */
export interface FileOperation extends On {
  readonly op: 'file';
  readonly path: string;
  readonly content: string;
  readonly mode: number;
  /** User and group name, when not root. */
  readonly owner?: string | undefined;
  /** The process of the node that reads the file again on SIGHUP: then a change needs no new node. */
  readonly reload?: string | undefined;
}
/** The node's own ovsdb-server and ovs-vswitchd, and one ovs-vsctl transaction. */
export interface SwitchOperation extends On {
  readonly op: 'openvswitch';
  readonly datapath: 'netdev' | 'system';
  /** One ovs-vsctl command each; run as one transaction. They must be repeatable (`--may-exist`). */
  readonly commands: readonly (readonly string[])[];
  /** Ports of several interfaces: name -> interfaces. When one of those is made anew, the port is taken in anew. */
  readonly bonds?: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * What is done before ovs-vswitchd starts, the first time and anew: devices of its bridges that are set down, so that no
   * router leads to a switch without flows, and commands about what the database knows already.
   */
  readonly before?: { readonly down: readonly string[]; readonly commands: readonly (readonly string[])[] } | undefined;
}
/** All flows of one OVS bridge, one per line of `ovs-ofctl replace-flows`; and all of its groups. */
export interface FlowsOperation extends On {
  readonly op: 'flows';
  readonly bridge: string;
  readonly flows: readonly string[];
  /** One per line of `ovs-ofctl add-groups`: `group_id=1,type=select,…`. With groups, all of it is one bundle. */
  readonly groups?: readonly string[] | undefined;
  /** Devices of the bridge that are set up once it has its flows. */
  readonly opens?: readonly string[] | undefined;
}
/**
 * A daemon in the foreground, in the node's own namespaces, with its output in /var/log/<name>.log of the node.
 * In argv, `@node` stands for the Node that runs the lab and a leading `@lab/` for the project's lab directory.
 */
export interface ProcessOperation extends On {
  readonly op: 'process';
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** A path inside the node that appears when the daemon is ready for the next one of the same node to start. */
  readonly ready?: string | undefined;
  /** A daemon of FRR's whose lines are given to it by vtysh when zebra has told `client` its interfaces. */
  readonly configure?: { readonly file: string; readonly client: string } | undefined;
  /** The signal that tells it that a link of the node is joined again: what the kernel dropped with it, it asks for anew. */
  readonly rejoined?: 'SIGUSR1' | undefined;
  /** Interfaces it holds open by number: when one of them is made anew, the daemon is started anew. */
  readonly interfaces?: readonly string[] | undefined;
  /** It builds on no other daemon of its node, and none on it: each goes on when the other is started anew. */
  readonly independent?: true | undefined;
}
/** A command that runs once, in the node. */
export interface CommandOperation extends On {
  readonly op: 'command';
  readonly argv: readonly string[];
  /** A failure is a note, and the lab goes on. */
  readonly mayFail?: boolean | undefined;
  /**
   * The process of the node that the command is for, of a `process` or of an `openvswitch`: it is run again after each start of that, and when it reads otherwise
   * than before; then a change needs no new node. One command for each process.
   */
  readonly follows?: string | undefined;
  /** What is waited for before it runs, in this order; after so many seconds it runs all the same. */
  readonly after?: readonly { readonly question: Question; readonly within: number }[] | undefined;
}
/** Impairment of what leaves `interface`. */
export interface ImpairmentOperation extends On {
  readonly op: 'impairment';
  readonly interface: string;
  readonly peer: { readonly node: string; readonly interface: string };
  readonly rate?: number | undefined;
  readonly delay?: number | undefined;
  readonly jitter?: number | undefined;
  readonly loss?: number | undefined;
}

export type Operation =
  | NamespaceOperation
  | VethOperation
  | BridgeOperation
  | InterfaceOperation
  | TunOperation
  | AddressOperation
  | SysctlOperation
  | RouteOperation
  | FirewallOperation
  | StatelessNatOperation
  | FileOperation
  | SwitchOperation
  | FlowsOperation
  | ProcessOperation
  | CommandOperation
  | ImpairmentOperation;
