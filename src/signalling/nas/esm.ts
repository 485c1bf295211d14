/**
 * The messages of EPS session management (3GPP TS 24.301, 8.3): a way to the internet and its end. They travel inside
 * mobility messages while a phone attaches, on their own later.
 */
import { define } from './definition.ts';
import { half, lv, tlv, tv, tvHalf, v } from './field.ts';
import { protocolConfiguration } from './pco.ts';
import { apnAmbr, epsQos, pdnAddress } from './session.ts';
import { apn, nibble, number, octets } from './values.ts';

/** PDN connectivity request type (TS 24.008, 10.5.6.17). */
export const requestType = { initial: 1, handover: 2, emergency: 4 } as const;

/** In a PDN CONNECTIVITY REQUEST: the phone will tell its APN when the way is safe (9.9.4.5). */
export const INFORMATION_LATER = 1;

const pco = tlv(0x27, protocolConfiguration);
/** As protocol configuration options, for more than 251 octets of them. */
const extendedPco = tlv(0x7b, protocolConfiguration);
const nbifom = tlv(0x33, octets());
const headerCompression = tlv(0x66, octets());
const backOff = tlv(0x6b, octets(1, 1));
const reattempt = tlv(0x6c, octets(1, 1));

const refused = { pco, backOff, reattempt, nbifom, extendedPco } as const;

export const esmMessages = [
  define(
    'activate-default-bearer-request',
    0xc1,
    'downlink',
    { qos: lv(epsQos), apn: lv(apn), address: lv(pdnAddress) },
    {
      transaction: tlv(0x5d, octets(1)),
      negotiatedQos: tlv(0x30, octets()),
      negotiatedLlcSapi: tv(0x32, 1, octets()),
      radioPriority: tvHalf(0x80, nibble),
      packetFlow: tlv(0x34, octets(1, 1)),
      ambr: tlv(0x5e, apnAmbr),
      cause: tv(0x58, 1, number()),
      pco,
      connectivityType: tvHalf(0xb0, nibble),
      wlanOffload: tvHalf(0xc0, nibble),
      nbifom,
      headerCompression,
      controlPlaneOnly: tvHalf(0x90, nibble),
      extendedPco,
    },
  ),
  define('activate-default-bearer-accept', 0xc2, 'uplink', {}, { pco, extendedPco }),
  define('activate-default-bearer-reject', 0xc3, 'uplink', { cause: v(1, number()) }, { pco, extendedPco }),
  define(
    'deactivate-bearer-request',
    0xcd,
    'downlink',
    { cause: v(1, number()) },
    { pco, t3396: tlv(0x37, octets(1, 1)), wlanOffload: tvHalf(0xc0, nibble), nbifom, extendedPco },
  ),
  define('deactivate-bearer-accept', 0xce, 'uplink', {}, { pco, extendedPco }),
  define(
    'pdn-connectivity-request',
    0xd0,
    'uplink',
    { requestType: half(nibble), pdnType: half(nibble) },
    {
      informationTransfer: tvHalf(0xd0, nibble),
      apn: tlv(0x28, apn),
      pco,
      deviceProperties: tvHalf(0xc0, nibble),
      nbifom,
      headerCompression,
      extendedPco,
    },
  ),
  define('pdn-connectivity-reject', 0xd1, 'downlink', { cause: v(1, number()) }, refused),
  define('pdn-disconnect-request', 0xd2, 'uplink', { linkedBearer: half(nibble) }, { pco, extendedPco }),
  define('pdn-disconnect-reject', 0xd3, 'downlink', { cause: v(1, number()) }, { pco, extendedPco }),
  define('esm-information-request', 0xd9, 'downlink', {}, {}),
  define('esm-information-response', 0xda, 'uplink', {}, { apn: tlv(0x28, apn), pco, extendedPco }),
  define('esm-status', 0xe8, undefined, { cause: v(1, number()) }, {}),
] as const;
