/** Diameter messages against octets written by hand from RFC 6733, and messages of real networks. */
import t from 'tap';
import * as diameter from '../../../../src/signalling/diameter/index.ts';
import { avpFlag, type DiameterMessage } from '../../../../src/signalling/diameter/index.ts';
import { unsupported } from '../../../../src/signalling/diameter/dictionary.ts';
import { diameterMessages } from '../../../helpers/diameter-messages.ts';
import { golden, text } from '../../../helpers/golden.ts';
import { mobileCorpus, mobileCorpusMissing } from '../../../helpers/mobile-corpus.ts';

const { base, decodeMessage, DiameterError, encodeMessage, results } = diameter;
const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (message: Uint8Array): string => Buffer.from(message).toString('hex');

/** Values in one line, whole numbers of 64 bits as text. */
const words = (value: unknown): string =>
  JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? `${one}` : one));

/** The DiameterError that `work` throws, if it throws one. */
const errorOf = (work: () => unknown): InstanceType<typeof DiameterError> | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    if (error instanceof DiameterError) return error;
    throw error;
  }
};

const watchdog: DiameterMessage = {
  request: true,
  proxiable: false,
  error: false,
  retransmitted: false,
  command: diameter.command.deviceWatchdog,
  application: 0,
  hopByHop: 0x01020304,
  endToEnd: 0xfffefdfc,
  avps: [
    diameter.avp(base.originHost, 'a.b.c'),
    diameter.avp(base.originRealm, 'b.c'),
    diameter.avp(base.firmwareRevision, 1),
    diameter.avp(diameter.s6a.ulrFlags, 34),
  ],
};
const written = `
  01 00004c 80 000118 00000000 01020304 fffefdfc
  00000108 40 00000d 612e622e63 000000
  00000128 40 00000b 622e63 00
  0000010b 00 00000c 00000001
  0000057d c0 000010 000028af 00000022`.replaceAll('\n', ' ');

void t.test('a message is written as the standard draws it', (t) => {
  t.equal(hex(encodeMessage(watchdog)), hex(octets(written)));
  const answer = { ...watchdog, request: false, proxiable: true, error: true, retransmitted: true, avps: [] };
  t.equal(hex(encodeMessage(answer)), hex(octets('01 000014 70 000118 00000000 01020304 fffefdfc')));
  t.same(decodeMessage(encodeMessage(watchdog)), watchdog);
  t.end();
});

void t.test('messages of every kind, as octets and in words', (t) => {
  const lines = [...diameterMessages].map(([name, message]) => {
    const octets = encodeMessage(message);
    const read = decodeMessage(octets);
    t.equal(hex(encodeMessage(read)), hex(octets), name);
    diameter.checkRequired(read);
    t.same(unsupported(read), [], `${name}: every AVP is known`);
    return `${name}\n  ${hex(octets)}\n  ${words(diameter.describeMessage(read).avps)}`;
  });
  t.equal(text(lines.join('\n')), golden('epc/diameter.txt', lines.join('\n')));
  t.end();
});

void t.test('what is unknown goes out as it came in', (t) => {
  // An AVP of another vendor with all flags, one of the IETF that needs padding, one without data.
  const strange = octets(
    `01 000038 40 0003e7 00000063 00000001 00000002
    0000ffff e0 000010 0000270f 0badcafe  0000ffff 40 000009 aa 000000  0000fffe 00 000008`.replaceAll('\n', ' '),
  );
  const read = decodeMessage(strange);
  t.equal(hex(encodeMessage(read)), hex(strange));
  t.same(
    read.avps.map(({ code, vendor, flags }) => [code, vendor, flags]),
    [
      [65_535, 9999, 0xe0],
      [65_535, 0, 0x40],
      [65_534, 0, 0],
    ],
  );
  t.same(diameter.describeMessage(read).avps[1], { name: 'AVP 65535 of vendor 0', value: 'aa' });
  t.same(
    unsupported(read).map(({ code, vendor }) => [code, vendor]),
    [
      [65_535, 9999],
      [65_535, 0],
    ],
    'only what must be understood is a reason to refuse',
  );
  t.equal(diameter.commandName(read), 'command 999 answer');
  t.end();
});

void t.test('what is wrong with a message is told', (t) => {
  const header = (length: string, flags = '80'): string => `01 ${length} ${flags} 000118 00000000 01020304 fffefdfc`;
  for (const [what, message, code, received] of [
    ['nothing', '', results.DIAMETER_INVALID_MESSAGE_LENGTH, false],
    ['half a header', '01 00000a 80 000118 0000', results.DIAMETER_INVALID_MESSAGE_LENGTH, false],
    ['a length that is not its own', header('000018'), results.DIAMETER_INVALID_MESSAGE_LENGTH, false],
    ['no multiple of four', `${header('000015')} 00`, results.DIAMETER_INVALID_MESSAGE_LENGTH, false],
    ['version 2', header('000014').replace('01', '02'), results.DIAMETER_UNSUPPORTED_VERSION, false],
    ['a request with an error', header('000014', 'a0'), results.DIAMETER_INVALID_HDR_BITS, true],
    ['an AVP cut off', `${header('000018')} 00000108`, results.DIAMETER_INVALID_AVP_LENGTH, true],
    ['a vendor cut off', `${header('00001c')} 00000108 80 000008`, results.DIAMETER_INVALID_AVP_LENGTH, true],
    ['an AVP without its header', `${header('00001c')} 00000108 40 000007`, results.DIAMETER_INVALID_AVP_LENGTH, true],
    ['an AVP beyond the end', `${header('00001c')} 00000108 40 000009`, results.DIAMETER_INVALID_AVP_LENGTH, true],
  ] as const) {
    const error = errorOf(() => decodeMessage(octets(message)));
    t.equal(error?.code, code, what);
    t.equal(error?.received !== undefined, received, `${what}: whom to answer`);
  }
  const cut = errorOf(() =>
    decodeMessage(octets(`${header('000028')} 00000107 40 00000a 6162 0000 00000108 40 000010`)),
  );
  t.match(
    cut,
    { received: { hopByHop: 0x01020304, avps: [{ code: 263 }] }, failed: { code: 264 } },
    'what was read is kept',
  );
  t.end();
});

