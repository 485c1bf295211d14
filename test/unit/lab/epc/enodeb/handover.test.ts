/** Handover at the eNodeB that a phone leaves, and at the one that it comes to; a test plays MME and phone. */
import t from 'tap';
import { readTarget, toSource, toTarget } from '../../../../../lab/epc/enodeb/handover-containers.ts';
import { TS1_RELOC_OVERALL, TS1_RELOC_PREP } from '../../../../../lab/epc/enodeb/handover-source.ts';
import * as order from '../../../../../lab/epc/enodeb/orders.ts';
import { measurementReport } from '../../../../../lab/epc/ue/mobility.ts';
import { decodeSourceContainer, s1ap, transportLayerAddress } from '../../../../../src/signalling/s1ap/s1ap.ts';
import {
  type Bench,
  contextRequest,
  done,
  ids,
  MME_ID,
  phone,
  up,
  withBearer,
} from '../../../../helpers/enodeb-bench.ts';
import { plmn } from '../../../../helpers/scripted-mme.ts';

const ENB2_PCI = 7;
const neighbour = { name: 'enb2', id: 0xe002, cell: 1, pci: ENB2_PCI, tac: 7, radio: undefined };
const go = order.handover({ pci: ENB2_PCI, crnti: 0x1234, ncc: 2, added: [5], integrity: 'eia2' });

const command = (enbId: number, container = toSource(go.message)) =>
  s1ap('HandoverCommand', {
    ...ids(enbId),
    HandoverType: 'intralte',
    'Target-ToSource-TransparentContainer': container,
  });

/** A bench whose phone hears the neighbour better. */
const leaving = (): { bench: Bench; enbId: number } => {
  const bench = up();
  const enbId = withBearer(bench);
  bench.uplink(measurementReport(ENB2_PCI));
  return { bench, enbId };
};

void t.test('a phone that hears a neighbour better is sent there, and nothing more is sent to it', async (t) => {
  const { bench, enbId } = leaving();
  const { ies } = bench.toMme('HandoverRequired');
  t.match(ies, { ...ids(enbId), HandoverType: 'intralte', TargetID: { 'targeteNB-ID': { 'selected-TAI': {} } } });
  t.match(ies.TargetID['targeteNB-ID']?.['global-ENB-ID'], { 'eNB-ID': { 'macroENB-ID': 0xe002 } });
  const container = decodeSourceContainer(ies['Source-ToTarget-TransparentContainer']);
  t.equal(container['targetCell-ID']['cell-ID'], 0xe00201);
  t.match(container['uE-HistoryInformation'], [{ 'e-UTRAN-Cell': { 'global-Cell-ID': { 'cell-ID': 0xe00101 } } }]);
  bench.uplink(measurementReport(ENB2_PCI));
  t.equal(bench.mme.length, 0, 'once');
  bench.enodeb.fromMme(command(enbId));
  t.match(bench.sent.splice(0), [{ phone, order: go }], 'the order of the target, as it is');
  const [status] =
    bench.toMme('ENBStatusTransfer').ies['eNB-StatusTransfer-TransparentContainer'][
      'bearers-SubjectToStatusTransferList'
    ];
  t.match(status, {
    'e-RAB-ID': 5,
    'uL-COUNTvalue': { 'pDCP-SN': 904, hFN: 1 },
    'dL-COUNTvalue': { 'pDCP-SN': 0, hFN: 1 },
  });
  t.equal(bench.muted.size, 1);
  t.equal(bench.tunnels.size, 1, 'the tunnel stays, so that the SGW is told nothing wrong');
  bench.enodeb.fromMme(
    s1ap('UEContextReleaseCommand', {
      'UE-S1AP-IDs': { 'uE-S1AP-ID-pair': { 'mME-UE-S1AP-ID': MME_ID, 'eNB-UE-S1AP-ID': enbId } },
      Cause: { radioNetwork: 'successful-handover' },
    }),
  );
  t.equal(bench.toMme('UEContextReleaseComplete').ies['eNB-UE-S1AP-ID'], enbId);
  t.same([bench.enodeb.contexts.length, bench.tunnels.size, bench.orders()], [0, 0, []]);
  await bench.clock.pass(60_000);
  t.equal(bench.mme.length, 0, 'no timer is left');
});

void t.test('a phone that hears nobody better, or a stranger, stays', (t) => {
  const bench = up();
  bench.connect();
  bench.toMme('InitialUEMessage');
  bench.uplink(measurementReport(ENB2_PCI));
  t.equal(bench.mme.length, 0, 'a phone without a bearer');
  bench.enodeb.fromMme(contextRequest(1));
  bench.uplink(measurementReport(ENB2_PCI));
  t.equal(bench.mme.length, 0, 'nor while its context is set up');
  const other = up();
  withBearer(other);
  other.uplink(measurementReport(99));
  const report = measurementReport(ENB2_PCI).measurementReport;
  if (report === undefined) throw new Error('no report');
  const { measResults } = report.criticalExtensions;
  const equal = { ...measResults, measResultPCell: { rsrpResult: 49, rsrqResult: 20 } };
  other.uplink({ measurementReport: { criticalExtensions: { measResults: equal } } });
  t.equal(other.mme.length, 0, '2 dB are not enough');
  t.end();
});

