/**
 * The eNodeB that a phone comes to (3GPP TS 23.401, 5.5.1.2; TS 36.413, 8.4.2 and 8.4.3): it promises tunnels and a
 * C-RNTI, and when a phone shows the C-RNTI it is the one that was promised. Who that is on the link is not known before.
 */
import { bigEndian, readBigEndian } from '../../../src/signalling/octets.ts';
import { FIRST_CRNTI, LAST_CRNTI } from '../../../src/signalling/mac.ts';
import {
  type Cause,
  s1ap,
  type S1apMessage,
  transportLayerAddress,
  transportLayerAddresses,
} from '../../../src/signalling/s1ap/s1ap.ts';
import { installBearer } from './bearers.ts';
import type { Context, Wanted } from './context.ts';
import { integrityAlgorithm } from './context-setup.ts';
import { readSource, toSource } from './handover-containers.ts';
import { watch } from './inactivity.ts';
import * as order from './orders.ts';
import { ids, type Station } from './station.ts';

type Request = S1apMessage<'HandoverRequest'>['ies'];

const wantedBy = ({ 'E-RABToBeSetupListHOReq': items }: Request): Wanted[] =>
  items.flatMap((item) => {
    const peer = transportLayerAddresses(item.transportLayerAddress).find((address) => !address.includes(':'));
    if (peer === undefined) return [];
    const { qCI: qci } = item['e-RABlevelQosParameters'];
    return [{ ebi: item['e-RAB-ID'], qci, teidOut: readBigEndian(item['gTP-TEID']), peer, nas: undefined }];
  });

const takeCrnti = (station: Station): number => {
  const used = new Set(
    [...station.contexts.values()].flatMap(({ handover }) => (handover?.role === 'target' ? [handover.crnti] : [])),
  );
  let crnti = FIRST_CRNTI + (station.takeTeid() % (LAST_CRNTI - FIRST_CRNTI));
  while (used.has(crnti)) crnti = crnti === LAST_CRNTI ? FIRST_CRNTI : crnti + 1;
  return crnti;
};

/** Makes room for a phone, or says why there is none. */
export const admit = (station: Station, { ies }: S1apMessage<'HandoverRequest'>): void => {
  const { config } = station.options;
  const mmeId = ies['MME-UE-S1AP-ID'];
  const refuse = (cause: Cause): void =>
    station.toMme(s1ap('HandoverFailure', { 'MME-UE-S1AP-ID': mmeId, Cause: cause }));
  const source = readSource(ies['Source-ToTarget-TransparentContainer']);
  if (source === undefined) return refuse({ protocol: 'transfer-syntax-error' });
  if (source['targetCell-ID']['cell-ID'] !== station.place['EUTRAN-CGI']['cell-ID'])
    return refuse({ radioNetwork: 'cell-not-available' });
  const algorithm = integrityAlgorithm(ies.UESecurityCapabilities.integrityProtectionAlgorithms);
  if (algorithm === undefined)
    return refuse({ radioNetwork: 'encryption-and-or-integrity-protection-algorithms-not-supported' });
  const promised = wantedBy(ies).map((wanted) => ({ ...wanted, teidIn: station.takeTeid() }));
  if (promised.length === 0) return refuse({ radioNetwork: 'no-radio-resources-available-in-target-cell' });
  const crnti = takeCrnti(station);
  const context = station.add({
    phone: undefined,
    mmeId,
    cause: 'mo-Signalling',
    sTmsi: undefined,
    history: source['uE-HistoryInformation'],
  });
  context.started = true;
  context.handover = { role: 'target', crnti, promised, counts: new Map() };
  const added = promised.map(({ ebi }) => ebi);
  const { nextHopChainingCount: ncc } = ies.SecurityContext;
  const missing = ies['E-RABToBeSetupListHOReq'].map((item) => item['e-RAB-ID']).filter((ebi) => !added.includes(ebi));
  const failed = missing.map((ebi) => ({
    'e-RAB-ID': ebi,
    cause: { radioNetwork: 'no-radio-resources-available-in-target-cell' } as const,
  }));
  station.toMme(
    s1ap('HandoverRequestAcknowledge', {
      ...ids(context),
      'E-RABAdmittedList': promised.map(({ ebi, teidIn }) => ({
        'e-RAB-ID': ebi,
        transportLayerAddress: transportLayerAddress(config.s1u.local),
        'gTP-TEID': bigEndian(teidIn, 4),
      })),
      'E-RABFailedToSetupListHOReqAck': failed.length === 0 ? undefined : failed,
      'Target-ToSource-TransparentContainer': toSource(
        order.handover({ pci: config.pci, crnti, ncc, added, integrity: algorithm }).message,
      ),
    }),
  );
  return undefined;
};

/** How many packets each bearer has carried so far (8.4.7): they are counted on here. */
export const statusTransferred = (context: Context, { ies }: S1apMessage<'MMEStatusTransfer'>): void => {
  const { handover } = context;
  if (handover?.role !== 'target') return;
  const packets = (count: { readonly 'pDCP-SN': number; readonly hFN: number }): number =>
    count.hFN * 4096 + count['pDCP-SN'];
  const container = ies['eNB-StatusTransfer-TransparentContainer'];
  for (const item of container['bearers-SubjectToStatusTransferList'])
    handover.counts.set(item['e-RAB-ID'], {
      up: packets(item['uL-COUNTvalue']),
      down: packets(item['dL-COUNTvalue']),
    });
};

/** A phone shows a C-RNTI: whoever was promised it has arrived. It may say so again when the grant was lost. */
export const arrive = (station: Station, phone: string, crnti: number): void => {
  const context = [...station.contexts.values()].find(
    ({ handover }) => handover?.role === 'target' && handover.crnti === crnti,
  );
  if (context === undefined || (context.phone !== undefined && context.phone !== phone)) {
    station.options.log(`RRC: ${phone} shows C-RNTI ${crnti}, which nobody was given`);
    return;
  }
  const before = station.byPhone.get(phone);
  if (before !== undefined && before !== context) station.lose(before);
  context.phone = phone;
  station.byPhone.set(phone, context);
  station.options.toPhone(phone, { channel: 'MAC', uplink: false, crnti });
};

/** The phone has done what it was ordered: its tunnels are joined to it, and the MME switches them over (8.4.3). */
export const complete = (station: Station, context: Context): boolean => {
  const { handover } = context;
  if (handover?.role !== 'target') return false;
  context.handover = undefined;
  const { promised, counts } = handover;
  const made = promised.filter((wanted) =>
    installBearer(station, context, wanted, 'HandoverRequest', { teidIn: wanted.teidIn, base: counts.get(wanted.ebi) }),
  );
  if (made.length === 0) {
    const Cause: Cause = { radioNetwork: 'radio-resources-not-available' };
    station.toMme(s1ap('UEContextReleaseRequest', { ...ids(context), Cause }));
  } else {
    watch(station, context);
    station.toMme(s1ap('HandoverNotify', { ...ids(context), ...station.place }));
  }
  return true;
};
