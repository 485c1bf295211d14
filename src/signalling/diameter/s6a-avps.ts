/** AVPs of S6a, between MME and HSS (3GPP TS 29.272, 7.3), with those it takes from other applications. */
import {
  VENDOR_3GPP,
  address,
  digits,
  enumerated,
  grouped,
  octetString,
  plmn,
  time,
  unsigned32,
  utf8String,
} from './definition.ts';

const tgpp = { vendor: VENDOR_3GPP } as const;
const tgppOptional = { vendor: VENDOR_3GPP, mandatory: false } as const;

export const serviceSelection = utf8String(493, 'Service-Selection');
export const maxRequestedBandwidthDl = unsigned32(515, 'Max-Requested-Bandwidth-DL', tgpp);
export const maxRequestedBandwidthUl = unsigned32(516, 'Max-Requested-Bandwidth-UL', tgpp);
export const supportedFeatures = grouped(628, 'Supported-Features', tgpp);
export const featureListId = unsigned32(629, 'Feature-List-ID', tgpp);
export const featureList = unsigned32(630, 'Feature-List', tgpp);
export const msisdn = digits(701, 'MSISDN', tgpp);
export const qosClassIdentifier = enumerated(1028, 'QoS-Class-Identifier', tgpp);
export const ratType = enumerated(1032, 'RAT-Type', tgppOptional);
export const allocationRetentionPriority = grouped(1034, 'Allocation-Retention-Priority', tgpp);
export const priorityLevel = unsigned32(1046, 'Priority-Level', tgpp);
export const preemptionCapability = enumerated(1047, 'Pre-emption-Capability', tgpp);
export const preemptionVulnerability = enumerated(1048, 'Pre-emption-Vulnerability', tgpp);
export const subscriptionData = grouped(1400, 'Subscription-Data', tgpp);
export const terminalInformation = grouped(1401, 'Terminal-Information', tgpp);
export const imei = utf8String(1402, 'IMEI', tgpp);
export const softwareVersion = utf8String(1403, 'Software-Version', tgpp);
export const qosSubscribed = octetString(1404, 'QoS-Subscribed', tgpp);
export const ulrFlags = unsigned32(1405, 'ULR-Flags', tgpp);
export const ulaFlags = unsigned32(1406, 'ULA-Flags', tgpp);
export const visitedPlmnId = plmn(1407, 'Visited-PLMN-Id', tgpp);
export const requestedEutranAuthenticationInfo = grouped(1408, 'Requested-EUTRAN-Authentication-Info', tgpp);
export const requestedUtranGeranAuthenticationInfo = grouped(1409, 'Requested-UTRAN-GERAN-Authentication-Info', tgpp);
export const numberOfRequestedVectors = unsigned32(1410, 'Number-Of-Requested-Vectors', tgpp);
export const resynchronizationInfo = octetString(1411, 'Re-Synchronization-Info', tgpp);
export const immediateResponsePreferred = unsigned32(1412, 'Immediate-Response-Preferred', tgpp);
export const authenticationInfo = grouped(1413, 'Authentication-Info', tgpp);
export const eutranVector = grouped(1414, 'E-UTRAN-Vector', tgpp);
export const utranVector = grouped(1415, 'UTRAN-Vector', tgpp);
export const geranVector = grouped(1416, 'GERAN-Vector', tgpp);
export const networkAccessMode = enumerated(1417, 'Network-Access-Mode', tgpp);
export const hplmnOdb = unsigned32(1418, 'HPLMN-ODB', tgpp);
export const itemNumber = unsigned32(1419, 'Item-Number', tgpp);
export const cancellationType = enumerated(1420, 'Cancellation-Type', tgpp);
export const dsrFlags = unsigned32(1421, 'DSR-Flags', tgpp);
export const dsaFlags = unsigned32(1422, 'DSA-Flags', tgpp);
export const contextIdentifier = unsigned32(1423, 'Context-Identifier', tgpp);
export const subscriberStatus = enumerated(1424, 'Subscriber-Status', tgpp);
export const operatorDeterminedBarring = unsigned32(1425, 'Operator-Determined-Barring', tgpp);
export const accessRestrictionData = unsigned32(1426, 'Access-Restriction-Data', tgpp);
export const apnOiReplacement = utf8String(1427, 'APN-OI-Replacement', tgpp);
export const allApnConfigurationsIncludedIndicator = enumerated(
  1428,
  'All-APN-Configurations-Included-Indicator',
  tgpp,
);
export const apnConfigurationProfile = grouped(1429, 'APN-Configuration-Profile', tgpp);
export const apnConfiguration = grouped(1430, 'APN-Configuration', tgpp);
export const epsSubscribedQosProfile = grouped(1431, 'EPS-Subscribed-QoS-Profile', tgpp);
export const vplmnDynamicAddressAllowed = enumerated(1432, 'VPLMN-Dynamic-Address-Allowed', tgpp);
export const stnSr = octetString(1433, 'STN-SR', tgpp);
export const alertReason = enumerated(1434, 'Alert-Reason', tgpp);
export const ambr = grouped(1435, 'AMBR', tgpp);
export const csgSubscriptionData = grouped(1436, 'CSG-Subscription-Data', tgpp);
export const csgId = unsigned32(1437, 'CSG-Id', tgpp);
export const pdnGwAllocationType = enumerated(1438, 'PDN-GW-Allocation-Type', tgpp);
export const expirationDate = time(1439, 'Expiration-Date', tgpp);
export const ratFrequencySelectionPriorityId = unsigned32(1440, 'RAT-Frequency-Selection-Priority-ID', tgpp);
export const idaFlags = unsigned32(1441, 'IDA-Flags', tgpp);
export const puaFlags = unsigned32(1442, 'PUA-Flags', tgpp);
export const norFlags = unsigned32(1443, 'NOR-Flags', tgpp);
export const userId = utf8String(1444, 'User-Id', tgppOptional);
export const equipmentStatus = enumerated(1445, 'Equipment-Status', tgpp);
export const regionalSubscriptionZoneCode = octetString(1446, 'Regional-Subscription-Zone-Code', tgpp);
export const rand = octetString(1447, 'RAND', tgpp);
export const xres = octetString(1448, 'XRES', tgpp);
export const autn = octetString(1449, 'AUTN', tgpp);
export const kasme = octetString(1450, 'KASME', tgpp);
export const traceCollectionEntity = address(1452, 'Trace-Collection-Entity', tgpp);
export const kc = octetString(1453, 'Kc', tgpp);
export const sres = octetString(1454, 'SRES', tgpp);
export const requestingNodeType = enumerated(1455, 'Requesting-Node-Type', tgpp);
export const pdnType = enumerated(1456, 'PDN-Type', tgpp);
export const roamingRestrictedDueToUnsupportedFeature = enumerated(
  1457,
  'Roaming-Restricted-Due-To-Unsupported-Feature',
  tgpp,
);
export const traceData = grouped(1458, 'Trace-Data', tgpp);
export const traceReference = octetString(1459, 'Trace-Reference', tgpp);
export const homogeneousSupportOfImsVoiceOverPsSessions = enumerated(
  1493,
  'Homogeneous-Support-of-IMS-Voice-Over-PS-Sessions',
  tgppOptional,
);
export const ueSrvccCapability = enumerated(1615, 'UE-SRVCC-Capability', tgppOptional);
export const subscribedPeriodicRauTauTimer = unsigned32(1619, 'Subscribed-Periodic-RAU-TAU-Timer', tgppOptional);
