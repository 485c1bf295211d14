/**
 * TRACKING AREA UPDATE (3GPP TS 24.301, 8.2.26 to 8.2.29): a phone that has left the areas it was told tells where it is
 * now, and one that stays says from time to time that it is still there.
 */
import { ueNetworkCapability } from './capability.ts';
import { define } from './definition.ts';
import { networkElements, phoneElements } from './emm.ts';
import { half, lv, tlv, tv, tvHalf, v } from './field.ts';
import { epsMobileIdentity } from './mobile-identity.ts';
import { gprsTimer } from './timer.ts';
import { guti, nibble, number, octets, taiList } from './values.ts';

/** EPS update type (9.9.3.14); 8 is added when the phone wants its bearers at once (the "active" flag). */
export const updateType = { ta: 0, combined: 1, combinedWithImsiAttach: 2, periodic: 3, active: 8 } as const;
/** EPS update result (9.9.3.13). */
export const updateResult = { ta: 0, combined: 1 } as const;

/** Which EPS bearers are active (9.9.2.1): bit masks of bearers 0 to 7, then 8 to 15. */
const bearerStatus = tlv(0x57, octets(2, 2));

const { oldPtmsiSignature, additionalGuti, lastVisitedTai, drxParameter, ...capabilities } = phoneElements;

export const trackingMessages = [
  define(
    'tracking-area-update-request',
    0x48,
    'uplink',
    { updateType: half(nibble), keySet: half(nibble), identity: lv(epsMobileIdentity) },
    {
      nonCurrentKeySet: tvHalf(0xb0, nibble),
      gprsKeySequence: tvHalf(0x80, nibble),
      oldPtmsiSignature,
      additionalGuti,
      nonceUe: tv(0x55, 4, octets()),
      capability: tlv(0x58, ueNetworkCapability),
      lastVisitedTai,
      drxParameter,
      radioCapabilityUpdate: tvHalf(0xa0, nibble),
      bearerStatus,
      ...capabilities,
    },
  ),
  define(
    'tracking-area-update-accept',
    0x49,
    'downlink',
    { updateResult: half(nibble) },
    {
      t3412: tv(0x5a, 1, gprsTimer),
      guti: tlv(0x50, guti),
      taiList: tlv(0x54, taiList),
      bearerStatus,
      ...networkElements,
    },
  ),
  define('tracking-area-update-complete', 0x4a, 'uplink', {}, {}),
  define(
    'tracking-area-update-reject',
    0x4b,
    'downlink',
    { cause: v(1, number()) },
    { t3346: tlv(0x5f, gprsTimer), extendedCause: tvHalf(0xa0, nibble) },
  ),
] as const;
