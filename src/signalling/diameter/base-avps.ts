/** AVPs of the base protocol (RFC 6733, 4.5; User-Name and Class are as old as RADIUS). */
import {
  address,
  diameterIdentity,
  diameterUri,
  enumerated,
  grouped,
  integer32,
  octetString,
  time,
  unsigned32,
  utf8String,
} from './definition.ts';

const optional = { mandatory: false } as const;

export const userName = utf8String(1, 'User-Name');
export const classAvp = octetString(25, 'Class');
export const proxyState = octetString(33, 'Proxy-State');
export const eventTimestamp = time(55, 'Event-Timestamp');
export const hostIpAddress = address(257, 'Host-IP-Address');
export const authApplicationId = unsigned32(258, 'Auth-Application-Id');
export const acctApplicationId = unsigned32(259, 'Acct-Application-Id');
export const vendorSpecificApplicationId = grouped(260, 'Vendor-Specific-Application-Id');
export const sessionId = utf8String(263, 'Session-Id');
export const originHost = diameterIdentity(264, 'Origin-Host');
export const supportedVendorId = unsigned32(265, 'Supported-Vendor-Id');
export const vendorId = unsigned32(266, 'Vendor-Id');
export const firmwareRevision = unsigned32(267, 'Firmware-Revision', optional);
export const resultCode = unsigned32(268, 'Result-Code');
export const productName = utf8String(269, 'Product-Name', optional);
export const sessionBinding = enumerated(270, 'Session-Binding');
export const sessionServerFailover = enumerated(271, 'Session-Server-Failover');
export const multiRoundTimeOut = unsigned32(272, 'Multi-Round-Time-Out');
export const disconnectCause = enumerated(273, 'Disconnect-Cause');
export const authRequestType = enumerated(274, 'Auth-Request-Type');
export const authGracePeriod = unsigned32(276, 'Auth-Grace-Period');
export const authSessionState = enumerated(277, 'Auth-Session-State');
export const originStateId = unsigned32(278, 'Origin-State-Id');
export const failedAvp = grouped(279, 'Failed-AVP');
export const proxyHost = diameterIdentity(280, 'Proxy-Host');
export const errorMessage = utf8String(281, 'Error-Message', optional);
export const routeRecord = diameterIdentity(282, 'Route-Record');
export const destinationRealm = diameterIdentity(283, 'Destination-Realm');
export const proxyInfo = grouped(284, 'Proxy-Info');
export const reAuthRequestType = enumerated(285, 'Re-Auth-Request-Type');
export const authorizationLifetime = integer32(291, 'Authorization-Lifetime');
export const redirectHost = diameterUri(292, 'Redirect-Host');
export const destinationHost = diameterIdentity(293, 'Destination-Host');
export const errorReportingHost = diameterIdentity(294, 'Error-Reporting-Host', optional);
export const terminationCause = enumerated(295, 'Termination-Cause');
export const originRealm = diameterIdentity(296, 'Origin-Realm');
export const experimentalResult = grouped(297, 'Experimental-Result');
export const experimentalResultCode = unsigned32(298, 'Experimental-Result-Code');
export const inbandSecurityId = enumerated(299, 'Inband-Security-Id');