void t.test('required AVPs are missed by name', (t) => {
  for (const [name, message] of diameterMessages) {
    const missed = message.avps.filter((gone) => {
      const rest = { ...message, avps: message.avps.filter((one) => one.code !== gone.code) };
      const error = errorOf(() => diameter.checkRequired(rest));
      // An answer may say how it went in two ways; it is asked for the usual one.
      const code = gone.code === base.experimentalResult.code ? base.resultCode.code : gone.code;
      if (error !== undefined) t.match(error, { code: results.DIAMETER_MISSING_AVP, failed: { code } }, name);
      return error !== undefined;
    });
    t.ok(missed.length >= 2, `${name}: ${missed.length} AVPs are required`);
  }
  t.end();
});

void t.test('every cut of a message is refused', (t) => {
  for (const [name, message] of diameterMessages) {
    const whole = encodeMessage(message);
    for (let end = 0; end < whole.length; end += 1)
      if (errorOf(() => decodeMessage(whole.subarray(0, end))) === undefined) t.fail(`${name} cut at ${end}`);
  }
  t.end();
});

void t.test('an answer has the identifiers and the session of its request', (t) => {
  const proxy = diameter.avp(base.proxyInfo, [
    diameter.avp(base.proxyHost, 'p.b.c'),
    diameter.avp(base.proxyState, octets('01')),
  ]);
  const session = diameter.avp(base.sessionId, 'a.b.c;1;2');
  const request = { ...watchdog, proxiable: true, retransmitted: true, avps: [session, ...watchdog.avps, proxy] };
  const answer = diameter.answerTo(request, [diameter.success], true);
  t.same(answer, {
    ...request,
    request: false,
    error: true,
    retransmitted: false,
    avps: [session, diameter.success, proxy],
  });
  t.end();
});

void t.test('messages of real networks come out as they went in', { skip: mobileCorpusMissing ?? false }, (t) => {
  const corpus = mobileCorpus('diameter.json');
  t.ok(corpus.length >= 120, `${corpus.length} messages`);
  const different = corpus.filter(({ octets }) => hex(encodeMessage(decodeMessage(octets))) !== hex(octets));
  t.same(
    different.map(({ name }) => name),
    [],
    'also those of applications that the dictionary does not have',
  );
  for (const { name, octets } of corpus) {
    const message = decodeMessage(octets);
    diameter.checkRequired(message);
    diameter.describeMessage(message);
    if (message.application === diameter.application.base || message.application === diameter.application.s6a)
      t.same(unsupported(message), [], name);
  }
  t.end();
});

/** Every AVP of a message with those inside its groups. */
const flat = (avps: readonly diameter.Avp[]): diameter.Avp[] =>
  avps.flatMap((one) => {
    const definition = diameter.definitionOf(one);
    return definition?.type === 'Grouped' ? [one, ...flat(base.failedAvp.decode(one.data))] : [one];
  });

void t.test(
  'the values of real S6a messages are written as they were read',
  { skip: mobileCorpusMissing ?? false },
  (t) => {
    const messages = mobileCorpus('diameter.json').map(({ octets }) => decodeMessage(octets));
    const differences = new Set<string>();
    for (const { application, avps } of messages) {
      if (application !== diameter.application.base && application !== diameter.application.s6a) continue;
      for (const one of flat(avps)) {
        const definition = diameter.definitionOf(one) as diameter.AvpDefinition<never> | undefined;
        if (definition === undefined) differences.add(`${one.code} is unknown`);
        else {
          const again = diameter.avp(definition, definition.decode(one.data));
          if (hex(again.data) !== hex(one.data)) differences.add(`${definition.name}: the data`);
          const mandatory = (one.flags & avpFlag.mandatory) !== 0;
          if (again.flags !== one.flags) differences.add(`${definition.name}: M is ${mandatory ? 'set' : 'not set'}`);
        }
      }
    }
    // open5gs sends the priority of a bearer without the M flag that TS 29.272, 7.3.1 asks for; receivers do not mind.
    t.same([...differences].sort(), [
      'Allocation-Retention-Priority: M is not set',
      'Pre-emption-Capability: M is not set',
      'Pre-emption-Vulnerability: M is not set',
      'Priority-Level: M is not set',
    ]);
    t.end();
  },
);