void t.test('a phone stays when there is no place, and can be moved later', async (t) => {
  const { bench, enbId } = leaving();
  bench.toMme('HandoverRequired');
  bench.enodeb.fromMme(
    s1ap('HandoverPreparationFailure', { ...ids(enbId), Cause: { radioNetwork: 'unknown-targetID' } }),
  );
  t.same(bench.orders(), [], 'it does not hear of it');
  t.equal(bench.tunnels.size, 1);
  const ordered = bench.enodeb.handOver(phone, '169.254.1.2');
  bench.toMme('HandoverRequired');
  t.match(await bench.enodeb.handOver(phone, 'enb2'), 'under way');
  bench.enodeb.fromMme(
    s1ap('HandoverPreparationFailure', { ...ids(enbId), Cause: { radioNetwork: 'cell-not-available' } }),
  );
  t.match(await ordered, 'cell-not-available');
  t.match(await bench.enodeb.handOver(phone, 'enb9'), 'no neighbour');
  t.match(await bench.enodeb.handOver('169.254.1.99', 'enb2'), 'no phone');
});

void t.test('an MME that does not answer: the handover is cancelled', async (t) => {
  const { bench, enbId } = leaving();
  bench.toMme('HandoverRequired');
  await bench.clock.pass(TS1_RELOC_PREP);
  t.match(bench.toMme('HandoverCancel').ies, { ...ids(enbId), Cause: { radioNetwork: 'tS1relocprep-expiry' } });
  bench.enodeb.fromMme(command(enbId));
  t.same(bench.orders(), [], 'the command comes too late');
  bench.enodeb.fromMme(s1ap('HandoverCancelAcknowledge', ids(enbId)));
  t.equal(bench.muted.size, 0);
  bench.uplink(measurementReport(ENB2_PCI));
  bench.toMme('HandoverRequired');
});

void t.test('an order that is none is cancelled; a phone that does not arrive is given up', async (t) => {
  const { bench, enbId } = leaving();
  bench.toMme('HandoverRequired');
  bench.enodeb.fromMme(command(enbId, Uint8Array.of(1, 2, 3)));
  bench.toMme('HandoverCancel');
  t.same(bench.orders(), []);
  bench.enodeb.fromMme(s1ap('HandoverCancelAcknowledge', ids(enbId)));
  bench.uplink(measurementReport(ENB2_PCI));
  bench.toMme('HandoverRequired');
  bench.enodeb.fromMme(command(enbId));
  bench.toMme('ENBStatusTransfer');
  await bench.clock.pass(TS1_RELOC_OVERALL);
  t.match(bench.toMme('UEContextReleaseRequest').ies.Cause, { radioNetwork: 'tS1relocoverall-expiry' });
});

const request = (cell = 1, tunnel = '10.1.0.9', integrity = 0x6000) => {
  const { 'E-RABToBeSetupListCtxtSUReq': items, uEaggregateMaximumBitrate } = contextRequest(1).ies;
  const [item] = items;
  if (item === undefined) throw new Error('no bearer');
  return s1ap('HandoverRequest', {
    'MME-UE-S1AP-ID': MME_ID,
    HandoverType: 'intralte',
    Cause: { radioNetwork: 'handover-desirable-for-radio-reason' },
    uEaggregateMaximumBitrate,
    'E-RABToBeSetupListHOReq': [
      {
        'e-RAB-ID': 5,
        transportLayerAddress: transportLayerAddress(tunnel),
        'gTP-TEID': item['gTP-TEID'],
        'e-RABlevelQosParameters': item['e-RABlevelQoSParameters'],
      },
    ],
    'Source-ToTarget-TransparentContainer': toTarget(
      plmn,
      { ...neighbour, id: 0xe001, cell },
      [5],
      [
        {
          'e-UTRAN-Cell': {
            'global-Cell-ID': { pLMNidentity: new Uint8Array(3), 'cell-ID': 0xe00201 },
            cellType: { 'cell-Size': 'small' },
            'time-UE-StayedInCell': 3,
          },
        },
      ],
    ),
    UESecurityCapabilities: { encryptionAlgorithms: 0xe000, integrityProtectionAlgorithms: integrity },
    SecurityContext: { nextHopChainingCount: 2, nextHopParameter: new Uint8Array(32).fill(1) },
  });
};

