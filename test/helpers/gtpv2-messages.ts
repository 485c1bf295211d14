/** GTPv2 messages of a phone's day: attach, idle, paged, a second bearer, detach; and what goes wrong. */
import {
  accepted,
  ambr,
  apn,
  apnRestriction,
  bearerContext,
  bearerFlags,
  bearerQos,
  bearerTft,
  cause,
  causes,
  chargingCharacteristics,
  chargingId,
  delayValue,
  ebi,
  fqdn,
  fteid,
  type Ie,
  ie,
  imsi,
  indication,
  ipAddress,
  mei,
  type Message,
  type MessageName,
  messageType,
  msisdn,
  nodeType,
  pco,
  pcoOption,
  pdnAddress,
  pdnType,
  procedureTransaction,
  ratType,
  ratTypes,
  recovery,
  retentionPriority,
  selectionMode,
  servingNetwork,
  timeZone,
  tunnelInterface,
  userLocation,
} from '../../src/signalling/gtpv2/index.ts';
import { bigEndian } from '../../src/signalling/octets.ts';

const plmn = { mcc: '460', mnc: '00' } as const;
const location = ie(userLocation, { tai: { plmn, tac: 0x3001 }, ecgi: { plmn, eci: 0x00e0101 } });
const priority = { level: 8, mayPreempt: false, preemptable: true } as const;
const none = { uplink: 0, downlink: 0 } as const;
const quality = ie(bearerQos, { priority, qci: 9, maximum: none, guaranteed: none });
const mmeS11 = ie(fteid, { interface: tunnelInterface['S11 MME GTP-C'], teid: 0x1100, ipv4: '10.70.1.1' });
const sgwS11 = ie(fteid, { interface: tunnelInterface['S11/S4 SGW GTP-C'], teid: 0x1200, ipv4: '10.70.1.2' });
const sgwS5 = ie(fteid, { interface: tunnelInterface['S5/S8 SGW GTP-C'], teid: 0x5500, ipv4: '10.70.5.1' });
const pgwS5 = (teid: number): Ie =>
  ie(fteid, { interface: tunnelInterface['S5/S8 PGW GTP-C'], teid, ipv4: '10.70.5.2' }, 1);
const sgwS5U = { interface: tunnelInterface['S5/S8 SGW GTP-U'], teid: 0x5600, ipv4: '10.70.5.1' } as const;
const pgwS5U = { interface: tunnelInterface['S5/S8 PGW GTP-U'], teid: 0x5100, ipv4: '10.70.5.2' } as const;
const sgwS1U = { interface: tunnelInterface['S1-U SGW GTP-U'], teid: 0x1000, ipv4: '10.70.2.2' } as const;
const enbS1U = { interface: tunnelInterface['S1-U eNodeB GTP-U'], teid: 0x2001, ipv4: '10.70.2.1' } as const;
const yes = ie(cause, accepted);
const bearer = (...ies: readonly Ie[]): Ie => ie(bearerContext, [ie(ebi, 5), ...ies]);
const question = ie(pco, [
  { id: pcoOption.ipcp, content: Uint8Array.of(1, 0, 0, 16, 0x81, 6, 0, 0, 0, 0, 0x83, 6, 0, 0, 0, 0) },
  { id: pcoOption.dnsServerIpv4, content: new Uint8Array() },
]);
const reply = ie(pco, [
  { id: pcoOption.ipcp, content: Uint8Array.of(3, 0, 0, 10, 0x81, 6, 8, 8, 8, 8) },
  { id: pcoOption.dnsServerIpv4, content: Uint8Array.of(8, 8, 8, 8) },
]);
const session = [
  ie(imsi, '460001234567890'),
  ie(msisdn, '8613800138000'),
  ie(mei, '3520990017614823'),
  location,
  ie(servingNetwork, plmn),
  ie(ratType, ratTypes.EUTRAN),
] as const;
const service = [
  ie(apn, 'cmnet.mnc000.mcc460.gprs'),
  ie(selectionMode, 0),
  ie(pdnType, 1),
  ie(pdnAddress, { ipv4: '0.0.0.0' }),
  ie(apnRestriction, 0),
  ie(ambr, { uplink: 50_000, downlink: 100_000 }),
  question,
] as const;

/**
 * Filter 1 of a new flow template: UDP to 192.0.2.10, remote ports 5000 to 5010. Operation "create" with one filter
 * (TS 24.008, 10.5.6.12); components: IPv4 remote address 0x10, protocol 0x30, remote port range 0x51.
 */
const template = ie(
  bearerTft,
  Uint8Array.of(
    ...[0x21, 0x31, 0x10, 16, 0x10, 192, 0, 2, 10, 255, 255, 255, 255, 0x30, 17],
    ...[0x51, ...bigEndian(5000, 2), ...bigEndian(5010, 2)],
  ),
);
const voice = ie(bearerQos, {
  priority: { level: 2, mayPreempt: true, preemptable: false },
  qci: 1,
  maximum: { uplink: 41, downlink: 41 },
  guaranteed: { uplink: 41, downlink: 41 },
});

let sequence = 0x1233;
const message = (name: MessageName, teid: number | undefined, ...ies: readonly Ie[]): [string, Message] => {
  sequence += 1;
  return [name, { type: messageType[name], teid, sequence, ies }];
};
/** Another message of the same type. */
const again = (note: string, [name, content]: [string, Message]): [string, Message] => [`${name}, ${note}`, content];

