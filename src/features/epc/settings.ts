/** What a person writes under `epc:`, one form for each function of the LTE core. All of it may be left out but `role`. */
import { z } from 'zod';
import { parseRate, parseTime } from '../../topology/quantity.ts';
import { address4, nodeName, prefix4 } from '../shared/values.ts';

const imsi = z
  .string()
  .regex(/^\d{6,15}$/u, { error: 'an IMSI has 6 to 15 digits (TS 23.003, 2.2); write it in quotes' });
const key = z
  .string()
  .regex(/^[\da-fA-F]{32}$/u, { error: 'expected 32 hexadecimal digits, in quotes' })
  .transform((text) => text.toLowerCase());
const digits = z.string().regex(/^\d{1,15}$/u, { error: 'expected up to 15 digits, in quotes' });

/** TS 23.003, 9.1: labels of a DNS name. */
const apn = z
  .string()
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/u, {
    error: 'an access point name is written like a DNS name in small letters, such as cmnet',
  })
  .max(100);

/** Octets that an account or a grant can hold. */
const octets = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const rate = z.string().refine((text) => (parseRate(text) ?? 0) >= 1 && (parseRate(text) ?? 0) <= 0xffff_ffff, {
  error: 'expected a rate of at most 4294967295 bit/s, such as 50mbit',
});
const time = z.string().refine(
  (text) => {
    const milliseconds = parseTime(text);
    return milliseconds !== undefined && milliseconds >= 1 && milliseconds <= 3_600_000;
  },
  { error: 'expected a time from 1ms to 3600s, such as 2s' },
);

/** The other function by name; the lab's only one when left out. */
const other = (what: string) =>
  nodeName.optional().describe(`The node that is its ${what}; the lab’s only one when left out.`);

const ue = z.strictObject({
  role: z.literal('ue').describe('A phone.'),
  on: z.boolean().default(true).describe('Whether it is switched on at the start, and attaches.'),
  apn: apn.optional().describe('Access point to ask for; the subscription’s first one when left out.'),
  cells: z
    .array(nodeName)
    .min(1)
    .optional()
    .describe('The eNodeBs that it hears, the best first; all on its radio link when left out.'),
  imsi: imsi.optional().describe('IMSI of its SIM card; made from PLMN and place in the file when left out.'),
  k: key.optional().describe('Secret key of its SIM card; made from the IMSI when left out.'),
  opc: key.optional().describe('OPc of its SIM card (TS 35.206); made from the IMSI when left out.'),
  msisdn: digits.optional().describe('Its telephone number.'),
  credit: octets.default(1_000_000_000).describe('Octets on its account at the OCS.'),
  subscribed: z.boolean().default(true).describe('false keeps it out of the HSS: an IMSI that nobody knows.'),
});

const dataPath = z
  .enum(['auto', 'bpf', 'threads'])
  .optional()
  .describe(
    'Who carries the phones’ packets: programs in the kernel or threads; auto takes bpf where the machine has it.',
  );

const enodeb = z.strictObject({
  role: z.literal('enodeb').describe('A base station.'),
  id: z
    .int()
    .min(0)
    .max(0xf_ffff)
    .optional()
    .describe('Macro eNodeB identity, 20 bits; its place in the file when left out.'),
  cell: z.int().min(0).max(0xff).default(1).describe('Its one cell, 8 bits.'),
  tac: z.int().min(1).max(0xfffd).default(1).describe('Tracking area code.'),
  inactivity: time
    .optional()
    .describe('A phone without a packet for so long is made idle, and called when packets come; never when left out.'),
  dataPath,
  mme: other('MME'),
});

const algorithm = z.int().min(0).max(2);

