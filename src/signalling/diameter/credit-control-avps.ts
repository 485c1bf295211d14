/** AVPs of credit control (RFC 8506, 8) and what 3GPP adds to them for packet data (TS 32.299, 7.2; TS 29.061, 16.4.7). */
import {
  VENDOR_3GPP,
  address,
  enumerated,
  grouped,
  integer32,
  integer64,
  octetString,
  time,
  unsigned32,
  unsigned64,
  utf8String,
} from './definition.ts';

const optional = { mandatory: false } as const;
const tgpp = { vendor: VENDOR_3GPP } as const;

export const ccCorrelationId = octetString(411, 'CC-Correlation-Id', optional);
export const ccInputOctets = unsigned64(412, 'CC-Input-Octets');
export const ccMoney = grouped(413, 'CC-Money');
export const ccOutputOctets = unsigned64(414, 'CC-Output-Octets');
export const ccRequestNumber = unsigned32(415, 'CC-Request-Number');
export const ccRequestType = enumerated(416, 'CC-Request-Type');
export const ccServiceSpecificUnits = unsigned64(417, 'CC-Service-Specific-Units');
export const ccSessionFailover = enumerated(418, 'CC-Session-Failover');
export const ccSubSessionId = unsigned64(419, 'CC-Sub-Session-Id');
export const ccTime = unsigned32(420, 'CC-Time');
export const ccTotalOctets = unsigned64(421, 'CC-Total-Octets');
export const checkBalanceResult = enumerated(422, 'Check-Balance-Result');
export const costInformation = grouped(423, 'Cost-Information');
export const costUnit = utf8String(424, 'Cost-Unit');
export const currencyCode = unsigned32(425, 'Currency-Code');
export const creditControl = enumerated(426, 'Credit-Control');
export const creditControlFailureHandling = enumerated(427, 'Credit-Control-Failure-Handling');
export const directDebitingFailureHandling = enumerated(428, 'Direct-Debiting-Failure-Handling');
export const exponent = integer32(429, 'Exponent');
export const finalUnitIndication = grouped(430, 'Final-Unit-Indication');
export const grantedServiceUnit = grouped(431, 'Granted-Service-Unit');
export const ratingGroup = unsigned32(432, 'Rating-Group');
export const redirectAddressType = enumerated(433, 'Redirect-Address-Type');
export const redirectServer = grouped(434, 'Redirect-Server');
export const redirectServerAddress = utf8String(435, 'Redirect-Server-Address');
export const requestedAction = enumerated(436, 'Requested-Action');
export const requestedServiceUnit = grouped(437, 'Requested-Service-Unit');
export const restrictionFilterRule = utf8String(438, 'Restriction-Filter-Rule');
export const serviceIdentifier = unsigned32(439, 'Service-Identifier');
export const serviceParameterInfo = grouped(440, 'Service-Parameter-Info', optional);
export const serviceParameterType = unsigned32(441, 'Service-Parameter-Type', optional);
export const subscriptionId = grouped(443, 'Subscription-Id');
export const subscriptionIdData = utf8String(444, 'Subscription-Id-Data');
export const unitValue = grouped(445, 'Unit-Value');
export const usedServiceUnit = grouped(446, 'Used-Service-Unit');
export const valueDigits = integer64(447, 'Value-Digits');
export const validityTime = unsigned32(448, 'Validity-Time');
export const finalUnitAction = enumerated(449, 'Final-Unit-Action');
export const subscriptionIdType = enumerated(450, 'Subscription-Id-Type');
export const tariffTimeChange = time(451, 'Tariff-Time-Change');
export const tariffChangeUsage = enumerated(452, 'Tariff-Change-Usage');
export const gSUPoolIdentifier = unsigned32(453, 'G-S-U-Pool-Identifier');
export const ccUnitType = enumerated(454, 'CC-Unit-Type');
export const multipleServicesIndicator = enumerated(455, 'Multiple-Services-Indicator');
export const multipleServicesCreditControl = grouped(456, 'Multiple-Services-Credit-Control');
export const gSUPoolReference = grouped(457, 'G-S-U-Pool-Reference');
export const userEquipmentInfo = grouped(458, 'User-Equipment-Info', optional);
export const userEquipmentInfoType = enumerated(459, 'User-Equipment-Info-Type', optional);
export const userEquipmentInfoValue = octetString(460, 'User-Equipment-Info-Value', optional);
export const serviceContextId = utf8String(461, 'Service-Context-Id');

// TS 32.299 and TS 29.061
export const calledStationId = utf8String(30, 'Called-Station-Id');
export const tgppChargingId = octetString(2, '3GPP-Charging-Id', tgpp);
export const tgppSgsnMccMnc = utf8String(18, '3GPP-SGSN-MCC-MNC', tgpp);
export const tgppRatType = octetString(21, '3GPP-RAT-Type', tgpp);
export const tgppUserLocationInfo = octetString(22, '3GPP-User-Location-Info', tgpp);
export const tgppMsTimeZone = octetString(23, '3GPP-MS-TimeZone', tgpp);
export const ggsnAddress = address(847, 'GGSN-Address', tgpp);
export const volumeQuotaThreshold = unsigned32(869, 'Volume-Quota-Threshold', tgpp);
export const triggerType = enumerated(870, 'Trigger-Type', tgpp);
export const quotaHoldingTime = unsigned32(871, 'Quota-Holding-Time', tgpp);
export const tgppReportingReason = enumerated(872, '3GPP-Reporting-Reason', tgpp);
export const serviceInformation = grouped(873, 'Service-Information', tgpp);
export const psInformation = grouped(874, 'PS-Information', tgpp);
export const pdpAddress = address(1227, 'PDP-Address', tgpp);
export const sgsnAddress = address(1228, 'SGSN-Address', tgpp);
