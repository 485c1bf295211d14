/** The eNodeB between phones and an MME that a test plays: what comes from one side, and what that makes it say. */
import t from 'tap';
import { SETUP_LIMIT } from '../../../../../lab/epc/enodeb/context-setup.ts';
import { CONNECTION_LIMIT } from '../../../../../lab/epc/enodeb/connection.ts';
import { encodePlmn } from '../../../../../src/signalling/identity.ts';
import { s1ap, transportLayerAddress } from '../../../../../src/signalling/s1ap/s1ap.ts';
import {
  contextRequest,
  done,
  ids,
  makeBench,
  MME_ID,
  nas,
  phone,
  transaction,
  up,
  withBearer,
} from '../../../../helpers/enodeb-bench.ts';
import { plmn } from '../../../../helpers/scripted-mme.ts';

void t.test('S1 Setup says who the eNodeB is', async (t) => {
  const bench = makeBench();
  bench.connect();
  t.same(bench.orders(), ['rrcConnectionReject'], 'without an MME no phone is let in');
  bench.enodeb.associated();
  const { ies } = bench.toMme('S1SetupRequest');
  t.match(ies, { eNBname: 'enb1', 'Global-ENB-ID': { 'eNB-ID': { 'macroENB-ID': 0xe001 } } });
  t.same(ies.SupportedTAs[0]?.tAC, Uint8Array.of(0, 7));
  bench.enodeb.fromMme(s1ap('S1SetupFailure', { Cause: { misc: 'unknown-PLMN' }, TimeToWait: 'v2s' }));
  t.equal(bench.enodeb.s1, 'down');
  await bench.clock.pass(2000);
  bench.toMme('S1SetupRequest');
  t.equal(bench.enodeb.s1, 'setting-up');
});

void t.test('the first message of a phone says where it is and who it was', (t) => {
  const bench = up();
  t.equal(bench.enodeb.mme, 'mme');
  bench.connect();
  t.same(bench.orders(), ['rrcConnectionSetup']);
  const { ies } = bench.toMme('InitialUEMessage');
  t.same(ies['NAS-PDU'], nas);
  t.equal(ies['RRC-Establishment-Cause'], 'mo-Data');
  t.equal(ies['EUTRAN-CGI']['cell-ID'], 0xe00101);
  t.same(ies['S-TMSI'], { mMEC: Uint8Array.of(2), 'm-TMSI': Uint8Array.of(0xc0, 0xff, 0xee, 1) });
  t.same(ies['GUMMEI-ID']?.['mME-Group-ID'], Uint8Array.of(0x80, 1));
  const enbId = ies['eNB-UE-S1AP-ID'];

  bench.uplink({ ulInformationTransfer: { criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } } } });
  t.equal(bench.mme.length, 0, 'the MME has not answered yet, so the connection has no number there');
  bench.enodeb.fromMme(s1ap('DownlinkNASTransport', { ...ids(enbId), 'NAS-PDU': nas }));
  t.same(bench.orders(), ['dlInformationTransfer']);
  bench.uplink({ ulInformationTransfer: { criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } } } });
  t.match(bench.toMme('UplinkNASTransport').ies, ids(enbId));
  t.end();
});

void t.test('a phone that does not finish its connection is let go', async (t) => {
  const bench = up();
  bench.request();
  t.same(bench.orders(), ['rrcConnectionSetup']);
  await bench.clock.pass(CONNECTION_LIMIT - 1);
  t.equal(bench.enodeb.contexts.length, 1);
  bench.request();
  t.equal(bench.enodeb.contexts.length, 1, 'a new attempt takes the place of the old');
  t.equal(bench.clock.waiting(), 1, 'and has its own time');
  await bench.clock.pass(CONNECTION_LIMIT - 1);
  t.same([bench.enodeb.contexts.length, bench.orders()], [1, ['rrcConnectionSetup']]);
  await bench.clock.pass(1);
  t.same([bench.enodeb.contexts.length, bench.orders()], [0, ['rrcConnectionRelease']]);
  t.equal(bench.mme.length, 0, 'the MME never knew of it');
  bench.connect();
  bench.toMme('InitialUEMessage');
  t.equal(bench.clock.waiting(), 0);
  await bench.clock.pass(CONNECTION_LIMIT);
  t.equal(bench.enodeb.contexts.length, 1, 'one that did finish stays');
  bench.request('169.254.1.12');
  bench.enodeb.disassociated();
  t.equal(bench.clock.waiting(), 0, 'nothing waits for phones that are gone');
});

