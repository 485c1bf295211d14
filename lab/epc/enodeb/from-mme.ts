/** What the MME says and the eNodeB does at once (3GPP TS 36.413): resets, releases, pages, complaints. */
import { readBigEndian } from '../../../src/signalling/octets.ts';
import { causeText, s1ap, type S1apMessage } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Station } from './station.ts';

/** Reset (8.7.1): the MME has forgotten connections, all of them or some, and so shall we. */
export const resetByMme = (station: Station, { ies }: S1apMessage<'Reset'>): void => {
  const part = ies.ResetType['partOfS1-Interface'];
  const chosen =
    part === undefined
      ? [...station.contexts.values()]
      : [...station.contexts.values()].filter((context) =>
          part.some(
            (item) =>
              (item['eNB-UE-S1AP-ID'] ?? context.enbId) === context.enbId &&
              (item['mME-UE-S1AP-ID'] ?? context.mmeId) === context.mmeId,
          ),
        );
  for (const context of chosen) station.release(context);
  station.toMme(
    s1ap('ResetAcknowledge', {
      'UE-associatedLogicalS1-ConnectionListResAck': part?.map(({ criticality: _, ...item }) => item),
    }),
  );
};

/** Error Indication (8.7.2): a connection that the MME does not know is none. */
export const errorIndicated = (station: Station, { ies }: S1apMessage<'ErrorIndication'>): void => {
  station.options.log(`S1: the MME complains: ${ies.Cause === undefined ? 'no cause' : causeText(ies.Cause)}`);
  const unknown = ies.Cause?.radioNetwork;
  const context = station.contexts.get(ies['eNB-UE-S1AP-ID'] ?? -1);
  if (
    context !== undefined &&
    (unknown === 'unknown-mme-ue-s1ap-id' ||
      unknown === 'unknown-pair-ue-s1ap-id' ||
      unknown === 'unknown-enb-ue-s1ap-id')
  )
    station.release(context);
};

/** Paging (8.5): every phone of the cell hears the name of the one that is called. */
export const page = (station: Station, { ies }: S1apMessage<'Paging'>): void => {
  const sTmsi = ies.UEPagingID['s-TMSI'];
  if (sTmsi === undefined) return;
  const identity = { mmec: readBigEndian(sTmsi.mMEC), 'm-TMSI': readBigEndian(sTmsi['m-TMSI']) };
  station.options.broadcast({
    channel: 'PCCH',
    message: { paging: { pagingRecordList: [{ 'ue-Identity': { 's-TMSI': identity }, 'cn-Domain': ies.CNDomain }] } },
  });
};

/** UE Context Release Command (8.3.3): the end of one connection. */
export const releaseCommand = (station: Station, { ies }: S1apMessage<'UEContextReleaseCommand'>): void => {
  const named = ies['UE-S1AP-IDs'];
  const pair = named['uE-S1AP-ID-pair'];
  const mmeId = pair?.['mME-UE-S1AP-ID'] ?? named['mME-UE-S1AP-ID'];
  const context = [...station.contexts.values()].find((context) =>
    pair === undefined ? context.mmeId === mmeId : context.enbId === pair['eNB-UE-S1AP-ID'],
  );
  if (mmeId === undefined) return;
  if (context === undefined) {
    station.toMme(
      s1ap('ErrorIndication', { 'MME-UE-S1AP-ID': mmeId, Cause: { radioNetwork: 'unknown-mme-ue-s1ap-id' } }),
    );
    return;
  }
  station.release(context, ies.Cause);
  station.toMme(s1ap('UEContextReleaseComplete', { 'MME-UE-S1AP-ID': mmeId, 'eNB-UE-S1AP-ID': context.enbId }));
};