const mme = z.strictObject({
  role: z.literal('mme').describe('The mobility management entity.'),
  plmn: z
    .string()
    .regex(/^\d{5,6}$/u, { error: 'a PLMN is three digits of country and two or three of network, in quotes' })
    .default('46000')
    .describe('The network: country and network code.'),
  group: z.int().min(0).max(0xffff).default(0x8001).describe('MME group, 16 bits.'),
  code: z.int().min(0).max(0xff).optional().describe('MME code, 8 bits; its place in the file when left out.'),
  eea: z
    .array(algorithm)
    .min(1)
    .default([0])
    .describe('Ciphering algorithms, the preferred first: 0 none, 1 SNOW 3G, 2 AES.'),
  eia: z
    .array(algorithm.min(1))
    .min(1)
    .default([2])
    .describe('Integrity algorithms, the preferred first: 1 SNOW 3G, 2 AES.'),
  timers: z
    .strictObject({
      t3413: time.optional().describe('Paging.'),
      t3422: time.optional().describe('Detach by the network.'),
      t3450: time.optional().describe('Attach accept to attach complete.'),
      t3460: time.optional().describe('Authentication and security mode.'),
      t3470: time.optional().describe('Identity request.'),
      t3489: time.optional().describe('ESM information request.'),
      handover: time.optional().describe('Handover command to the arrival of the phone.'),
      s1: time.optional().describe('An S1AP request to its answer.'),
      t3Response: time.optional().describe('A GTPv2 request to its repetition.'),
    })
    .optional()
    .describe('Timers (TS 24.301, 10.2; TS 29.274, 7.6); the standard’s values when left out.'),
  hss: other('HSS'),
  sgw: other('SGW'),
  pgw: other('PGW'),
});

const subscriber = z
  .strictObject({
    phone: nodeName.optional().describe('The phone that this is about.'),
    imsi: imsi.optional().describe('Or the IMSI, of a phone that is not in the lab.'),
    k: key.optional().describe('Secret key; a phone with another one cannot prove who it is.'),
    opc: key.optional().describe('OPc (TS 35.206).'),
    msisdn: digits.optional().describe('Telephone number.'),
    apns: z.array(apn).min(1).optional().describe('Access points, the default first; all of the PGW when left out.'),
    barred: z
      .union([z.literal(11), z.literal(15)])
      .optional()
      .describe('EMM cause to refuse it with: 11 PLMN not allowed, 15 no suitable cells in tracking area.'),
    sqn: z
      .int()
      .min(0)
      .max(2 ** 48 - 1)
      .optional()
      .describe('The last sequence number of authentication that was used (TS 33.102, 6.3).'),
    uplink: rate.optional().describe('UE-AMBR to the network, such as 50mbit.'),
    downlink: rate.optional().describe('UE-AMBR to the phone, such as 100mbit.'),
  })
  .refine((entry) => (entry.phone === undefined) !== (entry.imsi === undefined), {
    error: 'a subscriber has either phone or imsi',
  });

const hss = z.strictObject({
  role: z.literal('hss').describe('The home subscriber server.'),
  transport: z.enum(['sctp', 'tcp']).default('sctp').describe('What S6a runs over.'),
  subscribers: z
    .array(subscriber)
    .default([])
    .describe('What it knows otherwise than the phones do, and further subscribers. Every phone of the lab is one.'),
});

const sgw = z.strictObject({
  role: z.literal('sgw').describe('The serving gateway.'),
  dataPath: dataPath.describe('As of an eNodeB.'),
});

const pgw = z.strictObject({
  role: z.literal('pgw').describe('The packet gateway.'),
  pools: z
    .record(apn, prefix4)
    .refine((pools) => Object.keys(pools).length > 0, { error: 'a PGW has at least one access point' })
    .default({ cmnet: '10.45.0.0/16' })
    .describe('Addresses of phones, by access point.'),
  gateway: address4.optional().describe('The phones’ gateway; the first address of the first pool when left out.'),
  dns: z.array(address4).default([]).describe('DNS servers that phones are told.'),
  dataPath: dataPath.describe('As of an eNodeB.'),
  ocs: other('OCS'),
});

const ocs = z.strictObject({
  role: z.literal('ocs').describe('The online charging system.'),
  quota: octets.min(1).default(10_000_000).describe('Octets that it grants at once.'),
});

export const epcSchema = z.discriminatedUnion('role', [ue, enodeb, mme, hss, sgw, pgw, ocs]);

export type EpcSettings = z.output<typeof epcSchema>;
export type Role = EpcSettings['role'];
export type SettingsOf<R extends Role> = Extract<EpcSettings, { role: R }>;
export type SubscriberSettings = z.output<typeof subscriber>;