void t.test('a context is set up step by step', (t) => {
  const bench = up();
  bench.connect();
  const enbId = bench.toMme('InitialUEMessage').ies['eNB-UE-S1AP-ID'];
  bench.orders();
  bench.enodeb.fromMme(contextRequest(enbId));
  t.same(bench.orders(), ['ueCapabilityEnquiry']);
  bench.uplink({ securityModeComplete: done });
  t.same(bench.orders(), [], 'an answer to what was not asked');
  bench.uplink({
    ueCapabilityInformation: { ...transaction, criticalExtensions: { 'ue-CapabilityRAT-ContainerList': [] } },
  });
  t.ok(bench.toMme('UECapabilityInfoIndication').ies.UERadioCapability.length > 0);
  t.same(bench.orders(), ['securityModeCommand']);
  t.equal(bench.tunnels.size, 0);
  bench.uplink({ securityModeComplete: done });
  const [{ order } = { order: undefined }] = bench.sent;
  const reconfiguration = order?.channel === 'DL-DCCH' ? order.message.rrcConnectionReconfiguration : undefined;
  t.same(reconfiguration?.criticalExtensions.dedicatedInfoNASList, [nas]);
  t.equal(
    reconfiguration?.criticalExtensions.radioResourceConfigDedicated?.['drb-ToAddModList']?.[0]?.['eps-BearerIdentity'],
    5,
  );
  t.same([...bench.tunnels.values()], [{ to: phone, teidIn: 0x2000, teidOut: 0x1001, peer: '10.1.0.9' }]);
  bench.uplink({ rrcConnectionReconfigurationComplete: done });
  const [bearer] = bench.toMme('InitialContextSetupResponse').ies['E-RABSetupListCtxtSURes'];
  t.same(bearer?.['gTP-TEID'], Uint8Array.of(0, 0, 0x20, 0));
  t.same(bearer?.transportLayerAddress, transportLayerAddress('10.1.0.1'));
  const [context] = bench.enodeb.contexts;
  t.equal(context?.bearers.get(5)?.learntFrom, 'InitialContextSetupRequest', "who told the gateway's TEID");
  t.equal(bench.clock.waiting(), 0);
  t.end();
});

void t.test('a context that cannot be set up', async (t) => {
  const weak = up();
  weak.connect();
  const enbId = weak.toMme('InitialUEMessage').ies['eNB-UE-S1AP-ID'];
  weak.enodeb.fromMme({ ...contextRequest(enbId, 0) });
  weak.uplink({
    ueCapabilityInformation: { ...transaction, criticalExtensions: { 'ue-CapabilityRAT-ContainerList': [] } },
  });
  weak.toMme('UECapabilityInfoIndication');
  t.match(weak.toMme('InitialContextSetupFailure').ies.Cause, {
    radioNetwork: 'encryption-and-or-integrity-protection-algorithms-not-supported',
  });

  const silent = up();
  silent.connect();
  silent.enodeb.fromMme(contextRequest(silent.toMme('InitialUEMessage').ies['eNB-UE-S1AP-ID']));
  await silent.clock.pass(SETUP_LIMIT);
  t.match(silent.toMme('InitialContextSetupFailure').ies.Cause, { radioNetwork: 'radio-connection-with-ue-lost' });

  const unreachable = up({ reachable: false });
  unreachable.connect();
  unreachable.enodeb.fromMme(contextRequest(unreachable.toMme('InitialUEMessage').ies['eNB-UE-S1AP-ID']));
  unreachable.uplink({
    ueCapabilityInformation: { ...transaction, criticalExtensions: { 'ue-CapabilityRAT-ContainerList': [] } },
  });
  unreachable.toMme('UECapabilityInfoIndication');
  unreachable.uplink({ securityModeComplete: done });
  t.match(unreachable.toMme('InitialContextSetupFailure').ies.Cause, { radioNetwork: 'radio-resources-not-available' });
});

