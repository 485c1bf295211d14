/** Values of information elements whose octets are not plain to see. */
import t, { type Test } from 'tap';
import {
  capabilityOf,
  s1apSecurityCapabilities,
  securityCapabilityOf,
  supports,
} from '../../../../src/signalling/nas/capability.ts';
import { emmCause, emmCauseName, esmCauseName } from '../../../../src/signalling/nas/cause.ts';
import type { Value } from '../../../../src/signalling/nas/field.ts';
import { localTimeZone, networkName, networkTime } from '../../../../src/signalling/nas/information.ts';
import { epsMobileIdentity, mobileIdentity } from '../../../../src/signalling/nas/mobile-identity.ts';
import {
  configurationFor,
  dnsServersIn,
  mtuIn,
  optionId,
  protocolConfiguration,
  requestedConfiguration,
} from '../../../../src/signalling/nas/pco.ts';
import { apnAmbr, pdnAddress } from '../../../../src/signalling/nas/session.ts';
import { gprsTimer } from '../../../../src/signalling/nas/timer.ts';
import { guti, plmnList, taiList } from '../../../../src/signalling/nas/values.ts';
import { hexText } from '../../../../src/signalling/octets.ts';
import { hex } from '../aka/vectors.ts';

/** That octets and a value are each other's. */
const pair = <T>(t: Test, value: Value<T>, text: string, content: T): void => {
  t.same(value.decode(hex(text)), content, text);
  t.equal(hexText(value.encode(content)), hexText(hex(text)), `${text}, encoded`);
};

void t.test('protocol configuration options bring DNS servers in two ways', (t) => {
  const request = requestedConfiguration();
  t.equal(
    hexText(protocolConfiguration.encode(request)),
    `80 8021 10 01000010 8106 00000000 8306 00000000 000d00 000a00`.replaceAll(' ', ''),
  );
  const answer = configurationFor(request, { dnsServers: ['10.0.0.53', '192.0.2.53'] });
  t.equal(
    hexText(protocolConfiguration.encode(answer)),
    `80 8021 10 03000010 8106 0a000035 8306 c0000235 000d04 0a000035 000d04 c0000235`.replaceAll(' ', ''),
  );
  t.same(dnsServersIn(answer), ['10.0.0.53', '192.0.2.53']);
  t.equal(mtuIn(answer), undefined);
  const withMtu = configurationFor([{ id: optionId.ipv4LinkMtu, content: new Uint8Array() }], {
    dnsServers: [],
    mtu: 1464,
  });
  t.equal(mtuIn(withMtu), 1464);
  t.same(configurationFor(request, { dnsServers: [] }), [], 'no server, no answer');
  t.end();
});

void t.test('an IPCP packet whose options contradict their lengths ends', (t) => {
  for (const packet of ['0300000a8106', '03000010810008080808', '0300ffff8106080808088300', '03'])
    t.same(dnsServersIn([{ id: optionId.ipcp, content: hex(packet) }]).length <= 1, true, packet);
  t.equal(protocolConfiguration.decode(hex('80 8021 10 0100')), undefined, 'an option that is cut');
  t.end();
});

void t.test('the aggregate bit rate in the three ranges of TS 24.301, 9.9.4.2', (t) => {
  pair(t, apnAmbr, '3f40', { downlink: 63, uplink: 64 });
  pair(t, apnAmbr, '7f80', { downlink: 568, uplink: 576 });
  pair(t, apnAmbr, 'feff', { downlink: 8640, uplink: 0 });
  pair(t, apnAmbr, 'fefe 014a', { downlink: 8700, uplink: 16_000 });
  pair(t, apnAmbr, 'fefe 4bba', { downlink: 17_000, uplink: 128_000 });
  pair(t, apnAmbr, 'fefe bbfa', { downlink: 130_000, uplink: 256_000 });
  pair(t, apnAmbr, 'fefe 66fa 0103', { downlink: 300_000, uplink: 1_024_000 });
  t.equal(hexText(apnAmbr.encode({ downlink: 8650, uplink: 131_999 })), 'fefe00bb', 'rounded down');
  t.end();
});

void t.test('timers', (t) => {
  pair(t, gprsTimer, '49', { seconds: 3240 });
  pair(t, gprsTimer, '0f', { seconds: 30 });
  pair(t, gprsTimer, '2c', { seconds: 720 });
  pair(t, gprsTimer, 'e0', { seconds: undefined });
  t.equal(hexText(gprsTimer.encode({ seconds: 61 })), '1f', 'never shorter than asked for');
  t.equal(gprsTimer.decode(hex('65'))?.seconds, 300, 'a unit that is not defined is minutes');
  t.throws(() => gprsTimer.encode({ seconds: 11_161 }), { name: 'RangeError' });
  t.end();
});

