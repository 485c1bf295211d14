/** NAS messages as octets and as data: by hand against TS 24.301, of every kind there and back, and what is malformed. */
import t from 'tap';
import { emmMessages } from '../../../../src/signalling/nas/emm.ts';
import { NasError, type NasFault } from '../../../../src/signalling/nas/error.ts';
import { esmMessages } from '../../../../src/signalling/nas/esm.ts';
import {
  type Direction,
  type NasMessage,
  decodeNas,
  decodePlain,
  encodeNas,
} from '../../../../src/signalling/nas/message.ts';
import { trackingMessages } from '../../../../src/signalling/nas/tracking.ts';
import { hexText } from '../../../../src/signalling/octets.ts';
import { hex } from '../aka/vectors.ts';
import { samples } from './samples.ts';

const plmn = { mcc: '460', mnc: '00' };

/** Octets written by hand, what stands there beside them. */
const byHand: readonly {
  readonly direction: Direction;
  readonly octets: readonly (readonly [string, string])[];
  readonly message: NasMessage;
}[] = [
  {
    direction: 'uplink',
    octets: [
      ['0741', 'mobility, ATTACH REQUEST'],
      ['71', 'no keys; EPS attach'],
      ['08 4906001032547698', 'IMSI 460000123456789: an odd number of digits'],
      ['02 e060', 'EEA 0, 1, 2; EIA 1, 2'],
      ['0005 0201d011d1', 'PDN CONNECTIVITY REQUEST: IPv4, the APN later'],
      ['52 64f0000007', 'last visited tracking area'],
      ['e1', 'old GUTI type'],
    ],
    message: {
      kind: 'attach-request',
      attachType: 1,
      keySet: 7,
      identity: { kind: 'imsi', digits: '460000123456789' },
      capability: { eea: 0xe0, eia: 0x60, more: new Uint8Array() },
      esm: hex('0201d011d1'),
      lastVisitedTai: { plmn, tac: 7 },
      oldGutiType: 1,
    },
  },
  {
    direction: 'downlink',
    octets: [
      ['0742', 'ATTACH ACCEPT'],
      ['01', 'EPS only; a spare half octet'],
      ['49', 'T3412: nine times six minutes'],
      ['06 00 64f000 0001', 'one area of one network'],
      ['0003 0201d9', 'a session message'],
      ['50 0b f6 64f000 8001 03 deadbeef', 'GUTI'],
      ['53 02', 'EMM cause: IMSI unknown in HSS'],
    ],
    message: {
      kind: 'attach-accept',
      attachResult: 1,
      t3412: { seconds: 3240 },
      taiList: [{ type: 0, tais: [{ plmn, tac: 1 }] }],
      esm: hex('0201d9'),
      guti: { plmn, mmeGroup: 0x8001, mmeCode: 3, mTmsi: 0xdead_beef },
      cause: 2,
    },
  },
  {
    direction: 'downlink',
    octets: [
      ['52 01 c1', 'session, bearer 5, transaction 1, ACTIVATE DEFAULT EPS BEARER CONTEXT REQUEST'],
      ['01 09', 'QCI 9'],
      ['06 05 636d6e6574', 'APN cmnet'],
      ['05 01 0a2d0002', 'IPv4 10.45.0.2'],
      ['5e 04 fefe de9e', 'AMBR: 200 and 100 Mb/s'],
      ['27 08 80 000d04 0a000035', 'DNS 10.0.0.53'],
    ],
    message: {
      kind: 'activate-default-bearer-request',
      ebi: 5,
      pti: 1,
      qos: { qci: 9, rates: new Uint8Array() },
      apn: 'cmnet',
      address: { ipv4: '10.45.0.2' },
      ambr: { downlink: 200_000, uplink: 100_000 },
      pco: [{ id: 0x000d, content: Uint8Array.of(10, 0, 0, 53) }],
    },
  },
  {
    direction: 'uplink',
    octets: [['0745 99 0b f6 64f000 8001 03 deadbeef', 'DETACH REQUEST: switched off, EPS, mapped keys 1']],
    message: {
      kind: 'detach-request',
      detachType: { type: 1, switchOff: true },
      keySet: 9,
      identity: { kind: 'guti', guti: { plmn, mmeGroup: 0x8001, mmeCode: 3, mTmsi: 0xdead_beef } },
    },
  },
  {
    direction: 'downlink',
    octets: [['0745 02 53 07', 'the same type from the network: attach not again; EPS services not allowed']],
    message: { kind: 'network-detach-request', detachType: { type: 2, switchOff: false }, cause: 7 },
  },
  {
    direction: 'downlink',
    octets: [['075d 21 03 02 e060 c1', 'SECURITY MODE COMMAND: EEA2, EIA1, keys 3, tell the IMEISV']],
    message: {
      kind: 'security-mode-command',
      algorithms: { eea: 2, eia: 1 },
      keySet: 3,
      capability: { eea: 0xe0, eia: 0x60, more: new Uint8Array() },
      imeisvRequest: 1,
    },
  },
  {
    direction: 'uplink',
    octets: [['c7 65 a3f8', 'SERVICE REQUEST: keys 3, sequence number 5']],
    message: { kind: 'service-request', keySet: 3, sequence: 5, shortMac: hex('a3f8') },
  },
  {
    direction: 'uplink',
    octets: [['47 01020304 ff 075e', 'an envelope: ciphered, with new keys']],
    message: { kind: 'protected', header: 4, mac: hex('01020304'), sequence: 255, payload: hex('075e') },
  },
];