void t.test('a release takes tunnel, connection and numbers away', (t) => {
  const bench = up();
  const enbId = withBearer(bench);
  t.equal(bench.tunnels.size, 1);
  bench.enodeb.fromMme(
    s1ap('UEContextReleaseCommand', {
      'UE-S1AP-IDs': { 'uE-S1AP-ID-pair': { 'mME-UE-S1AP-ID': MME_ID, 'eNB-UE-S1AP-ID': enbId } },
      Cause: { nas: 'detach' },
    }),
  );
  t.match(bench.toMme('UEContextReleaseComplete').ies, ids(enbId));
  t.same(bench.orders(), ['rrcConnectionRelease']);
  t.equal(bench.tunnels.size, 0);
  t.equal(bench.enodeb.contexts.length, 0);
  bench.enodeb.fromMme(s1ap('DownlinkNASTransport', { ...ids(enbId), 'NAS-PDU': nas }));
  t.match(bench.toMme('ErrorIndication').ies.Cause, { radioNetwork: 'unknown-enb-ue-s1ap-id' });
  t.end();
});

void t.test('a phone that comes again leaves its old connection, of which it hears no more', (t) => {
  const bench = up();
  const old = withBearer(bench);
  bench.connect();
  t.match(bench.toMme('UEContextReleaseRequest').ies, {
    ...ids(old),
    Cause: { radioNetwork: 'radio-connection-with-ue-lost' },
  });
  const now = bench.toMme('InitialUEMessage').ies['eNB-UE-S1AP-ID'];
  t.not(now, old);
  t.equal(bench.tunnels.size, 0);
  bench.orders();
  bench.enodeb.fromMme(
    s1ap('UEContextReleaseCommand', {
      'UE-S1AP-IDs': { 'mME-UE-S1AP-ID': MME_ID },
      Cause: { radioNetwork: 'unspecified' },
    }),
  );
  bench.toMme('UEContextReleaseComplete');
  t.same(bench.orders(), [], 'the release is not for the new connection');
  t.same(
    bench.enodeb.contexts.map(({ enbId }) => enbId),
    [now],
  );
  t.end();
});

void t.test('a Reset of some phones leaves the others, one of all leaves none', (t) => {
  const bench = up();
  const one = withBearer(bench);
  const other = '169.254.1.12';
  bench.connect(other);
  bench.toMme('InitialUEMessage');
  bench.enodeb.fromMme(
    s1ap('Reset', {
      Cause: { misc: 'unspecified' },
      ResetType: { 'partOfS1-Interface': [{ 'eNB-UE-S1AP-ID': one }] },
    }),
  );
  t.match(bench.toMme('ResetAcknowledge').ies['UE-associatedLogicalS1-ConnectionListResAck'], [
    { 'eNB-UE-S1AP-ID': one },
  ]);
  t.same(
    bench.enodeb.contexts.map(({ phone }) => phone),
    [other],
  );
  t.equal(bench.tunnels.size, 0);
  bench.enodeb.fromMme(s1ap('Reset', { Cause: { misc: 'unspecified' }, ResetType: { 's1-Interface': 'reset-all' } }));
  bench.toMme('ResetAcknowledge');
  t.equal(bench.enodeb.contexts.length, 0);
  t.end();
});

void t.test('a Reset from here: the phones are idle at once, the MME answers or does not', async (t) => {
  const bench = up();
  const one = withBearer(bench);
  const other = '169.254.1.12';
  withBearer(bench, other);
  const part = bench.enodeb.reset([phone]);
  t.same(bench.orders(), ['rrcConnectionRelease']);
  t.match(bench.toMme('Reset').ies, {
    Cause: { misc: 'om-intervention' },
    ResetType: { 'partOfS1-Interface': [{ 'eNB-UE-S1AP-ID': one, 'mME-UE-S1AP-ID': MME_ID }] },
  });
  bench.enodeb.fromMme(s1ap('ResetAcknowledge', {}));
  t.equal(await part, 1);
  t.equal(bench.enodeb.contexts.length, 1);
  const all = bench.enodeb.reset(undefined);
  t.match(bench.toMme('Reset').ies.ResetType, { 's1-Interface': 'reset-all' });
  await bench.clock.pass(SETUP_LIMIT);
  t.equal(await all, false, 'nobody acknowledges');
  t.same([bench.enodeb.contexts.length, bench.tunnels.size], [0, 0]);
  t.equal(await bench.enodeb.reset([phone]), 0, 'a list of nobody is not sent');
  t.equal(bench.mme.length, 0);
});