void t.test('tracking area lists', (t) => {
  const plmn = { mcc: '460', mnc: '00' };
  pair(t, taiList, '01 64f000 0001 0007', [{ type: 0, tais: [1, 7].map((tac) => ({ plmn, tac })) }]);
  pair(t, taiList, '22 64f000 0010', [{ type: 1, tais: [16, 17, 18].map((tac) => ({ plmn, tac })) }]);
  const other = { plmn: { mcc: '310', mnc: '410' }, tac: 2 };
  pair(t, taiList, '41 64f000 0001 130014 0002', [{ type: 2, tais: [{ plmn, tac: 1 }, other] }]);
  for (const wrong of ['', '01 64f000 0001', '60 64f000 0001', '1f 64f000 0001', '21 64f000 ffff', '00 6af000 0001'])
    t.equal(taiList.decode(hex(wrong)), undefined, wrong);
  t.end();
});

void t.test('identities', (t) => {
  pair(t, epsMobileIdentity, '4906001032547698', { kind: 'imsi', digits: '460000123456789' });
  pair(t, epsMobileIdentity, '41060010325476f8', { kind: 'imsi', digits: '46000012345678' });
  pair(t, epsMobileIdentity, '3b35940090783309', { kind: 'imei', digits: '353490009873390' });
  pair(t, mobileIdentity, '3335940090783309f1', { kind: 'imeisv', digits: '3534900098733901' });
  pair(t, mobileIdentity, 'f4deadbeef', { kind: 'tmsi', tmsi: 0xdead_beef });
  pair(t, mobileIdentity, '00', { kind: 'none' });
  const temporary = { plmn: { mcc: '901', mnc: '70' }, mmeGroup: 2, mmeCode: 1, mTmsi: 0xcc00_ab6b };
  pair(t, guti, 'f609f107000201cc00ab6b', temporary);
  pair(t, epsMobileIdentity, 'f609f107000201cc00ab6b', { kind: 'guti', guti: temporary });
  for (const wrong of ['', '49', 'a906001032547698', '4106001032547698', '49060010325476f8', '4f06001032547698'])
    t.equal(epsMobileIdentity.decode(hex(wrong)), undefined, wrong);
  t.throws(() => epsMobileIdentity.encode({ kind: 'imeisv', digits: '3534900098733901' }), { name: 'RangeError' });
  t.end();
});

void t.test('addresses, networks, names and times', (t) => {
  const interfaceIdentifier = hex('0000000000000001');
  pair(t, pdnAddress, '01 c0000201', { ipv4: '192.0.2.1' });
  pair(t, pdnAddress, '02 0000000000000001', { interfaceIdentifier });
  pair(t, pdnAddress, '03 0000000000000001 c0000201', { ipv4: '192.0.2.1', interfaceIdentifier });
  for (const wrong of ['', '01 c00002', '05 00000000', '03 c0000201'])
    t.equal(pdnAddress.decode(hex(wrong)), undefined);
  pair(t, plmnList, '64f000 130014', [
    { mcc: '460', mnc: '00' },
    { mcc: '310', mnc: '410' },
  ]);
  pair(t, networkName, '90 897f 6e38', { text: '西游', withCountry: false });
  pair(t, localTimeZone, '23', 480);
  pair(t, localTimeZone, '2b', -480);
  pair(t, networkTime, '62 20 82 32 95 85 23', { time: Date.parse('2026-02-28T23:59:58Z'), zone: 480 });
  t.equal(localTimeZone.decode(hex('ff')), undefined, 'a zone whose second digit is none');
  t.equal(networkTime.decode(hex('622082329585ff')), undefined, 'a time in such a zone');
  t.equal(networkTime.decode(hex('62200332958523')), undefined, '30 February');
  t.equal(networkTime.decode(hex('99211342000023')), undefined, "24 o'clock");
  t.equal(networkTime.decode(hex('62 31 82 32 95 85 23')), undefined, 'a thirteenth month');
  t.end();
});

void t.test('capabilities', (t) => {
  const capability = capabilityOf([0, 2], [1, 2]);
  t.same(capability, { eea: 0xa0, eia: 0x60, more: new Uint8Array() });
  t.same([supports(capability.eea, 1), supports(capability.eea, 2)], [false, true]);
  t.same(s1apSecurityCapabilities(capability), { encryption: 0x4000, integrity: 0xc000 });
  t.same(securityCapabilityOf(capability), capability);
  const withGprs = securityCapabilityOf({ ...capability, more: hex('c0c0010010') }, hex('e5e034'));
  t.equal(hexText(withGprs.more), 'c04070', 'UCS2 becomes spare, GEA 1 to 3 follow');
  t.equal(hexText(securityCapabilityOf(capability, hex('65e0')).more), '000030');
  t.end();
});

void t.test('causes have names', (t) => {
  t.equal(emmCauseName(emmCause['Synch failure']), 'Synch failure');
  t.equal(esmCauseName(27), 'Missing or unknown APN');
  t.equal(emmCauseName(250), 'cause 250');
  t.end();
});
