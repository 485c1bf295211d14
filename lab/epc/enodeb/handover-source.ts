/**
 * The eNodeB that a phone leaves (3GPP TS 23.401, 5.5.1.2; TS 36.413, 8.4.1): it asks the MME for a place elsewhere, hands
 * the order of the target to the phone, and is silent towards it from then on. When the MME says that the phone has
 * arrived, nothing is left of it here. Packets that are still under way to it are lost: nothing is forwarded.
 */
import { encodePlmn } from '../../../src/signalling/identity.ts';
import { bigEndian } from '../../../src/signalling/octets.ts';
import type { RrcMessage } from '../../../src/signalling/rrc/rrc.ts';
import { type Cause, causeText, cellIdentity, s1ap, type S1apMessage } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Neighbour } from './config.ts';
import type { Context } from './context.ts';
import { readTarget, toTarget, visited } from './handover-containers.ts';
import { ids, type Station } from './station.ts';

/** TS1RELOCprep and TS1RELOCoverall in milliseconds; the standard leaves both to the operator (TS 36.413, 8.4.1.2). */
export const TS1_RELOC_PREP = 5000;
export const TS1_RELOC_OVERALL = 10_000;
/** a3-Offset (TS 36.331, 5.5.4.4) in dB: so much better a neighbour has to be. RSRP is told in steps of 1 dB. */
const A3_OFFSET = 3;

/** PDCP numbers of 12 bits count packets, the hyper frame number counts their rounds (TS 36.323, 6.3.5). */
const countValue = (packets: number): { readonly 'pDCP-SN': number; readonly hFN: number } => ({
  'pDCP-SN': packets % 4096,
  hFN: Math.floor(packets / 4096) % 2 ** 20,
});

/**
 * Asks the MME to move a phone. `decided` hears how it ended: of why not, or of nothing when the phone has gone.
 *
 * @returns why it cannot even be asked for; undefined when it is
 */
export const requireHandover = (
  station: Station,
  context: Context,
  target: Neighbour,
  decided: (failure?: string) => void = () => undefined,
): string | undefined => {
  const { clock, config } = station.options;
  if (context.mmeId === undefined || context.setup !== undefined || context.bearers.size === 0)
    return 'the phone has no bearer yet';
  if (context.handover !== undefined) return 'a handover of the phone is under way';
  const cancel = clock.after(TS1_RELOC_PREP, () => cancelHandover(station, context, 'the MME has not answered'));
  context.handover = { role: 'source', step: 'preparation', target, cancel, decided };
  const pLMNidentity = encodePlmn(config.plmn);
  const history = visited(
    config.plmn,
    cellIdentity(config.id, config.cell),
    clock.now() - context.since,
    context.history,
  );
  station.toMme(
    s1ap('HandoverRequired', {
      ...ids(context),
      HandoverType: 'intralte',
      Cause: { radioNetwork: 'handover-desirable-for-radio-reason' },
      TargetID: {
        'targeteNB-ID': {
          'global-ENB-ID': { pLMNidentity, 'eNB-ID': { 'macroENB-ID': target.id } },
          'selected-TAI': { pLMNidentity, tAC: bigEndian(target.tac, 2) },
        },
      },
      'Source-ToTarget-TransparentContainer': toTarget(config.plmn, target, [...context.bearers.keys()], history),
    }),
  );
  return undefined;
};

/** The phone has measured: it is moved to the best neighbour that is enough better than this cell (event A3). */
export const measured = (
  station: Station,
  context: Context,
  { criticalExtensions }: NonNullable<RrcMessage<'UL-DCCH'>['measurementReport']>,
): void => {
  const { measResultPCell, measResultNeighCells } = criticalExtensions.measResults;
  const [best] = (measResultNeighCells?.measResultListEUTRA ?? [])
    .map(({ physCellId, measResult }) => ({ physCellId, rsrp: measResult.rsrpResult ?? 0 }))
    .filter(({ rsrp }) => rsrp >= measResultPCell.rsrpResult + A3_OFFSET)
    .sort((one, other) => other.rsrp - one.rsrp);
  if (best === undefined) return;
  const { config, log } = station.options;
  const target = config.neighbours.find(({ pci }) => pci === best.physCellId);
  const problem =
    target === undefined
      ? `no neighbour has the physical cell identity ${best.physCellId}`
      : requireHandover(station, context, target);
  log(`handover: ${context.phone} hears ${target?.name ?? 'another cell'} better${problem ? `, but ${problem}` : ''}`);
};

/** The target has a place: the phone goes, or stays when its order makes no sense. */
export const command = (station: Station, context: Context, { ies }: S1apMessage<'HandoverCommand'>): void => {
  const { handover } = context;
  if (handover?.role !== 'source' || handover.step !== 'preparation') return;
  const order = readTarget(ies['Target-ToSource-TransparentContainer']);
  if (order === undefined) {
    cancelHandover(station, context, 'the order of the target is none');
    return;
  }
  handover.cancel();
  station.toPhone(context, { channel: 'DL-DCCH', message: order });
  context.gone = true;
  const items = [...context.bearers.values()].map((bearer) => {
    const { up, down } = station.carried(bearer);
    station.options.userPlane.mute(bearer.handle);
    return { 'e-RAB-ID': bearer.ebi, 'uL-COUNTvalue': countValue(up), 'dL-COUNTvalue': countValue(down) };
  });
  station.toMme(
    s1ap('ENBStatusTransfer', {
      ...ids(context),
      'eNB-StatusTransfer-TransparentContainer': { 'bearers-SubjectToStatusTransferList': items },
    }),
  );
  const cancel = station.options.clock.after(TS1_RELOC_OVERALL, () => {
    const Cause: Cause = { radioNetwork: 'tS1relocoverall-expiry' };
    station.toMme(s1ap('UEContextReleaseRequest', { ...ids(context), Cause }));
  });
  context.handover = { ...handover, step: 'execution', cancel };
};

/** The phone stays: there is no place for it. */
export const preparationFailed = (
  station: Station,
  context: Context,
  { ies }: S1apMessage<'HandoverPreparationFailure'>,
): void => {
  const { handover } = context;
  if (handover?.role !== 'source' || handover.step === 'execution') return;
  end(station, context, causeText(ies.Cause));
};

/** The MME has taken note of a cancellation. */
export const cancelled = (station: Station, context: Context): void => {
  const { handover } = context;
  if (handover?.role === 'source' && handover.step === 'cancelling') end(station, context, handover.reason ?? '');
};

/** Gives a handover up that is being prepared (8.4.5); the MME's answer is waited for as long as for its first. */
const cancelHandover = (station: Station, context: Context, reason: string): void => {
  const { handover } = context;
  if (handover?.role !== 'source') return;
  handover.cancel();
  const cancel = station.options.clock.after(TS1_RELOC_PREP, () => end(station, context, reason));
  context.handover = { ...handover, step: 'cancelling', reason, cancel };
  station.toMme(s1ap('HandoverCancel', { ...ids(context), Cause: { radioNetwork: 'tS1relocprep-expiry' } }));
};

const end = (station: Station, context: Context, failure: string): void => {
  const { handover } = context;
  if (handover?.role !== 'source') return;
  handover.cancel();
  context.handover = undefined;
  station.options.log(`handover: ${context.phone} stays: ${failure}`);
  handover.decided(failure);
};