export const gtpv2Messages: ReadonlyMap<string, Message> = new Map([
  message('Echo Request', undefined, ie(recovery, 3)),
  message('Echo Response', undefined, ie(recovery, 255)),
  message('Version Not Supported Indication', undefined),
  message(
    'Create Session Request',
    0,
    ...session,
    mmeS11,
    pgwS5(0),
    ...service,
    bearer(quality),
    ie(recovery, 1),
    ie(timeZone, { minutes: 480, daylightSaving: 0 }),
    ie(chargingCharacteristics, 0x0800),
  ),
  again(
    'S5',
    message('Create Session Request', 0, ...session, sgwS5, ...service, bearer(ie(fteid, sgwS5U, 2), quality)),
  ),
  again(
    'S5',
    message(
      'Create Session Response',
      0x5500,
      yes,
      pgwS5(0x5000),
      ie(pdnAddress, { ipv4: '10.45.0.2' }),
      ie(apnRestriction, 0),
      reply,
      bearer(yes, ie(fteid, pgwS5U, 2), quality, ie(chargingId, 0xc0ffee01)),
    ),
  ),
  message(
    'Create Session Response',
    0x1100,
    yes,
    sgwS11,
    pgwS5(0x5000),
    ie(pdnAddress, { ipv4: '10.45.0.2', ipv6: { prefixLength: 64, address: '2001:db8:45::2' } }),
    ie(apnRestriction, 0),
    reply,
    bearer(yes, ie(fteid, sgwS1U), ie(fteid, { ...pgwS5U, ipv6: '2001:db8:5::2' }, 2)),
  ),
  again(
    'no money',
    message(
      'Create Session Response',
      0x1100,
      ie(cause, { value: causes['User authentication failed'], remote: true }),
      ie(recovery, 7),
    ),
  ),
  again(
    'no APN',
    message(
      'Create Session Response',
      0x1100,
      ie(cause, { value: causes['Mandatory IE missing'], offending: { type: apn.type, instance: 0 } }),
    ),
  ),
  message('Modify Bearer Request', 0x1200, location, bearer(ie(fteid, enbS1U)), ie(recovery, 1)),
  message('Modify Bearer Response', 0x1100, yes, bearer(yes, ie(fteid, sgwS1U))),
  message('Release Access Bearers Request', 0x1200, ie(nodeType, 0)),
  message('Release Access Bearers Response', 0x1100, yes),
  message('Downlink Data Notification', 0x1100, ie(ebi, 5), ie(retentionPriority, priority)),
  message('Downlink Data Notification Acknowledge', 0x1200, yes, ie(delayValue, 4)),
  message('Downlink Data Notification Failure Indication', 0x1200, ie(cause, { value: causes['UE not responding'] })),
  message(
    'Create Bearer Request',
    0x1100,
    ie(procedureTransaction, 0),
    ie(ebi, 5),
    ie(bearerContext, [
      ie(ebi, 0),
      template,
      ie(fteid, { ...sgwS1U, teid: 0x1001 }),
      ie(fteid, { ...pgwS5U, teid: 0x5101 }, 1),
      voice,
      ie(bearerFlags, 2),
    ]),
  ),
  message('Create Bearer Response', 0x1200, yes, ie(bearerContext, [ie(ebi, 6), yes, ie(fteid, enbS1U)]), location),
  message('Delete Bearer Request', 0x1100, ie(ebi, 6, 1)),
  message('Delete Bearer Response', 0x1200, yes, ie(bearerContext, [ie(ebi, 6), yes])),
  message('Delete Session Request', 0x1200, ie(ebi, 5), location, ie(indication, ['OI'])),
  message('Delete Session Response', 0x1100, yes),
]);

/** Elements that no message above has, one of each: for round trips. */
export const moreElements: readonly Ie[] = [
  ie(ipAddress, '10.70.1.1'),
  ie(ipAddress, '2001:db8::1'),
  ie(fqdn, 'pgw.epc.mnc000.mcc460.3gppnetwork.org'),
  ie(timeZone, { minutes: -210, daylightSaving: 1 }),
  ie(indication, ['HI', 'OI', 'S11TF', 'WPMSI']),
  ie(pdnAddress, {}),
  ie(pdnAddress, { ipv6: { prefixLength: 64, address: '2001:db8:45::2' } }),
  ie(fteid, { interface: 10, teid: 0xffff_ffff, ipv6: '2001:db8::b' }),
  ie(servingNetwork, { mcc: '310', mnc: '410' }),
  ie(userLocation, {
    cgi: { plmn, lac: 1, code: 2 },
    sai: { plmn, lac: 3, code: 4 },
    rai: { plmn, lac: 5, code: 0xff },
    tai: { plmn, tac: 6 },
    ecgi: { plmn, eci: 0xfff_ffff },
    lai: { plmn, lac: 7 },
    macroEnodeb: { plmn, id: 0x0e01 },
    extendedMacroEnodeb: { plmn, id: 0x1_0e01 },
  }),
  ie(cause, { value: 70, remote: true, bearerContextError: true, pdnConnectionError: true }),
];
