/** A phone's connection in the SGW: two control tunnels, and a user tunnel on either side of it. */
import { NO_TEID, type Session as Tunnels, type Tunnel } from '../../gtp/config.ts';
import type { Fteid } from '../../../src/signalling/gtpv2/index.ts';
import { type Learnt, tunnelStatus } from '../learnt.ts';

export interface Session {
  readonly imsi: string;
  /** Of the default bearer. */
  readonly ebi: number;
  /** Own TEIDs: control on S11 and S5, user plane on S1-U and S5. */
  readonly s11: number;
  readonly s5: number;
  readonly s1u: number;
  readonly s5u: number;
  readonly mme: Learnt;
  /** Address of the PGW's control plane. */
  readonly pgwAddress: string;
  /** Undefined before the PGW has answered. */
  pgw: Learnt | undefined;
  pgwUser: Learnt | undefined;
  /** The eNodeB's end; undefined while the phone is idle. */
  enodeb: Learnt | undefined;
  /** Place in the user plane, once the PGW has answered. */
  slot: number | undefined;
}

const tunnel = (teidIn: number, other: Fteid | undefined): Tunnel => ({
  teidIn,
  teidOut: other?.teid ?? NO_TEID,
  peer: other?.ipv4 ?? '0.0.0.0',
});

/** What the user plane has to know. @param held whether packets wait here while no tunnel leads to the phone */
export const tunnelsOf = ({ s1u, s5u, enodeb, pgwUser }: Session, held = enodeb === undefined): Tunnels => ({
  access: tunnel(s1u, enodeb),
  core: tunnel(s5u, pgwUser),
  ...(held ? { held } : {}),
});

/** A session as plain JSON. */
export const describeSession = (session: Session): Readonly<Record<string, unknown>> => ({
  imsi: session.imsi,
  bearer: session.ebi,
  connected: session.enodeb !== undefined,
  s11: { control: tunnelStatus(session.s11, session.mme) },
  s5: { control: tunnelStatus(session.s5, session.pgw), user: tunnelStatus(session.s5u, session.pgwUser) },
  s1u: { user: tunnelStatus(session.s1u, session.enodeb) },
});
