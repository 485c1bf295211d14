/**
 * What eNodeBs tell each other in the containers of S1AP (TS 36.331, 10.2): a phone's radio capabilities, the
 * preparation of a handover, and the command that the phone will get from its old cell.
 */
import { octetString, optional, sequence } from '../asn1/per.ts';
import { UECapabilityRATContainerList } from './common.ts';
import { criticalC1, nonCriticalExtension, notRead } from './extension.ts';

const later = { nonCriticalExtension: optional(nonCriticalExtension) } as const;

/** In `rRC-Container` of the source eNodeB's container. */
export const HandoverPreparationInformation = sequence({
  criticalExtensions: criticalC1(
    8,
    sequence({
      'ue-RadioAccessCapabilityInfo': UECapabilityRATContainerList,
      'as-Config': optional(notRead),
      'rrm-Config': optional(notRead),
      'as-Context': optional(notRead),
      ...later,
    }),
  ),
});

/** In `rRC-Container` of the target eNodeB's container: a DL-DCCH message, which is a RRCConnectionReconfiguration. */
export const HandoverCommand = sequence({
  criticalExtensions: criticalC1(8, sequence({ handoverCommandMessage: octetString(), ...later })),
});

/** The element UERadioCapability of S1AP: a UECapabilityInformation in octets. */
export const UERadioAccessCapabilityInformation = sequence({
  criticalExtensions: criticalC1(8, sequence({ 'ue-RadioAccessCapabilityInfo': octetString(), ...later })),
});
