/** GTPv2 messages against octets written by hand from TS 29.274, and messages of real networks. */
import t from 'tap';
import {
  accepted,
  bearerContext,
  cause,
  checkMandatory,
  decodeDatagram,
  decodeMessage,
  describeMessage,
  ebi,
  encodeMessage,
  fteid,
  Gtpv2Error,
  ie,
  type Message,
  messageType,
  recovery,
  tunnelInterface,
  versionNotSupported,
} from '../../../../src/signalling/gtpv2/index.ts';
import { golden, text } from '../../../helpers/golden.ts';
import { gtpv2Messages } from '../../../helpers/gtpv2-messages.ts';
import { mobileCorpus, mobileCorpusMissing } from '../../../helpers/mobile-corpus.ts';

/** Octets in hexadecimal, spaces for the reader. */
const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (message: Uint8Array): string => Buffer.from(message).toString('hex');

/** Values in one line, octets in hexadecimal. */
const words = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (one instanceof Uint8Array ? hex(one) : one));

const echo: Message = { type: messageType['Echo Request'], sequence: 0x123456, ies: [ie(recovery, 7)] };
const modify: Message = {
  type: messageType['Modify Bearer Request'],
  teid: 0xdeadbeef,
  sequence: 1,
  ies: [
    ie(bearerContext, [
      ie(ebi, 5),
      ie(fteid, { interface: tunnelInterface['S1-U eNodeB GTP-U'], teid: 0x2001, ipv4: '10.70.2.1' }),
    ]),
  ],
};

void t.test('messages are written as the standard draws them', (t) => {
  t.equal(hex(encodeMessage(echo)), hex(octets('40 01 0009 123456 00  03 0001 00 07')), 'without a TEID');
  const written = '48 22 001e deadbeef 000001 00  5d 0012 00  49 0001 00 05  57 0009 00 80 00002001 0a460201';
  t.equal(hex(encodeMessage(modify)), hex(octets(written)), 'with a TEID and a group');
  t.equal(
    hex(encodeMessage({ ...modify, priority: 9, ies: [] })),
    hex(octets('4c 22 0008 deadbeef 000001 90')),
    'with a priority',
  );
  t.equal(hex(versionNotSupported), hex(octets('40 03 0004 000000 00')));
  t.end();
});

void t.test('messages are read as they were written', (t) => {
  for (const [name, message] of gtpv2Messages) {
    const read = decodeMessage(encodeMessage(message));
    t.equal(hex(encodeMessage(read)), hex(encodeMessage(message)), name);
    t.match(read, { type: message.type, teid: message.teid, sequence: message.sequence }, name);
    checkMandatory(read);
  }
  t.end();
});

void t.test('messages of every kind, as octets and in words', (t) => {
  const lines = [...gtpv2Messages].map(
    ([name, message]) => `${name}\n  ${hex(encodeMessage(message))}\n  ${words(describeMessage(message).ies)}`,
  );
  t.equal(text(lines.join('\n')), golden('epc/gtpv2.txt', lines.join('\n')));
  t.end();
});

void t.test('an answer may carry a request', (t) => {
  const answer: Message = { type: 33, teid: 1, sequence: 9, ies: [ie(cause, accepted)] };
  const both = encodeMessage(answer, modify);
  t.equal(both[0], 0x58, 'P and T');
  t.match(decodeDatagram(both), [
    { type: 33, sequence: 9 },
    { type: 34, teid: 0xdeadbeef },
  ]);
  t.throws(() => decodeMessage(both), Gtpv2Error, 'where one message is expected');
  const third = Uint8Array.from([...encodeMessage(answer, answer).subarray(0, -18), ...both]);
  t.throws(() => decodeDatagram(third), { name: 'Gtpv2Error', fault: 'length' }, 'but only one');
  t.end();
});

void t.test('what is unknown goes out as it came in', (t) => {
  const strange = octets('48 fa 0013 00000001 000002 00  fe 0003 0f aabbcc  96 0000 03');
  const read = decodeMessage(strange);
  t.match(read, {
    type: 250,
    ies: [
      { type: 254, instance: 15 },
      { type: 150, instance: 3 },
    ],
  });
  t.equal(hex(encodeMessage(read)), hex(strange));
  t.same(describeMessage(read), {
    name: 'message type 250',
    ies: [
      { name: 'IE type 254', instance: 15, value: 'aabbcc' },
      { name: 'Detach Type', instance: 3, value: '' },
    ],
  });
  t.end();
});

