/**
 * The messages of EPS mobility management (3GPP TS 24.301, 8.2): who is this phone, is it allowed here, and where is it.
 * TRACKING AREA UPDATE is in tracking.ts. Each table says the message's elements in the specification's order; elements
 * that this lab has no use for are octets.
 */
import { detachType, selectedAlgorithms, ueNetworkCapability, ueSecurityCapability } from './capability.ts';
import { define } from './definition.ts';
import { half, lv, lve, tlv, tv, tvHalf, v } from './field.ts';
import { localTimeZone, networkName, networkTime } from './information.ts';
import { epsMobileIdentity, mobileIdentity } from './mobile-identity.ts';
import { gprsTimer } from './timer.ts';
import { guti, nibble, number, octets, plmnList, tai, taiList } from './values.ts';

/** NAS key set identifier of a phone that has no keys (9.9.3.21); 0 to 6 name some, and 8 is added to mapped ones. */
export const NO_KEYS = 7;

/** EPS attach type and result (9.9.3.11, 9.9.3.10). */
export const attachType = { eps: 1, combined: 2, emergency: 6 } as const;
export const attachResult = { eps: 1, combined: 2 } as const;

/** Length of RAND, AUTN and RES (8.2.7, 8.2.8), and of AUTS. */
const CHALLENGE = 16;
const AUTS = 14;

/** Elements that say what a phone can do, in ATTACH REQUEST and TRACKING AREA UPDATE REQUEST. */
export const phoneElements = {
  oldPtmsiSignature: tv(0x19, 3, octets()),
  additionalGuti: tlv(0x50, epsMobileIdentity),
  lastVisitedTai: tv(0x52, 5, tai),
  drxParameter: tv(0x5c, 2, octets()),
  msNetworkCapability: tlv(0x31, octets(2, 8)),
  oldLocationArea: tv(0x13, 5, octets()),
  tmsiStatus: tvHalf(0x90, nibble),
  mobileStationClassmark2: tlv(0x11, octets(3, 3)),
  mobileStationClassmark3: tlv(0x20, octets(0, 32)),
  supportedCodecs: tlv(0x40, octets(3)),
  additionalUpdateType: tvHalf(0xf0, nibble),
  voiceDomainPreference: tlv(0x5d, octets(1, 1)),
  deviceProperties: tvHalf(0xd0, nibble),
  oldGutiType: tvHalf(0xe0, nibble),
  msNetworkFeatureSupport: tvHalf(0xc0, nibble),
} as const;

/** Elements that tell a phone its place in the network, in ATTACH ACCEPT and TRACKING AREA UPDATE ACCEPT. */
export const networkElements = {
  locationArea: tv(0x13, 5, octets()),
  msIdentity: tlv(0x23, mobileIdentity),
  cause: tv(0x53, 1, number()),
  t3402: tv(0x17, 1, gprsTimer),
  t3423: tv(0x59, 1, gprsTimer),
  equivalentPlmns: tlv(0x4a, plmnList),
  emergencyNumbers: tlv(0x34, octets(3, 48)),
  networkFeatureSupport: tlv(0x64, octets(1)),
  additionalUpdateResult: tvHalf(0xf0, nibble),
  t3412Extended: tlv(0x5e, octets(1, 1)),
} as const;

export const emmMessages = [
  define(
    'attach-request',
    0x41,
    'uplink',
    {
      attachType: half(nibble),
      keySet: half(nibble),
      identity: lv(epsMobileIdentity),
      capability: lv(ueNetworkCapability),
      esm: lve(octets()),
    },
    phoneElements,
  ),
  define(
    'attach-accept',
    0x42,
    'downlink',
    { attachResult: half(nibble), t3412: v(1, gprsTimer), taiList: lv(taiList), esm: lve(octets()) },
    { guti: tlv(0x50, guti), ...networkElements },
  ),
  define('attach-complete', 0x43, 'uplink', { esm: lve(octets()) }, {}),
  define(
    'attach-reject',
    0x44,
    'downlink',
    { cause: v(1, number()) },
    {
      esm: tlv(0x78, octets()),
      t3346: tlv(0x5f, gprsTimer),
      t3402: tlv(0x16, gprsTimer),
      extendedCause: tvHalf(0xa0, nibble),
    },
  ),
  define(
    'detach-request',
    0x45,
    'uplink',
    { detachType: half(detachType), keySet: half(nibble), identity: lv(epsMobileIdentity) },
    {},
  ),
  define(
    'network-detach-request',
    0x45,
    'downlink',
    { detachType: half(detachType) },
    { cause: tv(0x53, 1, number()) },
  ),
  define('detach-accept', 0x46, undefined, {}, {}),
  define(
    'service-reject',
    0x4e,
    'downlink',
    { cause: v(1, number()) },
    {
      t3442: tv(0x5b, 1, gprsTimer),
      t3346: tlv(0x5f, gprsTimer),
    },
  ),
  define('guti-reallocation-command', 0x50, 'downlink', { guti: lv(guti) }, { taiList: tlv(0x54, taiList) }),
  define('guti-reallocation-complete', 0x51, 'uplink', {}, {}),
  define(
    'authentication-request',
    0x52,
    'downlink',
    {
      keySet: half(nibble),
      rand: v(CHALLENGE, octets()),
      autn: lv(octets(CHALLENGE, CHALLENGE)),
    },
    {},
  ),
  define('authentication-response', 0x53, 'uplink', { res: lv(octets(4, 16)) }, {}),
  define('authentication-reject', 0x54, 'downlink', {}, {}),
  define('authentication-failure', 0x5c, 'uplink', { cause: v(1, number()) }, { auts: tlv(0x30, octets(AUTS, AUTS)) }),
  define('identity-request', 0x55, 'downlink', { identityType: half(nibble) }, {}),
  define('identity-response', 0x56, 'uplink', { identity: lv(mobileIdentity) }, {}),
  define(
    'security-mode-command',
    0x5d,
    'downlink',
    { algorithms: v(1, selectedAlgorithms), keySet: half(nibble), capability: lv(ueSecurityCapability) },
    {
      imeisvRequest: tvHalf(0xc0, nibble),
      nonceUe: tv(0x55, 4, octets()),
      nonceMme: tv(0x56, 4, octets()),
      hashMme: tlv(0x4f, octets(8, 8)),
    },
  ),
  define(
    'security-mode-complete',
    0x5e,
    'uplink',
    {},
    { imeisv: tlv(0x23, mobileIdentity), replayedMessage: tlv(0x79, octets()) },
  ),
  define('security-mode-reject', 0x5f, 'uplink', { cause: v(1, number()) }, {}),
  define('emm-status', 0x60, undefined, { cause: v(1, number()) }, {}),
  define(
    'emm-information',
    0x61,
    'downlink',
    {},
    {
      fullName: tlv(0x43, networkName),
      shortName: tlv(0x45, networkName),
      zone: tv(0x46, 1, localTimeZone),
      time: tv(0x47, 7, networkTime),
      daylightSaving: tlv(0x49, octets(1, 1)),
    },
  ),
] as const;
