/** RRC: every message there and back, octets worked out by hand, and what is not read. */
import t from 'tap';
import { PerError } from '../../../../src/signalling/asn1/per.ts';
import { decodeGsmtap, encodeGsmtap, gsmtapType } from '../../../../src/signalling/gsmtap.ts';
import {
  channelOf,
  decodeInterNode,
  decodeRrc,
  encodeInterNode,
  encodeRrc,
  rrcDatagram,
  rrcName,
} from '../../../../src/signalling/rrc/rrc.ts';
import { golden, text } from '../../../helpers/golden.ts';
import { handoverOrder, rrcMessages } from '../../../helpers/rrc-messages.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const octetsOf = (given: string): Uint8Array => Uint8Array.from(Buffer.from(given.replaceAll(' ', ''), 'hex'));

void t.test('every message is written and read again as it was, with padding too', (t) => {
  for (const { channel, name, message, octets } of rrcMessages) {
    t.same(decodeRrc(channel, octets), message, `${channel} ${name}`);
    t.equal(rrcName(channel, message).toLowerCase(), name.toLowerCase());
  }
  const padded = Uint8Array.from([...octetsOf('2800'), 0, 0, 0]);
  t.match(decodeRrc('DL-DCCH', padded), { rrcConnectionRelease: {} });
  t.end();
});

void t.test('the octets of every message are those that tshark was shown', (t) => {
  const lines = rrcMessages.map(({ channel, name, octets }) => `${channel} ${name} ${hex(octets)}`).join('\n');
  t.equal(text(lines), golden('epc/rrc.txt', lines));
  t.end();
});

void t.test('messages bit by bit', (t) => {
  // c1 0, alternative 1, release 8 0, randomValue 1 and its 40 bits, mo-Signalling 011, spare 0.
  const request = encodeRrc('UL-CCCH', {
    rrcConnectionRequest: {
      criticalExtensions: {
        'ue-Identity': { randomValue: 0xabcdef1234 },
        establishmentCause: 'mo-Signalling',
        spare: 0,
      },
    },
  });
  t.equal(hex(request), '5abcdef12346');
  // c1 0, alternative 5 of 16 0101, transaction 01, critical c1 0 of 4 000, options 000, release cause other 01.
  const release = encodeRrc('DL-DCCH', {
    rrcConnectionRelease: { 'rrc-TransactionIdentifier': 1, criticalExtensions: { releaseCause: 'other' } },
  });
  t.equal(hex(release), '2a02');
  t.equal(
    hex(
      encodeInterNode('UERadioAccessCapabilityInformation', {
        criticalExtensions: { 'ue-RadioAccessCapabilityInfo': new Uint8Array(2) },
      }),
    ),
    '00100000',
  );
  t.end();
});

void t.test('what a later version puts behind a message is kept', (t) => {
  // The same release with a non-critical extension: the last option is set, and bits follow.
  const octets = octetsOf('2a0a abcd');
  const message = decodeRrc('DL-DCCH', octets);
  t.match(message.rrcConnectionRelease?.criticalExtensions, {
    releaseCause: 'other',
    nonCriticalExtension: { length: 17 },
  });
  t.equal(hex(encodeRrc('DL-DCCH', message)), hex(octets));
  t.end();
});

void t.test('what is not read ends in a PerError', (t) => {
  for (const [channel, octets, expected] of [
    ['DL-DCCH', '80', /expected a message of class c1, found alternative 1/],
    ['DL-DCCH', '40', /counterCheck: .*expected a part that is read/],
    ['DL-DCCH', '2900', /expected the message of release 8/],
    ['DL-DCCH', '2a', /expected \d+ more bits, found \d: the end/],
    ['UL-CCCH', '', /expected 1 more bits, found 0: the end/],
  ] as const) {
    const error = t.throws(() => decodeRrc(channel, octetsOf(octets)), expected);
    t.ok(error instanceof PerError);
  }
  t.end();
});

void t.test('the command of a handover goes through the container between eNodeBs', (t) => {
  const command = encodeRrc('DL-DCCH', handoverOrder);
  const container = encodeInterNode('HandoverCommand', { criticalExtensions: { handoverCommandMessage: command } });
  const { handoverCommandMessage } = decodeInterNode('HandoverCommand', container).criticalExtensions;
  t.same(decodeRrc('DL-DCCH', handoverCommandMessage), handoverOrder);
  t.end();
});

void t.test('GSMTAP carries a message with its channel and direction', (t) => {
  const up = rrcDatagram('UL-DCCH', octetsOf('aabb'));
  t.equal(hex(up), '02040d00 40000000 00000000 03000000 aabb'.replaceAll(' ', ''));
  t.match(decodeGsmtap(up), { type: gsmtapType.lteRrc, subtype: 3, uplink: true, arfcn: 0, payload: octetsOf('aabb') });
  t.equal(channelOf(3), 'UL-DCCH');
  t.equal(channelOf(99), undefined);
  const down = encodeGsmtap({ type: gsmtapType.lteNas, subtype: 1, uplink: false, arfcn: 1575, payload: octetsOf('') });
  t.match(decodeGsmtap(down), { type: 0x12, subtype: 1, uplink: false, arfcn: 1575 });
  for (const wrong of ['', '01040d00', '02040d0000', '02030d00 00000000 00000000 00000000'])
    t.equal(decodeGsmtap(octetsOf(wrong)), undefined, `"${wrong}"`);
  t.end();
});