void t.test('messages by hand', (t) => {
  for (const { direction, octets, message } of byHand) {
    const whole = hex(octets.map(([text]) => text).join(''));
    t.same(decodeNas(whole, direction), message, message.kind);
    t.equal(hexText(encodeNas(message)), hexText(whole), `${message.kind}, octets`);
  }
  t.end();
});

void t.test('every kind of message is among the samples', (t) => {
  const sampled = new Set<string>(samples.map(({ message }) => message.kind));
  const missing = [...emmMessages, ...trackingMessages, ...esmMessages].filter(({ kind }) => !sampled.has(kind));
  t.same(missing, []);
  t.end();
});

void t.test('encoded and decoded again every message is the same', (t) => {
  for (const { direction, message } of samples) t.same(decodeNas(encodeNas(message), direction), message, message.kind);
  t.end();
});

void t.test('what was decoded shares no memory with the octets it came from', (t) => {
  const octets = hex('0753 08 0102030405060708');
  const message = decodePlain(octets, 'uplink');
  octets.fill(0);
  t.same(message, { kind: 'authentication-response', res: hex('0102030405060708') });
  t.end();
});

void t.test('unknown elements of every form are kept in their places', (t) => {
  // A half octet, TLV, TLV-E, a known element, TLV, the known one again, and one that makes no sense.
  const text = '0744 13 91 0c021234 7a0001ff 5f0105 7d0000 5f0106 1600';
  const message = decodePlain(hex(text), 'downlink');
  t.match(message, {
    kind: 'attach-reject',
    cause: 0x13,
    t3346: { seconds: 10 },
    t3402: undefined,
    passedOver: [
      { iei: 0x90, octets: hex('91'), place: 0 },
      { iei: 0x0c, octets: hex('0c021234'), place: 1 },
      { iei: 0x7a, octets: hex('7a0001ff'), place: 2 },
      { iei: 0x7d, octets: hex('7d0000'), place: 4 },
      { iei: 0x5f, octets: hex('5f0106'), place: 5 },
      { iei: 0x16, octets: hex('1600'), place: 6 },
    ],
  });
  t.equal(hexText(encodeNas(message)), hexText(hex(text)));
  t.end();
});

void t.test('elements in an unusual order keep it', (t) => {
  // In the table the network's name comes before its time zone.
  const message = decodePlain(hex('0761 4623 4305 90897f6e38 4629'), 'downlink');
  t.match(message, { zone: 480, fullName: { text: '西游' }, order: ['zone', 'fullName'] });
  t.equal(hexText(encodeNas(message)), '0761462343059089 7f6e384629'.replace(' ', ''));
  t.end();
});

void t.test('octets that are no message', (t) => {
  const malformed: readonly (readonly [string, NasFault, RegExp])[] = [
    ['', 'too-short', /a message of 0 octets/u],
    ['07', 'too-short', /a message of 1 octets/u],
    ['0201', 'too-short', /a message of 2 octets/u],
    ['c70000', 'too-short', /a message of 3 octets/u],
    ['27000000000007', 'too-short', /a message of 7 octets/u],
    ['0941', 'unknown-protocol', /protocol discriminator 9/u],
    ['0799', 'unknown-type', /message type 0x99 uplink/u],
    ['0742', 'unknown-type', /message type 0x42 uplink/u],
    ['0201c5', 'unknown-type', /message type 0xc5 uplink/u],
    ['970000000000075e', 'unknown-type', /security header type 9/u],
    ['0753', 'mandatory', /authentication-response: res: 1 octets are missing/u],
    ['0753080102', 'mandatory', /authentication-response: res: 6 octets are missing/u],
    ['075303010203', 'mandatory', /authentication-response: res: its octets make no sense/u],
    ['0756084906f01032547698', 'mandatory', /identity-response: identity/u],
    ['0745010bf664f000800103deadbe', 'mandatory', /detach-request: identity/u],
    ['075c1530', 'mandatory', /authentication-failure: optional elements/u],
    ['075c15300e11', 'mandatory', /authentication-failure: optional elements: 13 octets are missing/u],
  ];
  for (const [text, fault, message] of malformed)
    t.throws(() => decodeNas(hex(text), 'uplink'), { name: 'NasError', fault, message }, text);
  t.end();
});

void t.test('faults have the causes of TS 24.301', (t) => {
  for (const [fault, value] of [
    ['unknown-type', 97],
    ['mandatory', 96],
    ['too-short', 111],
  ] as const)
    t.equal(new NasError(fault, 'x').causeValue, value, fault);
  t.end();
});

void t.test('values that have no form are told with their place', (t) => {
  const bearer = { kind: 'esm-status', ebi: 16, pti: 0, cause: 43 } as const;
  t.throws(() => encodeNas(bearer), { name: 'NasError', fault: 'unencodable', message: /EPS bearer identity: 16/u });
  t.throws(() => encodeNas({ ...bearer, ebi: 5, cause: 256 }), { message: /esm-status: cause: 256 is not/u });
  const challenge = { kind: 'authentication-request', keySet: 1, rand: hex('00'), autn: new Uint8Array(16) } as const;
  t.throws(() => encodeNas(challenge), { message: /authentication-request: rand: it has 16 octets, not 1/u });
  const response = { kind: 'esm-information-response', ebi: 0, pti: 1, apn: 'no name' } as const;
  t.throws(() => encodeNas(response), { message: /esm-information-response: apn/u });
  t.throws(() => encodeNas({ kind: 'service-request', keySet: 8, sequence: 0, shortMac: hex('0000') }), {
    message: /key set: 8/u,
  });
  t.end();
});
