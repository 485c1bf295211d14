/** S1AP: every message there and back, and what happens to messages that are not whole. */
import t from 'tap';
import { parseS1ap } from '../../../../src/signalling/s1ap/pdu.ts';
import { messages } from '../../../../src/signalling/s1ap/messages.ts';
import { elements } from '../../../../src/signalling/s1ap/elements.ts';
import { placeOf } from '../../../../src/signalling/s1ap/procedures.ts';
import {
  algorithmMask,
  causeText,
  cellIdentity,
  decodeS1ap,
  decodeSourceContainer,
  describeS1ap,
  encodeS1ap,
  enbOfCell,
  errorIndication,
  type MessageName,
  notUnderstood,
  procedureName,
  s1ap,
  S1apError,
  transportLayerAddress,
  transportLayerAddresses,
} from '../../../../src/signalling/s1ap/s1ap.ts';
import { golden, text } from '../../../helpers/golden.ts';
import { s1apMessages } from '../../../helpers/s1ap-messages.ts';

const hex = (octets: Uint8Array): string => Buffer.from(octets).toString('hex');
const octetsOf = (given: string): Uint8Array => Uint8Array.from(Buffer.from(given.replaceAll(' ', ''), 'hex'));

/** The error that reading ends in. */
const refusal = (octets: Uint8Array): S1apError => {
  try {
    decodeS1ap(octets);
  } catch (error) {
    if (error instanceof S1apError) return error;
    throw error;
  }
  throw new Error('it was read');
};

void t.test('every message is written and read again as it was', (t) => {
  for (const pdu of s1apMessages) t.same(decodeS1ap(encodeS1ap(pdu)), pdu, pdu.name);
  const seen = new Set(s1apMessages.map(({ name }) => name));
  t.same(
    Object.keys(messages).filter((name) => !seen.has(name as MessageName)),
    [],
    'a message of every kind',
  );
  t.end();
});

void t.test('the octets of every message are those that tshark was shown', (t) => {
  const lines = s1apMessages.map((pdu) => `${pdu.name} ${hex(encodeS1ap(pdu))}`).join('\n');
  t.equal(text(lines), golden('epc/s1ap.txt', lines));
  t.end();
});

void t.test('a UE Context Release Command, octet by octet', (t) => {
  const pdu = s1ap('UEContextReleaseCommand', { 'UE-S1AP-IDs': { 'mME-UE-S1AP-ID': 7 }, Cause: { nas: 'detach' } });
  t.equal(
    hex(encodeS1ap(pdu)),
    [
      '00 17 00', // initiatingMessage, procedure 23, reject
      '0e 00 0002', // 14 octets: no additions, two elements
      '0063 00 02 4007', // UE-S1AP-IDs, reject, 2 octets: 0 1 for the alternative, 00 for one octet, 7
      '0002 40 01 24', // Cause, ignore, 1 octet: nas is 0 010, detach 0 10
    ]
      .join('')
      .replaceAll(' ', ''),
  );
  t.end();
});

void t.test('identifiers are unique, and every message has its place', (t) => {
  const ids = Object.values(elements).map(([id]) => id);
  t.equal(new Set(ids).size, ids.length);
  for (const name of Object.keys(messages) as MessageName[]) t.type(placeOf(name).procedureCode, 'number', name);
  t.equal(procedureName(17), 'S1Setup');
  t.equal(procedureName(200), 'procedure 200');
  t.end();
});

void t.test('messages of procedures that are not read stay octets', (t) => {
  // OverloadStart, and a procedure that no version has.
  for (const octets of [octetsOf('002240 09 000001 0065 40 02 0400'), octetsOf('00c840 04 01020304')]) {
    const pdu = decodeS1ap(octets);
    t.equal(pdu.name, 'unknown');
    t.equal(hex(encodeS1ap(pdu)), hex(octets));
  }
  t.match(describeS1ap(decodeS1ap(octetsOf('00c8400401020304'))), 'procedure 200 (initiatingMessage, not read)');
  t.end();
});

/** An Error Indication with the given elements: identifier, criticality (00 reject, 40 ignore, 80 notify), value. */
const indication = (...fields: readonly string[]): Uint8Array => {
  const body = `00${fields.length.toString(16).padStart(4, '0')}${fields.join('')}`.replaceAll(' ', '');
  return octetsOf(`000f40 ${(body.length / 2).toString(16).padStart(2, '0')} ${body}`);
};
const cause = '0002 40 01 24';

void t.test('unknown elements go by their criticality', (t) => {
  const ignored = indication(cause, '03e7 40 03 aabbcc');
  const pdu = decodeS1ap(ignored);
  t.equal(hex(encodeS1ap(pdu)), hex(ignored), 'kept');
  t.match(pdu, { name: 'ErrorIndication', ies: { Cause: { nas: 'detach' } } });
  t.equal(notUnderstood(pdu), undefined);

  const notified = notUnderstood(decodeS1ap(indication(cause, '03e7 80 01 00')));
  t.match(notified, {
    procedureCode: 15,
    triggeringMessage: 'initiating-message',
    iEsCriticalityDiagnostics: [{ iECriticality: 'notify', 'iE-ID': 999, typeOfError: 'not-understood' }],
  });

  const error = refusal(indication('0008 40 02 0005', cause, '03e7 00 01 00'));
  t.match(error.message, /^ErrorIndication: element 999 is not known and may not be ignored/);
  t.equal(error.criticality, 'reject');
  t.same(error.ids, { 'MME-UE-S1AP-ID': undefined, 'eNB-UE-S1AP-ID': 5 });
  const answer = decodeS1ap(encodeS1ap(errorIndication(error)));
  t.match(answer, {
    name: 'ErrorIndication',
    ies: {
      'eNB-UE-S1AP-ID': 5,
      Cause: { protocol: 'abstract-syntax-error-reject' },
      CriticalityDiagnostics: { procedureCode: 15, procedureCriticality: 'ignore' },
    },
  });
  t.end();
});

