/** Initial Context Setup (3GPP TS 36.413, 8.3.1): the eNodeB learns keys and bearer, and tells its end of the tunnel. */
import { deriveNextHop } from '../../../src/signalling/aka/kdf.ts';
import { type Fteid, tunnelInterface } from '../../../src/signalling/gtpv2/index.ts';
import { s1apSecurityCapabilities } from '../../../src/signalling/nas/capability.ts';
import { bigEndian, readBigEndian } from '../../../src/signalling/octets.ts';
import { type Ies, s1ap, transportLayerAddress, transportLayerAddresses } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Connection } from './connection.ts';
import type { Pdn, Phone } from './phone.ts';
import type { S1apOf } from './procedure.ts';
import { Refusal } from './refusal.ts';

type BearerItem = Ies<'InitialContextSetupRequest'>['E-RABToBeSetupListCtxtSUReq'][number];

/** The quality of a connection's default bearer. */
export const qosOf = ({ qos }: Pdn): BearerItem['e-RABlevelQoSParameters'] => ({
  qCI: qos.qci,
  allocationRetentionPriority: {
    priorityLevel: qos.priority.level,
    'pre-emptionCapability': qos.priority.mayPreempt ? 'may-trigger-pre-emption' : 'shall-not-trigger-pre-emption',
    'pre-emptionVulnerability': qos.priority.preemptable ? 'pre-emptable' : 'not-pre-emptable',
  },
});

/** What all bearers of a phone may carry together, in bits per second. */
export const ratesOf = (
  { subscription }: Phone,
  { ambr }: Pdn,
): Ies<'InitialContextSetupRequest'>['uEaggregateMaximumBitrate'] => {
  const rates = subscription?.ambr ?? { uplink: ambr.uplink * 1000, downlink: ambr.downlink * 1000 };
  return { uEaggregateMaximumBitRateDL: rates.downlink, uEaggregateMaximumBitRateUL: rates.uplink };
};

const bearerItem = (pdn: Pdn, nas: Uint8Array | undefined): BearerItem => ({
  'e-RAB-ID': pdn.ebi,
  'e-RABlevelQoSParameters': qosOf(pdn),
  transportLayerAddress: transportLayerAddress(pdn.sgwUser.ipv4 ?? ''),
  'gTP-TEID': bigEndian(pdn.sgwUser.teid, 4),
  ...(nas === undefined ? {} : { 'nAS-PDU': nas }),
});

/**
 * Asks the eNodeB for the bearer.
 *
 * @param uplinkCount NAS COUNT of the message that brought the phone here, for KeNB
 * @param nas a NAS message for the phone that travels along
 */
export const requestContext = (
  connection: Connection,
  phone: Phone,
  pdn: Pdn,
  uplinkCount: number,
  nas?: Uint8Array,
): void => {
  const { security, capability } = phone;
  if (security === undefined || capability === undefined) throw new Error(`${phone.imsi} has no security context`);
  const { encryption, integrity } = s1apSecurityCapabilities(capability);
  const kenb = security.kenb(uplinkCount);
  // The chain of keys begins: {NH, NCC = 1} is kept for the first handover (TS 33.401, 7.2.8.1.1).
  phone.nextHop = { chainingCount: 1, key: deriveNextHop(security.kasme, kenb) };
  connection.send(
    s1ap('InitialContextSetupRequest', {
      ...connection.ids,
      uEaggregateMaximumBitrate: ratesOf(phone, pdn),
      'E-RABToBeSetupListCtxtSUReq': [bearerItem(pdn, nas)],
      UESecurityCapabilities: { encryptionAlgorithms: encryption, integrityProtectionAlgorithms: integrity },
      SecurityKey: kenb,
      ...(phone.radioCapability === undefined ? {} : { UERadioCapability: phone.radioCapability }),
    }),
  );
};

/** The eNodeB's end of the tunnel. @throws {Refusal} when the eNodeB has no bearer for the phone */
export const tunnelOf = (
  answer: S1apOf<'InitialContextSetupResponse' | 'InitialContextSetupFailure'> | undefined,
  ebi: number,
): Fteid => {
  if (answer === undefined) throw new Refusal('Network failure', 'the eNodeB does not answer');
  const bearers = answer.name === 'InitialContextSetupResponse' ? answer.ies['E-RABSetupListCtxtSURes'] : [];
  const bearer = bearers.find((one) => one['e-RAB-ID'] === ebi);
  const [address] = bearer === undefined ? [] : transportLayerAddresses(bearer.transportLayerAddress);
  if (bearer === undefined || address === undefined)
    throw new Refusal('ESM failure', 'the eNodeB has no bearer for the phone', 'Insufficient resources');
  return {
    interface: tunnelInterface['S1-U eNodeB GTP-U'],
    teid: readBigEndian(bearer['gTP-TEID']),
    ipv4: address,
  };
};
