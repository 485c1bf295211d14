/** A phone's connection in the SGW: two control tunnels, and a user tunnel on either side of it. */
import { NO_TEID, type Session as Tunnels, type Tunnel } from '../../gtp/config.ts';
import type { Fteid } from '../../../src/signalling/gtpv2/index.ts';

export interface Session {
  readonly imsi: string;
  /** Of the default bearer. */
  readonly ebi: number;
  /** Own TEIDs: control on S11 and S5, user plane on S1-U and S5. */
  readonly s11: number;
  readonly s5: number;
  readonly s1u: number;
  readonly s5u: number;
  readonly mme: Fteid;
  /** Address of the PGW's control plane. */
  readonly pgwAddress: string;
  /** Undefined before the PGW has answered. */
  pgw: Fteid | undefined;
  pgwUser: Fteid | undefined;
  /** The eNodeB's end; undefined while the phone is idle. */
  enodeb: Fteid | undefined;
  /** Place in the user plane, once the PGW has answered. */
  slot: number | undefined;
}

const tunnel = (teidIn: number, other: Fteid | undefined): Tunnel => ({
  teidIn,
  teidOut: other?.teid ?? NO_TEID,
  peer: other?.ipv4 ?? '0.0.0.0',
});

/** What the user plane has to know. */
export const tunnelsOf = ({ s1u, s5u, enodeb, pgwUser }: Session): Tunnels => ({
  access: tunnel(s1u, enodeb),
  core: tunnel(s5u, pgwUser),
});

const ends = (local: number, other: Fteid | undefined): Readonly<Record<string, unknown>> => ({
  local,
  remote: other?.teid,
  peer: other?.ipv4,
});

/** A session as plain JSON. */
export const describeSession = (session: Session): Readonly<Record<string, unknown>> => ({
  imsi: session.imsi,
  bearer: session.ebi,
  connected: session.enodeb !== undefined,
  s11: { control: ends(session.s11, session.mme) },
  s5: { control: ends(session.s5, session.pgw), user: ends(session.s5u, session.pgwUser) },
  s1u: { user: ends(session.s1u, session.enodeb) },
});