void t.test('an element twice, and mandatory elements that are missing', (t) => {
  t.match(refusal(indication(cause, cause)).reason, {
    protocol: 'abstract-syntax-error-falsely-constructed-message',
  });
  // A HandoverNotify without anything; then with the two numbers, so that only elements to be ignored are missing.
  const nothing = refusal(octetsOf('000240 03 000000'));
  t.match(nothing.message, 'MME-UE-S1AP-ID is missing, eNB-UE-S1AP-ID is missing, EUTRAN-CGI is missing, TAI is');
  t.equal(nothing.criticality, 'reject');
  const numbers = refusal(octetsOf('000240 0f 000002 0000 00 02 0001 0008 00 02 0002'));
  t.equal(numbers.criticality, 'ignore');
  t.equal(causeText(numbers.reason), 'protocol: abstract-syntax-error-ignore-and-notify');
  t.match(numbers.diagnostics?.iEsCriticalityDiagnostics, [{ 'iE-ID': 100 }, { 'iE-ID': 67, typeOfError: 'missing' }]);
  t.equal(parseS1ap(octetsOf('000240 03 000000')).name, 'HandoverNotify', 'parseS1ap does not mind');
  t.end();
});

void t.test('what is no message at all is told with its place', (t) => {
  const error = refusal(octetsOf('0017000e 000002 0063 00 02 4007 0002 40 01 74'));
  t.equal(causeText(error.reason), 'protocol: transfer-syntax-error');
  t.match(
    error.message,
    /UEContextReleaseCommand\.protocolIEs\[1\]\.Cause: octet 17 bit 4: expected a whole number 0\.\.4/,
  );
  t.equal(error.diagnostics, undefined);
  t.match(refusal(octetsOf('80 01 00')).message, /an alternative of a later version/);
  t.match(refusal(new Uint8Array()).message, /octet 0: expected 1 more bits/);
  t.end();
});

void t.test('an item of a list keeps a criticality that is not the usual one', (t) => {
  const usual = s1apMessages.find(({ name }) => name === 'E-RABReleaseIndication');
  // E-RABItem (35), ignore, becomes E-RABItem, reject.
  const octets = octetsOf(hex(usual === undefined ? new Uint8Array() : encodeS1ap(usual)).replace('002340', '002300'));
  const pdu = decodeS1ap(octets);
  t.match(pdu, { ies: { 'E-RABReleasedList': [{ 'e-RAB-ID': 5, criticality: 'reject' }] } });
  t.equal(hex(encodeS1ap(pdu)), hex(octets));
  // Another element in the list is none of it.
  const other = octetsOf(hex(octets).replace('002300', '002400'));
  t.match(refusal(other).message, /E-RABReleasedList\[0\]: .*expected E-RABItem \(element 35\), found element 36/);
  t.end();
});

void t.test('values out of their range are not written', (t) => {
  const wrong = s1ap('UEContextReleaseCommand', { 'UE-S1AP-IDs': { 'mME-UE-S1AP-ID': -1 }, Cause: { nas: 'detach' } });
  t.throws(() => encodeS1ap(wrong), {
    name: 'PerError',
    message: /protocolIEs\[0\]\.UE-S1AP-IDs\.mME-UE-S1AP-ID: .*expected a whole number 0\.\.4294967295, found -1/,
  });
  t.end();
});

void t.test('addresses, cells, algorithms', (t) => {
  t.same(transportLayerAddress('10.70.2.2'), { length: 32, octets: octetsOf('0a460202') });
  t.same(transportLayerAddresses({ length: 160, octets: octetsOf('0a460202 20010db8000000000000000000000001') }), [
    '10.70.2.2',
    '2001:db8::1',
  ]);
  t.same(transportLayerAddresses({ length: 8, octets: octetsOf('0a') }), []);
  t.throws(() => transportLayerAddress('nowhere'), RangeError);
  t.equal(enbOfCell(cellIdentity(0x00e01, 1)), 0x00e01);
  // EEA0, 128-EEA1, 128-EEA2: the null algorithm has no bit.
  t.equal(algorithmMask(0xe0), 0xc000);
  t.end();
});

void t.test('the containers of a handover are S1AP inside an octet string', (t) => {
  const required = s1apMessages.find(({ name }) => name === 'HandoverRequired');
  if (required?.name !== 'HandoverRequired') throw new Error('no HandoverRequired');
  const container = decodeSourceContainer(required.ies['Source-ToTarget-TransparentContainer']);
  t.match(container, { 'uE-HistoryInformation': [{ 'e-UTRAN-Cell': { 'time-UE-StayedInCell': 61 } }] });
  t.match(describeS1ap(required), 'HandoverRequired MME-UE-S1AP-ID=3735928559 eNB-UE-S1AP-ID=70000');
  t.end();
});