void t.test('a tunnel that the SGW does not know is given up, and the MME told', (t) => {
  const bench = up();
  const enbId = withBearer(bench);
  bench.enodeb.tunnelLost({ teid: 0x1001, peer: '10.1.0.8' });
  bench.enodeb.tunnelLost({ teid: 0x1002, peer: '10.1.0.9' });
  t.equal(bench.tunnels.size, 1, 'others change nothing');
  bench.enodeb.tunnelLost({ teid: 0x1001, peer: '10.1.0.9' });
  t.equal(bench.tunnels.size, 0);
  t.match(bench.toMme('E-RABReleaseIndication').ies, {
    ...ids(enbId),
    'E-RABReleasedList': [{ 'e-RAB-ID': 5, cause: { transport: 'transport-resource-unavailable' } }],
  });
  t.same(bench.orders(), ['rrcConnectionReconfiguration']);
  bench.enodeb.tunnelLost({ teid: 0x1001, peer: '10.1.0.9' });
  t.equal(bench.mme.length, 0, 'once');
  t.end();
});

void t.test('without its MME an eNodeB has no phones', (t) => {
  const bench = up();
  withBearer(bench);
  bench.enodeb.disassociated();
  t.same(bench.orders(), ['rrcConnectionRelease']);
  t.equal(bench.tunnels.size, 0);
  t.equal(bench.enodeb.s1, 'down');
  t.end();
});

void t.test('paging is for everybody', (t) => {
  const bench = up();
  bench.enodeb.fromMme(
    s1ap('Paging', {
      UEIdentityIndexValue: 1,
      UEPagingID: { 's-TMSI': { mMEC: Uint8Array.of(2), 'm-TMSI': Uint8Array.of(1, 2, 3, 4) } },
      CNDomain: 'ps',
      TAIList: [{ tAI: { pLMNidentity: encodePlmn(plmn), tAC: Uint8Array.of(0, 7) } }],
    }),
  );
  t.match(bench.pages[0]?.message.paging?.pagingRecordList, [
    { 'ue-Identity': { 's-TMSI': { mmec: 2, 'm-TMSI': 0x01020304 } }, 'cn-Domain': 'ps' },
  ]);
  t.end();
});

void t.test('a phone that nothing is sent to or by is made idle', async (t) => {
  const bench = up({ inactivity: 1000 });
  const enbId = withBearer(bench);
  await bench.clock.pass(900);
  bench.carried.down += 1;
  await bench.clock.pass(900);
  bench.uplink({
    ulInformationTransfer: { criticalExtensions: { dedicatedInfoType: { dedicatedInfoNAS: nas } } },
  });
  bench.toMme('UplinkNASTransport');
  await bench.clock.pass(1000);
  t.equal(bench.mme.length, 0, 'packets and messages begin the time anew');
  await bench.clock.pass(500);
  t.match(bench.toMme('UEContextReleaseRequest').ies, { ...ids(enbId), Cause: { radioNetwork: 'user-inactivity' } });
  bench.enodeb.fromMme(
    s1ap('UEContextReleaseCommand', {
      'UE-S1AP-IDs': { 'mME-UE-S1AP-ID': MME_ID },
      Cause: { radioNetwork: 'user-inactivity' },
    }),
  );
  t.equal(bench.clock.waiting(), 0);
});

void t.test('an inactive phone is made idle by the MME', (t) => {
  const bench = up();
  t.notOk(bench.enodeb.requestRelease(phone));
  const enbId = withBearer(bench);
  t.ok(bench.enodeb.requestRelease(phone));
  t.match(bench.toMme('UEContextReleaseRequest').ies, { ...ids(enbId), Cause: { radioNetwork: 'user-inactivity' } });
  t.end();
});