void t.test('what is wrong with a message is told', (t) => {
  for (const [what, message, expected] of [
    ['nothing', '', { fault: 'too-short', header: undefined }],
    ['half a header', '48 20 0008 00000001 0000', { fault: 'too-short', header: undefined }],
    ['GTP version 1', '32 01 0004 00000000 0001 0000', { fault: 'version' }],
    ['GTP version 3', '68 20 0008 00000001 000002 00', { fault: 'version' }],
    [
      'longer than the datagram',
      '48 20 0009 00000001 000002 00',
      { fault: 'length', header: { type: 32, sequence: 2 } },
    ],
    ['shorter than the header', '48 20 0007 00000001 000002 00', { fault: 'length', header: { type: 32 } }],
    ['octets behind the message', '48 20 0008 00000001 000002 00 00', { fault: 'length' }],
    ['P without a second message', '58 21 0008 00000001 000002 00', { fault: 'length' }],
    ['an element cut off', '48 20 000b 00000001 000002 00 010000', { fault: 'length', header: { sequence: 2 } }],
    [
      'an element that is longer than the message',
      '48 20 000e 00000001 000002 00 03 0003 01 07ff',
      { fault: 'length', causeValue: 67, offending: { type: 3, instance: 1 }, header: { sequence: 2 } },
    ],
  ] as const)
    t.throws(() => decodeMessage(octets(message)), { name: 'Gtpv2Error', ...expected }, what);
  t.end();
});

void t.test('mandatory elements are missed by name', (t) => {
  const request = gtpv2Messages.get('Create Session Request') ?? echo;
  const without = (type: number): Message => ({ ...request, ies: request.ies.filter((one) => one.type !== type) });
  checkMandatory(request);
  for (const type of [71, 82, 87, 93])
    t.throws(
      () => checkMandatory(without(type)),
      {
        name: 'Gtpv2Error',
        fault: 'missing',
        causeValue: 70,
        offending: { type, instance: 0 },
        header: { sequence: request.sequence },
      },
      `without ${type}`,
    );
  const emptyBearer = { ...request, ies: [...without(93).ies, ie(bearerContext, [ie(ebi, 5)])] };
  t.throws(
    () => checkMandatory(emptyBearer),
    { name: 'Gtpv2Error', fault: 'missing', offending: { type: 80 } },
    'inside a bearer context',
  );
  const badApn = { ...without(71), ies: [...without(71).ies, { type: 71, instance: 0, octets: octets('09 61') }] };
  t.throws(() => checkMandatory(badApn), {
    name: 'Gtpv2Error',
    fault: 'incorrect',
    causeValue: 69,
    offending: { type: 71 },
  });
  t.end();
});

void t.test('every cut of a message is refused', (t) => {
  for (const [name, message] of gtpv2Messages) {
    const whole = encodeMessage(message);
    const passed = Array.from(whole, (_, end) => end).filter((end) => {
      try {
        decodeMessage(whole.subarray(0, end));
        return true;
      } catch (error) {
        if (!(error instanceof Gtpv2Error)) throw error;
        return false;
      }
    });
    t.same(passed, [], name);
  }
  t.end();
});

void t.test('numbers that do not fit are refused when writing', (t) => {
  t.throws(() => encodeMessage({ ...echo, sequence: 2 ** 24 }), RangeError);
  t.throws(() => encodeMessage({ ...echo, teid: -1 }), RangeError);
  t.throws(
    () => encodeMessage({ ...echo, ies: [{ type: 3, instance: 0, octets: new Uint8Array(65_536) }] }),
    RangeError,
  );
  t.throws(
    () => encodeMessage({ ...echo, ies: [{ type: 3, instance: 0, octets: new Uint8Array(65_530) }] }),
    RangeError,
  );
  t.end();
});

void t.test('messages of real networks come out as they went in', { skip: mobileCorpusMissing ?? false }, (t) => {
  const corpus = mobileCorpus('gtpv2.json');
  t.ok(corpus.length >= 124, `${corpus.length} messages`);
  const different = corpus.filter(({ octets }) => hex(encodeMessage(decodeMessage(octets))) !== hex(octets));
  t.same(
    different.map(({ name }) => name),
    [],
  );
  for (const { octets } of corpus) {
    const message = decodeMessage(octets);
    checkMandatory(message);
    describeMessage(message);
  }
  t.end();
});
