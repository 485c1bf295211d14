/** The connections of phones (3GPP TS 36.331, 5.3.3; TS 36.413, 8.6.2.1): how one begins, and what is said on it. */
import { encodePlmn } from '../../../src/signalling/identity.ts';
import { bigEndian } from '../../../src/signalling/octets.ts';
import type { RrcMessage } from '../../../src/signalling/rrc/rrc.ts';
import { s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Context, EstablishmentCause } from './context.ts';
import { continueSetup } from './context-setup.ts';
import { measured } from './handover-source.ts';
import { complete } from './handover-target.ts';
import * as order from './orders.ts';
import { ids, type Station } from './station.ts';

/** Seconds that a phone shall wait while there is no MME. */
const WAIT_FOR_MME = 1;
/**
 * Milliseconds that a phone has for RRCConnectionSetupComplete; TS 36.331 leaves it to the eNodeB. A phone without an answer
 * gives up after T300, at most 2000 ms (6.3.2, UE-TimersAndConstants), so one that is silent for longer has not heard
 * RRCConnectionSetup, or what it said was lost; the rest is for the way, and for a busy machine.
 */
export const CONNECTION_LIMIT = 3000;

/** Names that differ between RRC and S1AP; `spare1` means nothing yet. */
const s1Cause: Readonly<Record<string, EstablishmentCause>> = {
  emergency: 'emergency',
  highPriorityAccess: 'highPriorityAccess',
  'mt-Access': 'mt-Access',
  'mo-Data': 'mo-Data',
  delayTolerantAccess: 'delay-TolerantAccess',
  'mo-VoiceCall': 'mo-VoiceCall',
};

/**
 * A phone asks for a connection.
 *
 * @param isUp whether there is an MME to connect it with
 */
export const connect = (
  station: Station,
  phone: string,
  { rrcConnectionRequest: request }: RrcMessage<'UL-CCCH'>,
  isUp: boolean,
): void => {
  if (request === undefined) return;
  const before = station.byPhone.get(phone);
  if (before !== undefined) station.lose(before);
  if (!isUp) {
    station.options.toPhone(phone, order.connectionReject(WAIT_FOR_MME));
    return;
  }
  const { 'ue-Identity': identity, establishmentCause } = request.criticalExtensions;
  const sTmsi = identity['s-TMSI'];
  const context = station.add({
    phone,
    mmeId: undefined,
    cause: s1Cause[establishmentCause] ?? 'mo-Signalling',
    sTmsi: sTmsi && { mmec: sTmsi.mmec, mTmsi: sTmsi['m-TMSI'] },
    history: [],
  });
  // Nothing of it is known to the MME yet; a phone that thinks it is connected learns that it is not.
  context.connecting = station.options.clock.after(CONNECTION_LIMIT, () => station.release(context));
  station.toPhone(context, order.connectionSetup());
};

/** The phone has its connection, and its first message for the MME comes with that. */
const startContext = (
  station: Station,
  context: Context,
  { criticalExtensions }: NonNullable<RrcMessage<'UL-DCCH'>['rrcConnectionSetupComplete']>,
): void => {
  if (context.started) return;
  context.started = true;
  context.connecting?.();
  const { registeredMME: mme, dedicatedInfoNAS } = criticalExtensions;
  station.toMme(
    s1ap('InitialUEMessage', {
      'eNB-UE-S1AP-ID': context.enbId,
      'NAS-PDU': dedicatedInfoNAS,
      ...station.place,
      'RRC-Establishment-Cause': context.cause,
      ...(context.sTmsi && {
        'S-TMSI': { mMEC: bigEndian(context.sTmsi.mmec, 1), 'm-TMSI': bigEndian(context.sTmsi.mTmsi, 4) },
      }),
      ...(mme && {
        'GUMMEI-ID': {
          'pLMN-Identity': encodePlmn(station.options.config.plmn),
          'mME-Group-ID': bigEndian(mme.mmegi, 2),
          'mME-Code': bigEndian(mme.mmec, 1),
        },
      }),
    }),
  );
};

/** A message of a phone on its connection. */
export const dedicated = (station: Station, context: Context, message: RrcMessage<'UL-DCCH'>): void => {
  if (message.rrcConnectionSetupComplete !== undefined)
    startContext(station, context, message.rrcConnectionSetupComplete);
  else if (message.ulInformationTransfer !== undefined) {
    const { dedicatedInfoNAS } = message.ulInformationTransfer.criticalExtensions.dedicatedInfoType;
    if (dedicatedInfoNAS === undefined || context.mmeId === undefined) return;
    context.messages += 1;
    station.toMme(s1ap('UplinkNASTransport', { ...ids(context), 'NAS-PDU': dedicatedInfoNAS, ...station.place }));
  } else if (message.measurementReport !== undefined) measured(station, context, message.measurementReport);
  else if (message.rrcConnectionReconfigurationComplete === undefined || !complete(station, context))
    continueSetup(station, context, message);
};
