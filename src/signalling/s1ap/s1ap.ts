/**
 * S1AP, 3GPP TS 36.413: what eNodeB and MME say to each other, one message in each SCTP user message (port 36412,
 * payload protocol identifier 18; TS 36.412). Messages are built from their elements and read back with types:
 *
 *     const octets = encodeS1ap(s1ap('UEContextReleaseCommand', {
 *       'UE-S1AP-IDs': { 'mME-UE-S1AP-ID': 7 },
 *       Cause: { nas: 'detach' },
 *     }));
 *     const pdu = decodeS1ap(octets);
 *     if (pdu.name === 'UEContextReleaseCommand') pdu.ies.Cause.nas;   // 'detach'
 *
 * The names are those of the ASN.1 in the specification. messages.ts lists the messages, elements.ts what they are made
 * of, procedures.ts which message answers which; values.ts turns networks, addresses and masks into octets.
 */
export { causeText, type Cause, type CriticalityDiagnostics } from './cause.ts';
export { decodeS1ap, describeS1ap, errorIndication, notUnderstood, S1apError } from './criticality.ts';
export type { Criticality, Element } from './container.ts';
export type { ElementName, ElementValue } from './elements.ts';
export {
  decodeSourceContainer,
  decodeTargetContainer,
  encodeSourceContainer,
  encodeTargetContainer,
} from './handover.ts';
export type { MessageName } from './messages.ts';
export { encodeS1ap, parseS1ap, s1ap, type Ies, type S1apMessage, type S1apPdu, type UnknownMessage } from './pdu.ts';
export { procedureName, type Outcome } from './procedures.ts';
export * from './values.ts';

/** The registered SCTP port (TS 36.412, 7). */
export const S1AP_PORT = 36_412;
/** The SCTP payload protocol identifier (TS 36.412, 7). */
export const S1AP_PPID = 18;
