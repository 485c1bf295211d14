/** Gives a name to each whole message, by its protocol, and learns from it who the two are that speak. */
import { u32, u8 } from '../packet/octets.ts';
import { gtpuMessages } from '../packet/numbers.ts';
import { application } from '../signalling/diameter/command.ts';
import { DIAMETER_PORT } from '../signalling/diameter/message.ts';
import { decodeGsmtap, gsmtapType } from '../signalling/gsmtap.ts';
import { messageType } from '../signalling/gtpv2/message-type.ts';
import { tunnelInterface } from '../signalling/gtpv2/tunnel.ts';
import type { Cast, Ends, Role } from './actor.ts';
import { isBase, sayDiameter } from './names/diameter.ts';
import { sayGtpv2 } from './names/gtpv2.ts';
import { sayRrc } from './names/rrc.ts';
import { sayS1ap } from './names/s1ap.ts';
import { hex, type SaidNas } from './names/said.ts';
import type { Ciphering } from './security.ts';
import type { Protocol, Unit } from './unit.ts';

export interface Reading {
  readonly protocol: Protocol;
  /** What the interface is called when the roles of the two do not tell it. */
  readonly interface: string;
  readonly name: string;
  readonly abbreviation?: string | undefined;
  readonly code?: number | undefined;
  readonly details: readonly string[];
  readonly nas: readonly SaidNas[];
  readonly kind: 'procedure' | 'base' | 'transport';
  readonly phone?: string | undefined;
  readonly problem?: string | undefined;
  /** Octets of NAS messages inside. */
  readonly carried: readonly Uint8Array[];
}

type Reader = (unit: Unit, ends: Ends, cast: Cast, security: Ciphering) => readonly Reading[];

const nothing = { details: [], nas: [], carried: [] } as const;

const onRadio: Reader = ({ octets, packet }, { from, to }, cast, security) => {
  const header = decodeGsmtap(octets);
  const lte = header?.type === gsmtapType.lteRrc || header?.type === gsmtapType.lteNas;
  if (header === undefined || !lte)
    return [
      {
        ...nothing,
        protocol: 'other',
        interface: 'radio',
        name: 'GSMTAP',
        kind: 'procedure',
        problem: 'no LTE message',
      },
    ];
  const [phones, enodeb] = header.uplink ? [[from], to[0]] : [to, from];
  for (const phone of phones) if (phone !== packet.destination || to.length === 1) cast.meet(phone, 'phone');
  if (enodeb !== undefined) cast.meet(enodeb, 'enodeb');
  const [phone] = phones.length === 1 ? phones : [];
  const direction = header.uplink ? 'uplink' : 'downlink';
  const nasOf = (part: Uint8Array): readonly SaidNas[] => security.onRadio(part, direction, phone ?? '');
  const about = phone === undefined ? {} : { phone };
  if (header.type === gsmtapType.lteNas) {
    const nas = nasOf(header.payload);
    const reading = { protocol: 'NAS', interface: 'NAS', name: 'NAS', details: [], nas, kind: 'procedure' } as const;
    return [{ ...reading, carried: [header.payload], ...about }];
  }
  const said = sayRrc(header);
  const nas = said.carried.flatMap(nasOf);
  // A cell says again and again what it is; that is nobody's procedure.
  const kind =
    said.name === 'masterInformationBlock' || said.name.startsWith('systemInformation') ? 'base' : 'procedure';
  return [{ protocol: 'RRC', interface: 'RRC', ...said, nas, kind, ...about }];
};

/** S1AP procedures that belong to no phone: S1 Setup, Reset, Error Indication is not among them, configuration updates (TS 36.413, 8.7). */
const s1Base: ReadonlySet<string> = new Set([
  'S1SetupRequest',
  'S1SetupResponse',
  'S1SetupFailure',
  'ENBConfigurationUpdate',
  'ENBConfigurationUpdateAcknowledge',
  'ENBConfigurationUpdateFailure',
  'MMEConfigurationUpdate',
  'MMEConfigurationUpdateAcknowledge',
  'MMEConfigurationUpdateFailure',
]);
/** Messages that only an eNodeB sends; the others that are known come from an MME or from both. */
const fromEnodeb: ReadonlySet<string> = new Set([
  'S1SetupRequest',
  'InitialUEMessage',
  'UplinkNASTransport',
  'InitialContextSetupResponse',
  'InitialContextSetupFailure',
  'UEContextReleaseRequest',
  'UEContextReleaseComplete',
  'UECapabilityInfoIndication',
  'PathSwitchRequest',
  'HandoverRequired',
  'HandoverRequestAcknowledge',
  'HandoverNotify',
]);
const fromMme: ReadonlySet<string> = new Set([
  'S1SetupResponse',
  'DownlinkNASTransport',
  'InitialContextSetupRequest',
  'UEContextReleaseCommand',
  'Paging',
  'PathSwitchRequestAcknowledge',
  'HandoverRequest',
  'HandoverCommand',
]);

const onS1: Reader = ({ octets }, { from, to }, cast, security) => {
  const { ids, carried, ...said } = sayS1ap(octets);
  const other = to[0] ?? '';
  const enodebSpeaks = fromEnodeb.has(said.name) || (!fromMme.has(said.name) && cast.roleOf(from) === 'enodeb');
  const [enodeb, mme] = enodebSpeaks ? [from, other] : [other, from];
  if (fromEnodeb.has(said.name) || fromMme.has(said.name)) {
    cast.meet(enodeb, 'enodeb');
    cast.meet(mme, 'mme');
  }
  // The MME's number first: it stays in a handover, when the eNodeB's does not.
  const connections = [
    ...(ids.mme === undefined ? [] : [`${mme} mme ${ids.mme}`]),
    ...(ids.enodeb === undefined ? [] : [`${enodeb} enb ${ids.enodeb}`]),
  ];
  security.join(connections);
  const nas = carried.flatMap((part) => security.onS1(part.octets, part.direction, connections));
  const phone = security.phoneOf(connections);
  return [
    {
      ...{ protocol: 'S1AP', interface: 'S1AP', ...said, nas, carried: carried.map((part) => part.octets) },
      kind: s1Base.has(said.name) ? 'base' : 'procedure',
      ...(phone !== undefined && cast.roleOf(phone) === 'phone' ? { phone } : {}),
    },
  ];
};

