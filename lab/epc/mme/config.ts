/** What an MME is told: who it is, where its peers are, which algorithms it prefers, how long it waits. */
import { type Field, integer, ipv4, list, member, optional, text } from '../../fields.ts';
import type { Algorithm } from '../../../src/signalling/aka/eea.ts';
import type { DiameterTransport } from '../diameter-node.ts';
import { ECHO_INTERVAL } from '../gtpv2/path.ts';
import { transport } from '../hss/config.ts';
import type { Plmn } from '../../../src/signalling/identity.ts';

/** Milliseconds. Values of TS 24.301, table 10.2.2, and of GTPv2-C (TS 29.274, 7.6). */
export interface Timers {
  /** ATTACH ACCEPT to ATTACH COMPLETE. */
  readonly t3450: number;
  /** AUTHENTICATION REQUEST and SECURITY MODE COMMAND to their answers. */
  readonly t3460: number;
  /** IDENTITY REQUEST to its answer. */
  readonly t3470: number;
  /** DETACH REQUEST of the network to its answer. */
  readonly t3422: number;
  /** Paging to the answer of the phone. */
  readonly t3413: number;
  /** ESM INFORMATION REQUEST to its answer. */
  readonly t3489: number;
  /** An S1AP request to the answer of the eNodeB; the standard has no number. */
  readonly s1: number;
  /** HANDOVER COMMAND to HANDOVER NOTIFY: longer than the eNodeB's TS1RELOCoverall, which comes first. */
  readonly handover: number;
  /** A GTPv2 request to its repetition. */
  readonly t3Response: number;
  /** From one question whether the SGW lives to the next (TS 29.274, 7.1.1: a minute at least). */
  readonly echo: number;
}

export const defaultTimers: Timers = {
  t3450: 6000,
  t3460: 6000,
  t3470: 6000,
  t3422: 6000,
  t3413: 6000,
  t3489: 4000,
  s1: 5000,
  handover: 15_000,
  t3Response: 3000,
  echo: ECHO_INTERVAL,
};

export interface MmeConfig {
  readonly name: string;
  readonly plmn: Plmn;
  /** MME group (16 bits) and MME code (8 bits). */
  readonly group: number;
  readonly code: number;
  readonly s1mme: { readonly local: string };
  readonly s6a: {
    readonly local: string;
    readonly hss: string;
    readonly host: string;
    readonly realm: string;
    readonly transport: DiameterTransport;
  };
  readonly s11: { readonly local: string; readonly sgw: string };
  /** Address of the PGW on S5. */
  readonly pgw: string;
  /** The preferred algorithm first. */
  readonly eea: readonly Algorithm[];
  readonly eia: readonly Algorithm[];
  readonly timers: Timers;
}

/** `46000` or `310410`: three digits of country, two or three of network. */
export const plmn = (field: Field): Plmn => {
  const digits = text(field);
  if (!/^\d{5,6}$/u.test(digits)) throw new Error(`config: ${field.at}: expected 5 or 6 digits, found "${digits}"`);
  return { mcc: digits.slice(0, 3), mnc: digits.slice(3) };
};

const algorithm = (field: Field): Algorithm => integer(0, 2)(field) as Algorithm;

const timers = (field: Field): Timers => {
  const read = (name: keyof Timers): number =>
    optional(member(field, name), integer(1, 3_600_000)) ?? defaultTimers[name];
  return {
    t3450: read('t3450'),
    t3460: read('t3460'),
    t3470: read('t3470'),
    t3422: read('t3422'),
    t3413: read('t3413'),
    t3489: read('t3489'),
    s1: read('s1'),
    handover: read('handover'),
    t3Response: read('t3Response'),
    echo: read('echo'),
  };
};

/** @throws Error that names the first field that is wrong */
export const mmeConfig = (field: Field): MmeConfig => {
  const [s6a, s11] = [member(field, 's6a'), member(field, 's11')];
  return {
    name: text(member(field, 'name')),
    plmn: plmn(member(field, 'plmn')),
    group: integer(0, 0xffff)(member(field, 'group')),
    code: integer(0, 0xff)(member(field, 'code')),
    s1mme: { local: ipv4(member(member(field, 's1mme'), 'local')) },
    s6a: {
      local: ipv4(member(s6a, 'local')),
      hss: ipv4(member(s6a, 'hss')),
      host: text(member(s6a, 'host')),
      realm: text(member(s6a, 'realm')),
      transport: transport(member(s6a, 'transport')),
    },
    s11: { local: ipv4(member(s11, 'local')), sgw: ipv4(member(s11, 'sgw')) },
    pgw: ipv4(member(field, 'pgw')),
    eea: list(member(field, 'eea'), algorithm),
    eia: list(member(field, 'eia'), algorithm),
    timers: optional(member(field, 'timers'), timers) ?? defaultTimers,
  };
};
