/**
 * What a person writes under `gtp:`, on the three nodes of the LTE user plane (3GPP TS 23.401, 4.4). The bearers are
 * written once, on the serving gateway; the base station and the packet gateway read them there.
 */
import { z } from 'zod';
import { address, nodeName, prefix4, teid } from '../shared/values.ts';

const tunnel = z.strictObject({
  uplink: teid.describe('TEID of packets from the phone, chosen by the end nearer to the Internet.'),
  downlink: teid.describe('TEID of packets to the phone, chosen by the end nearer to the phone.'),
});

const session = z.strictObject({
  phone: nodeName.describe('The phone: a host that is linked to a base station.'),
  pgw: nodeName.optional().describe('Its packet gateway; not needed when the lab has one.'),
  s1u: tunnel.optional().describe('Tunnel between base station and serving gateway; 0x1001.., 0x2001.. when left out.'),
  s5: tunnel.optional().describe('Tunnel between serving and packet gateway; 0x3001.., 0x4001.. when left out.'),
});

const enodeb = z.strictObject({
  role: z.literal('enodeb').describe('Base station: takes the phones’ packets from the radio into tunnels.'),
});

const sgw = z.strictObject({
  role: z.literal('sgw').describe('Serving gateway: relays from tunnel to tunnel.'),
  sessions: z.array(session).min(1).describe('One entry per phone.'),
});

const pgw = z.strictObject({
  role: z.literal('pgw').describe('Packet gateway: the tunnels end, IP routing begins.'),
  pool: prefix4.describe('The phones’ addresses.'),
  address: address.optional().describe('The phones’ default gateway; the first address of the pool when left out.'),
});

export const gtpSchema = z.discriminatedUnion('role', [enodeb, sgw, pgw]);

export type GtpSettings = z.output<typeof gtpSchema>;
export type SgwSettings = z.output<typeof sgw>;
export type PgwSettings = z.output<typeof pgw>;
export type SessionSettings = z.output<typeof session>;