/** The side that Diameter's port is on, by application; the other side asks. */
const servers: Readonly<Record<number, readonly [client: Role, server: Role, name: string]>> = {
  [application.s6a]: ['mme', 'hss', 'S6a'],
  [application.creditControl]: ['pgw', 'ocs', 'Gy'],
};

const onDiameter: Reader = ({ octets, packet, problem }, { from, to }, cast) => {
  const said = sayDiameter(octets);
  const [other = ''] = to;
  const known = servers[said.application ?? -1];
  if (known !== undefined && problem === undefined) {
    // Over SCTP on IP the ports are not in the packet; a request of S6a comes from the MME but for HSS's own.
    const asks = packet.carrier === 'tcp' ? packet.destinationPort === DIAMETER_PORT : said.request === true;
    cast.meet(asks ? from : other, known[0]);
    cast.meet(asks ? other : from, known[1]);
  }
  const kind = isBase(said) ? 'base' : 'procedure';
  return [{ ...nothing, protocol: 'Diameter', interface: known?.[2] ?? 'Diameter', ...said.words, kind }];
};

/** Who uses a tunnel end of a Create Session Request as its own control end. */
const ownEnds: ReadonlyMap<number, readonly [Role, Role]> = new Map([
  [tunnelInterface['S11 MME GTP-C'], ['mme', 'sgw']],
  [tunnelInterface['S5/S8 SGW GTP-C'], ['sgw', 'pgw']],
]);
const gtpcBase: ReadonlySet<number> = new Set([
  messageType['Echo Request'],
  messageType['Echo Response'],
  messageType['Version Not Supported Indication'],
]);

const onGtpc: Reader = ({ octets }, { from, to }, cast) =>
  sayGtpv2(octets).map(({ type, fteids, sequence: _, ...said }) => {
    const pair = type === messageType['Create Session Request'] ? ownEnds.get(fteids[0]?.interface ?? -1) : undefined;
    if (pair !== undefined) {
      cast.meet(from, pair[0]);
      cast.meet(to[0] ?? '', pair[1]);
    }
    const kind = gtpcBase.has(type) ? 'base' : 'procedure';
    return { ...nothing, protocol: 'GTPv2-C', interface: 'GTP-C', ...said, kind };
  });

const gtpuNames: ReadonlyMap<number, string> = new Map([
  [gtpuMessages.echoRequest, 'Echo Request'],
  [gtpuMessages.echoResponse, 'Echo Response'],
  [gtpuMessages.errorIndication, 'Error Indication'],
  [gtpuMessages.supportedExtensionHeaders, 'Supported Extension Headers Notification'],
  [gtpuMessages.endMarker, 'End Marker'],
]);
/** Tunnel Endpoint Identifier Data I: type and 4 octets, always the first element (TS 29.281, 7.3.1 and 8.3). */
const TEID_DATA = 16;

const onGtpu: Reader = ({ octets, packet }) => {
  const { type, teid } = packet.gtpu ?? { type: 0, teid: 0 };
  const details =
    type === gtpuMessages.errorIndication && u8(octets, 0) === TEID_DATA
      ? [`no tunnel has TEID ${hex(u32(octets, 1))}`]
      : type === gtpuMessages.endMarker
        ? [`TEID ${hex(teid)}`]
        : [];
  const about = type === gtpuMessages.errorIndication || type === gtpuMessages.endMarker;
  const name = gtpuNames.get(type);
  return [
    {
      ...nothing,
      ...{ protocol: 'GTP-U', interface: 'GTP-U', name: name ?? `message type ${type}`, code: type, details },
      kind: about || name === undefined ? 'procedure' : 'base',
      ...(name === undefined ? { problem: 'no message of TS 29.281 that is known' } : {}),
    },
  ];
};

const onSctp: Reader = ({ name }) => [
  { ...nothing, protocol: 'SCTP', interface: 'SCTP', name: name ?? 'packet', kind: 'transport' },
];

const readers: Readonly<Record<Protocol, Reader>> = {
  RRC: onRadio,
  NAS: onRadio,
  S1AP: onS1,
  Diameter: onDiameter,
  'GTPv2-C': onGtpc,
  'GTP-U': onGtpu,
  SCTP: onSctp,
  other: ({ ppid }) => [
    {
      ...nothing,
      ...{ protocol: 'other', interface: 'SCTP', name: `payload protocol ${ppid ?? 0}`, kind: 'procedure' },
      problem: 'a protocol that is not decoded',
    },
  ],
};

/** What a unit says: one message, or two in a GTPv2 datagram. What is not whole is told with its problem. */
export const readUnit = (unit: Unit, ends: Ends, cast: Cast, security: Ciphering): readonly Reading[] => {
  if (unit.problem === undefined) return readers[unit.protocol](unit, ends, cast, security);
  const { protocol, problem, name } = unit;
  // A piece of a message has no name, and the packet of an association is of no procedure even when it is broken.
  const kind = protocol === 'SCTP' && unit.octets.length === 0 ? 'transport' : 'procedure';
  return [{ ...nothing, protocol, interface: protocol, name: name ?? `part of ${protocol}`, kind, problem }];
};