void t.test('a phone is expected by its C-RNTI, arrives, and its tunnel is the one that was promised', (t) => {
  const bench = up();
  bench.enodeb.fromMme(request());
  const { ies } = bench.toMme('HandoverRequestAcknowledge');
  const enbId = ies['eNB-UE-S1AP-ID'];
  const told = readTarget(ies['Target-ToSource-TransparentContainer'])?.rrcConnectionReconfiguration;
  const mobility = told?.criticalExtensions.mobilityControlInfo;
  if (mobility === undefined) throw new Error('no order to move');
  t.equal(mobility.targetPhysCellId, 4);
  t.match(told?.criticalExtensions.securityConfigHO, { handoverType: { intraLTE: { nextHopChainingCount: 2 } } });
  const crnti = mobility['newUE-Identity'];
  t.equal(bench.tunnels.size, 0, 'nobody knows yet where on the link the phone is');
  const count = { 'pDCP-SN': 10, hFN: 1 };
  bench.enodeb.fromMme(
    s1ap('MMEStatusTransfer', {
      ...ids(enbId),
      'eNB-StatusTransfer-TransparentContainer': {
        'bearers-SubjectToStatusTransferList': [{ 'e-RAB-ID': 5, 'uL-COUNTvalue': count, 'dL-COUNTvalue': count }],
      },
    }),
  );
  const show = (from: string, value: number): void =>
    bench.enodeb.fromPhone(from, { channel: 'MAC', uplink: true, crnti: value });
  show(phone, crnti + 1);
  t.same(bench.granted, [], 'a C-RNTI that nobody was given');
  show(phone, crnti);
  show(phone, crnti);
  t.same(
    bench.granted,
    [
      { phone, crnti },
      { phone, crnti },
    ],
    'a grant that was lost is given again',
  );
  show('169.254.1.99', crnti);
  t.equal(bench.granted.length, 2, 'nobody else may use it');
  bench.uplink({ rrcConnectionReconfigurationComplete: done });
  const notify = bench.toMme('HandoverNotify').ies;
  t.match(notify, { ...ids(enbId), 'EUTRAN-CGI': { 'cell-ID': 0xe00101 } });
  const teidIn = Buffer.from(ies['E-RABAdmittedList'][0]?.['gTP-TEID'] ?? []).readUInt32BE(0);
  t.match([...bench.tunnels.values()], [{ to: phone, teidIn, teidOut: 0x1001, peer: '10.1.0.9' }]);
  t.match(bench.enodeb.contexts[0]?.bearers.get(5), { learntFrom: 'HandoverRequest', base: { up: 4106, down: 4106 } });
  bench.uplink({ rrcConnectionReconfigurationComplete: done });
  t.equal(bench.mme.length, 0, 'once');
  bench.uplink(measurementReport(ENB2_PCI));
  const container = bench.toMme('HandoverRequired').ies['Source-ToTarget-TransparentContainer'];
  t.match(
    decodeSourceContainer(container)['uE-HistoryInformation'].map((cell) => cell['e-UTRAN-Cell']?.['global-Cell-ID']),
    [{ 'cell-ID': 0xe00101 }, { 'cell-ID': 0xe00201 }],
    'where the phone was is told on',
  );
  t.end();
});

void t.test('no place for a phone', (t) => {
  const bench = up();
  for (const [pdu, cause] of [
    [request(2), { radioNetwork: 'cell-not-available' }],
    [request(1, 'fd00::1'), { radioNetwork: 'no-radio-resources-available-in-target-cell' }],
    [request(1, '10.1.0.9', 0), { radioNetwork: 'encryption-and-or-integrity-protection-algorithms-not-supported' }],
    [
      s1ap('HandoverRequest', { ...request().ies, 'Source-ToTarget-TransparentContainer': Uint8Array.of(0xff) }),
      { protocol: 'transfer-syntax-error' },
    ],
  ] as const) {
    bench.enodeb.fromMme(pdu);
    t.match(bench.toMme('HandoverFailure').ies, { 'MME-UE-S1AP-ID': MME_ID, Cause: cause });
  }
  t.equal(bench.enodeb.contexts.length, 0);
  t.end();
});

void t.test('a phone that arrives out of reach, and one that the MME takes back', (t) => {
  const bench = up({ reachable: false });
  bench.enodeb.fromMme(request());
  const { ies } = bench.toMme('HandoverRequestAcknowledge');
  const order = readTarget(ies['Target-ToSource-TransparentContainer'])?.rrcConnectionReconfiguration;
  const crnti = order?.criticalExtensions.mobilityControlInfo?.['newUE-Identity'] ?? 0;
  bench.enodeb.fromPhone(phone, { channel: 'MAC', uplink: true, crnti });
  bench.uplink({ rrcConnectionReconfigurationComplete: done });
  t.match(bench.toMme('UEContextReleaseRequest').ies.Cause, { radioNetwork: 'radio-resources-not-available' });
  bench.enodeb.fromMme(request());
  bench.toMme('HandoverRequestAcknowledge');
  bench.orders();
  bench.enodeb.fromMme(
    s1ap('UEContextReleaseCommand', {
      'UE-S1AP-IDs': { 'mME-UE-S1AP-ID': MME_ID },
      Cause: { radioNetwork: 'handover-cancelled' },
    }),
  );
  bench.toMme('UEContextReleaseComplete');
  t.end();
});
