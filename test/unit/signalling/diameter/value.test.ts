/** Data formats of AVPs, subscriptions, vectors and quota: values to octets and back. */
import t from 'tap';
import * as diameter from '../../../../src/signalling/diameter/index.ts';
import { integer64 } from '../../../../src/signalling/diameter/definition.ts';
import { diameterMessages, subscription, vectors } from '../../../helpers/diameter-messages.ts';

const { avp, base, credit, results, s6a } = diameter;
const octets = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hex = (data: Uint8Array): string => Buffer.from(data).toString('hex');

/** The octets are what the value becomes, and the other way round. */
const both = <T>(definition: diameter.AvpDefinition<T>, value: T, written: string): void => {
  t.equal(hex(definition.encode(value)), hex(octets(written)), `${definition.type} is written`);
  t.same(definition.decode(octets(written)), value, `${definition.type} is read`);
};
both(base.resultCode, 5030, '000013a6');
both(base.originStateId, 4_294_967_295, 'ffffffff');
both(credit.exponent, -2, 'fffffffe');
both(credit.ccRequestType, 2, '00000002');
both(credit.ccTotalOctets, 5_000_000_000n, '000000012a05f200');
both(credit.ccTotalOctets, 2n ** 64n - 1n, 'ffffffffffffffff');
both(integer64(447, 'Value-Digits'), -(2n ** 63n), '8000000000000000');
both(base.userName, '张', 'e5bca0');
both(base.originHost, 'mme.epc', '6d6d652e657063');
both(base.hostIpAddress, '10.70.6.1', '0001 0a460601');
both(base.hostIpAddress, '2001:db8::1', '0002 20010db8000000000000000000000001');
// RFC 5905: 1 January 1970 is 2,208,988,800 s after the epoch; the next era begins on 7 February 2036, 06:28:16.
both(base.eventTimestamp, 0, '83aa7e80');
both(base.eventTimestamp, Date.UTC(2036, 1, 7, 6, 28, 16) / 1000, '00000000');
both(s6a.msisdn, '8613800138000', '683108108300f0');
both(s6a.visitedPlmnId, { mcc: '460', mnc: '00' }, '64f000');
both(base.proxyState, octets('00ff'), '00ff');
both(base.failedAvp, [avp(base.resultCode, 2001)], '0000010c 40 00000c 000007d1');

void t.test('data of a wrong length or without sense is refused, with the AVP', (t) => {
  const refused = (definition: diameter.AvpReader<unknown>, written: string, code: number): void => {
    const one = { code: definition.code, vendor: definition.vendor, flags: 0x40, data: octets(written) };
    t.throws(() => diameter.valueOf(definition, one), { name: 'DiameterError', code, failed: one }, definition.name);
  };
  for (const [definition, written] of [
    [base.resultCode, '000007'],
    [base.resultCode, '0000000001'],
    [credit.ccTotalOctets, '00000001'],
    [base.hostIpAddress, '0001 0a4606'],
    [base.hostIpAddress, '0002 0a460601'],
    [base.eventTimestamp, ''],
    [s6a.visitedPlmnId, '64f0'],
  ] as const)
    refused(definition, written, results.DIAMETER_INVALID_AVP_LENGTH);
  for (const [definition, written] of [
    [base.hostIpAddress, ''],
    [base.hostIpAddress, '0008 31'],
    [base.userName, 'ff'],
    [base.originHost, ''],
    [base.originHost, '6d6d 20'],
    [s6a.visitedPlmnId, 'aaf000'],
    [s6a.msisdn, '6ff1'],
  ] as const)
    refused(definition, written, results.DIAMETER_INVALID_AVP_VALUE);
  t.end();
});

void t.test('values that do not fit are refused when writing', (t) => {
  t.throws(() => avp(base.resultCode, -1), RangeError);
  t.throws(() => avp(base.resultCode, 2 ** 32), RangeError);
  t.throws(() => avp(credit.exponent, 2 ** 31), RangeError);
  t.throws(() => avp(credit.ccTotalOctets, -1n), RangeError);
  t.throws(() => avp(credit.ccTotalOctets, 2n ** 64n), RangeError);
  t.throws(() => avp(base.hostIpAddress, 'localhost'));
  t.end();
});

void t.test('a subscription comes back as it was written', (t) => {
  const without = { barred: true, barring: 1, apns: subscription.apns.slice(1), defaultApn: 2 };
  for (const one of [subscription, without]) t.same(diameter.readSubscription([diameter.writeSubscription(one)]), one);
  t.equal(diameter.readSubscription([]), undefined);
  const noProfile = avp(s6a.subscriptionData, [avp(s6a.subscriberStatus, 0)]);
  t.throws(() => diameter.readSubscription([noProfile]), {
    name: 'DiameterError',
    code: results.DIAMETER_MISSING_AVP,
    failed: { code: 1429, vendor: 10_415 },
  });
  t.end();
});

void t.test('vectors come in the order of their numbers', (t) => {
  const [one, two] = vectors.map((vector, index) => ({ ...vector, xres: octets(`0${index}00000000000000`) }));
  if (one === undefined || two === undefined) throw new Error('no vectors');
  t.same(diameter.readVectors([diameter.writeVectors([one, two])]), [one, two]);
  t.same(diameter.readVectors([diameter.writeVectors([one])]), [one]);
  const group = base.failedAvp.decode(diameter.writeVectors([one, two]).data);
  t.same(diameter.readVectors([avp(s6a.authenticationInfo, group.toReversed())]), [one, two]);
  t.same(diameter.readVectors([]), []);
  t.end();
});

void t.test('quota comes back as it was written', (t) => {
  for (const service of [
    {},
    { ratingGroup: 1, requested: {} },
    { ratingGroup: 2, granted: { totalOctets: 0n }, validity: 60, threshold: 1, result: 2001, finalAction: 0 },
    { used: [{ time: 1, totalOctets: 3n, inputOctets: 1n, outputOctets: 2n }, { time: 9 }], reason: 3 },
  ])
    t.same(diameter.readServiceCredits([diameter.writeServiceCredit(service)]), [service]);
  const request = diameterMessages.get('Credit-Control-Request, update');
  t.match(diameter.readServiceCredits(request?.avps ?? []), [{ used: [{ totalOctets: 5_000_000_000n }] }]);
  t.equal(diameter.readSubscriptionId(request?.avps ?? [], diameter.subscriptionIdTypes.imsi), '460001234567890');
  t.equal(diameter.readSubscriptionId(request?.avps ?? [], diameter.subscriptionIdTypes.nai), undefined);
  t.end();
});

void t.test('results of the IETF and of 3GPP', (t) => {
  const outcome = (...avps: readonly diameter.Avp[]): string => diameter.resultName(diameter.resultOf({ avps }));
  t.equal(outcome(diameter.success), 'DIAMETER_SUCCESS (2001)');
  t.equal(outcome(diameter.result(4012)), 'DIAMETER_CREDIT_LIMIT_REACHED (4012)');
  t.equal(outcome(diameter.tgppResult(5001)), 'DIAMETER_ERROR_USER_UNKNOWN (5001)');
  t.equal(outcome(diameter.result(5001)), 'DIAMETER_AVP_UNSUPPORTED (5001)');
  t.equal(outcome(diameter.tgppResult(9999)), 'result 9999 of vendor 10415');
  t.throws(() => outcome(), { name: 'DiameterError', code: results.DIAMETER_MISSING_AVP });
  t.same(
    [2001, 2002, 1001, 3004, 4012, 5030].map((code) => diameter.isSuccess({ code, vendor: 0 })),
    [true, true, false, false, false, false],
  );
  t.end();
});
