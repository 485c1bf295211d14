/**
 * The set-up of a context (3GPP TS 36.413, 8.3.1): the phone tells what its radio can do, security is activated, the
 * bearers are set up, each step after the answer of the phone to the one before.
 */
import type { Cause, S1apMessage } from '../../../src/signalling/s1ap/s1ap.ts';
import { s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import { installBearer, refusals, tunnelOf } from './bearers.ts';
import { type Context, type Setup, wanted } from './context.ts';
import { watch } from './inactivity.ts';
import * as order from './orders.ts';
import type { RrcMessage } from '../../../src/signalling/rrc/rrc.ts';
import { ids, lost, type Station } from './station.ts';

/** Milliseconds that a phone has for the whole set-up of its context (TS 36.413 leaves it open). */
export const SETUP_LIMIT = 5000;

/** 128-EIA2 before 128-EIA1: the first bits of the mask are EIA1, EIA2. */
export const integrityAlgorithm = (mask: unknown): 'eia1' | 'eia2' | undefined => {
  const bits = typeof mask === 'number' ? mask : 0;
  if ((bits & 0x4000) !== 0) return 'eia2';
  return (bits & 0x8000) === 0 ? undefined : 'eia1';
};

export const setUpContext = (
  station: Station,
  context: Context,
  { ies }: S1apMessage<'InitialContextSetupRequest'>,
): void => {
  context.setup?.cancel();
  const cancel = station.options.clock.after(SETUP_LIMIT, () => failSetup(station, context, lost));
  const setup: Setup = { request: ies, step: 'capability', cancel };
  if (ies.UERadioCapability === undefined) {
    context.setup = setup;
    station.toPhone(context, order.capabilityEnquiry());
  } else secure(station, context, setup);
};

/** Takes an answer of the phone that the set-up waits for; false when the message is none. */
export const continueSetup = (station: Station, context: Context, message: RrcMessage<'UL-DCCH'>): boolean => {
  const { setup } = context;
  if (setup === undefined) return false;
  if (message.ueCapabilityInformation !== undefined && setup.step === 'capability') {
    const UERadioCapability = order.radioCapability(message.ueCapabilityInformation);
    station.toMme(s1ap('UECapabilityInfoIndication', { ...ids(context), UERadioCapability }));
    secure(station, context, setup);
  } else if (message.securityModeComplete !== undefined && setup.step === 'security')
    reconfigure(station, context, setup);
  else if (message.securityModeFailure !== undefined && setup.step === 'security')
    failSetup(station, context, { radioNetwork: 'failure-in-radio-interface-procedure' });
  else if (message.rrcConnectionReconfigurationComplete !== undefined && setup.step === 'reconfiguration')
    finish(station, context, setup);
  else return false;
  return true;
};

const secure = (station: Station, context: Context, setup: Setup): void => {
  const algorithm = integrityAlgorithm(setup.request.UESecurityCapabilities.integrityProtectionAlgorithms);
  context.setup = { ...setup, step: 'security' };
  if (algorithm === undefined)
    failSetup(station, context, {
      radioNetwork: 'encryption-and-or-integrity-protection-algorithms-not-supported',
    });
  else station.toPhone(context, order.securityMode(algorithm));
};

const reconfigure = (station: Station, context: Context, setup: Setup): void => {
  const items = setup.request['E-RABToBeSetupListCtxtSUReq'].map(wanted);
  const by = 'InitialContextSetupRequest';
  const bearers = items.flatMap((item) =>
    item !== undefined && installBearer(station, context, item, by) ? [item] : [],
  );
  if (bearers.length === 0) {
    failSetup(station, context, { radioNetwork: 'radio-resources-not-available' });
    return;
  }
  context.setup = { ...setup, step: 'reconfiguration' };
  const nas = bearers.flatMap((bearer) => bearer.nas ?? []);
  station.toPhone(context, order.reconfiguration({ added: bearers.map(({ ebi }) => ebi), nas, first: true }));
};

const finish = (station: Station, context: Context, setup: Setup): void => {
  setup.cancel();
  context.setup = undefined;
  watch(station, context);
  const asked = setup.request['E-RABToBeSetupListCtxtSUReq'].map((item) => item['e-RAB-ID']);
  const missing = asked.filter((ebi) => !context.bearers.has(ebi));
  station.toMme(
    s1ap('InitialContextSetupResponse', {
      ...ids(context),
      'E-RABSetupListCtxtSURes': [...context.bearers.values()].map((bearer) => tunnelOf(station, bearer)),
      'E-RABFailedToSetupListCtxtSURes': refusals(missing),
    }),
  );
};

/** The set-up has come to nothing; the MME decides what becomes of the connection. */
export const failSetup = (station: Station, context: Context, cause: Cause): void => {
  context.setup?.cancel();
  context.setup = undefined;
  station.removeBearers(context);
  if (context.mmeId !== undefined) station.toMme(s1ap('InitialContextSetupFailure', { ...ids(context), Cause: cause }));
};
