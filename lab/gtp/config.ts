/**
 * What a user plane daemon is told. One daemon is one node of the LTE user plane (3GPP TS 23.401, 4.4):
 *
 *     phone ==radio== eNodeB --S1-U-- SGW --S5/S8-U-- PGW --SGi-- Internet
 *
 * Each `--` is a GTP-U tunnel per phone. A tunnel has two tunnel endpoint identifiers (TEIDs), one per direction, and
 * each is chosen by the end that receives with it (3GPP TS 29.281, 5.1).
 */
import { integer, ipv4, ipv6, list, mac, member, optional, text, type Field } from '../fields.ts';

/** TEID of a tunnel whose other end is not known yet; 0 never stands in a user packet (TS 29.281, 5.1). */
export const NO_TEID = 0;

/** One GTP-U tunnel as one of its ends sees it. */
export interface Tunnel {
  /** TEID in packets that arrive here. */
  readonly teidIn: number;
  /** TEID in packets that leave here, or NO_TEID. */
  readonly teidOut: number;
  /** IPv4 address of the other end. */
  readonly peer: string;
}

/** What a node knows about one phone's bearer. Which parts are there depends on the node's role. */
export interface Session {
  /** The phone's addresses: eNodeB and PGW. */
  readonly address?: string | undefined;
  readonly address6?: string | undefined;
  /** The phone's MAC address: an eNodeB whose phones share a radio interface. */
  readonly mac?: string | undefined;
  /** The tunnel on the phone's side: SGW (S1-U) and PGW (S5/S8-U). */
  readonly access?: Tunnel | undefined;
  /** The tunnel on the Internet's side: eNodeB (S1-U) and SGW (S5/S8-U). */
  readonly core?: Tunnel | undefined;
  /** Packets to the phone are given to the control plane while no tunnel leads to it; else they are dropped (SGW). */
  readonly held?: boolean | undefined;
}

/** Who carries packets; see data-path.ts. `auto`: bpf where the machine has what it needs. */
export const dataPathChoices = ['auto', 'bpf', 'threads'] as const;
export type DataPathChoice = (typeof dataPathChoices)[number];

interface Common {
  /** `auto` when it is not there. */
  readonly dataPath?: DataPathChoice | undefined;
  /** Created when every socket is bound. */
  readonly ready?: string | undefined;
  /** Rewritten, at most once a second, when a counter has changed. */
  readonly status?: string | undefined;
}

/** A phone's radio link: a veth pair whose end in the eNodeB is `interface`. */
export interface Radio {
  readonly interface: string;
  /** The phone's MAC address. */
  readonly mac: string;
  /** The phone's default gateway, which is in the PGW; here its MAC is the radio interface's (a proxy, RFC 1027). */
  readonly gateway: string;
  readonly gateway6?: string | undefined;
  readonly session: Session & { readonly core: Tunnel };
}

export interface EnodebConfig extends Common {
  readonly role: 'enodeb';
  /** Own S1-U address. */
  readonly local: string;
  readonly radios: readonly Radio[];
}

export interface SgwConfig extends Common {
  readonly role: 'sgw';
  /** Own S1-U address. */
  readonly access: string;
  /** Own S5/S8-U address. */
  readonly core: string;
  readonly sessions: readonly (Session & { readonly access: Tunnel; readonly core: Tunnel })[];
}

export interface PgwConfig extends Common {
  readonly role: 'pgw';
  /** Own S5/S8-U address. */
  readonly local: string;
  /** A TUN device that exists already. */
  readonly tun: string;
  readonly sessions: readonly (Session & { readonly access: Tunnel })[];
}

export type GtpConfig = EnodebConfig | SgwConfig | PgwConfig;

/** A base station that is told of its phones by signalling, and knows them by their MAC addresses. */
export interface CellConfig extends Common {
  readonly role: 'cell';
  /** Own S1-U address. */
  readonly local: string;
  /** The interface that all phones are on. */
  readonly radio: string;
}

/** The member `dataPath` of a function's configuration. @throws Error that lists the choices */
export const dataPathChoice = (config: Field): DataPathChoice => {
  const field = member(config, 'dataPath');
  const written = optional(field, text) ?? 'auto';
  const choice = dataPathChoices.find((one) => one === written);
  if (choice === undefined)
    throw new Error(`config: ${field.at}: expected ${dataPathChoices.join(', ')}, found "${written}"`);
  return choice;
};

/** TEID 0 is for signalling messages only (TS 29.281, 5.1). */
const teid = integer(1, 0xffff_ffff);

const tunnel = (field: Field): Tunnel => ({
  teidIn: teid(member(field, 'teidIn')),
  teidOut: teid(member(field, 'teidOut')),
  peer: ipv4(member(field, 'peer')),
});

const phone = (field: Field): Pick<Session, 'address' | 'address6'> => ({
  address: ipv4(member(field, 'address')),
  address6: optional(member(field, 'address6'), ipv6),
});

const radio = (field: Field): Radio => {
  const session = member(field, 'session');
  return {
    interface: text(member(field, 'interface')),
    mac: mac(member(field, 'mac')),
    gateway: ipv4(member(field, 'gateway')),
    gateway6: optional(member(field, 'gateway6'), ipv6),
    session: { ...phone(session), core: tunnel(member(session, 'core')) },
  };
};

const common = (field: Field): Common => ({
  dataPath: dataPathChoice(field),
  ready: optional(member(field, 'ready'), text),
  status: optional(member(field, 'status'), text),
});

/** Checks a configuration. @throws Error that names the first field that is wrong. */
export const gtpConfig = (field: Field): GtpConfig => {
  const role = text(member(field, 'role'));
  const local = (name: string): string => ipv4(member(field, name));
  const sessions = member(field, 'sessions');
  switch (role) {
    case 'enodeb':
      return { ...common(field), role, local: local('local'), radios: list(member(field, 'radios'), radio) };
    case 'sgw':
      return {
        ...common(field),
        role,
        access: local('access'),
        core: local('core'),
        sessions: list(sessions, (item) => ({
          access: tunnel(member(item, 'access')),
          core: tunnel(member(item, 'core')),
        })),
      };
    case 'pgw':
      return {
        ...common(field),
        role,
        local: local('local'),
        tun: text(member(field, 'tun')),
        sessions: list(sessions, (item) => ({ ...phone(item), access: tunnel(member(item, 'access')) })),
      };
    default:
      throw new Error(`config: ${field.at}: role: expected enodeb, sgw or pgw, found "${role}"`);
  }
};
