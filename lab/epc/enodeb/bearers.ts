/** E-RABs (3GPP TS 36.413, 8.2): each is a tunnel to the SGW and a data radio bearer to the phone. */
import { bigEndian } from '../../../src/signalling/octets.ts';
import {
  type ElementValue,
  type MessageName,
  s1ap,
  type S1apMessage,
  transportLayerAddress,
} from '../../../src/signalling/s1ap/s1ap.ts';
import { type Bearer, type Context, type Packets, wanted, type Wanted } from './context.ts';
import * as order from './orders.ts';
import { ids, type Station } from './station.ts';

/**
 * @param learntFrom the message that wants the bearer
 * @param promised of a bearer that a handover brings: the own TEID, and the packets that it has carried elsewhere
 */
export const installBearer = (
  station: Station,
  context: Context,
  { ebi, qci, teidOut, peer }: Wanted,
  learntFrom: MessageName,
  promised?: { readonly teidIn: number; readonly base: Packets | undefined },
): boolean => {
  if (context.phone === undefined) return false;
  station.removeBearer(context, ebi);
  const teidIn = promised?.teidIn ?? station.takeTeid();
  const base = promised?.base ?? { up: 0, down: 0 };
  const handle = station.options.userPlane.install(context.phone, { teidIn, teidOut, peer });
  if (handle === undefined) return false;
  context.bearers.set(ebi, { ebi, qci, teidIn, teidOut, peer, learntFrom, base, handle });
  return true;
};

/** The own end of a bearer's tunnel, for the MME. */
export const tunnelOf = (
  station: Station,
  { ebi, teidIn }: Bearer,
): ElementValue<'E-RABSetupListCtxtSURes'>[number] => ({
  'e-RAB-ID': ebi,
  transportLayerAddress: transportLayerAddress(station.options.config.s1u.local),
  'gTP-TEID': bigEndian(teidIn, 4),
});

/** A list of E-RABs that something could not be done with; undefined instead of an empty one. */
export const refusals = (
  ebis: readonly number[],
  cause: 'radio-resources-not-available' | 'unknown-E-RAB-ID' = 'radio-resources-not-available',
): ElementValue<'E-RABFailedToReleaseList'> | undefined =>
  ebis.length === 0 ? undefined : ebis.map((ebi) => ({ 'e-RAB-ID': ebi, cause: { radioNetwork: cause } }));

export const addBearers = (
  station: Station,
  context: Context,
  { name, ies }: S1apMessage<'E-RABSetupRequest'>,
): void => {
  const asked = ies['E-RABToBeSetupListBearerSUReq'];
  const items = asked.map(wanted);
  const done = items.flatMap((item) =>
    item !== undefined && installBearer(station, context, item, name) ? [item] : [],
  );
  const added = done.map(({ ebi }) => ebi);
  if (done.length > 0)
    station.toPhone(context, order.reconfiguration({ added, nas: done.flatMap((bearer) => bearer.nas ?? []) }));
  const made = added.flatMap((ebi) => context.bearers.get(ebi) ?? []).map((bearer) => tunnelOf(station, bearer));
  station.toMme(
    s1ap('E-RABSetupResponse', {
      ...ids(context),
      'E-RABSetupListBearerSURes': made.length === 0 ? undefined : made,
      'E-RABFailedToSetupListBearerSURes': refusals(
        asked.map((item) => item['e-RAB-ID']).filter((ebi) => !added.includes(ebi)),
      ),
    }),
  );
};

export const releaseBearers = (
  station: Station,
  context: Context,
  { ies }: S1apMessage<'E-RABReleaseCommand'>,
): void => {
  const asked = ies['E-RABToBeReleasedList'].map((item) => item['e-RAB-ID']);
  const released = asked.filter((ebi) => station.removeBearer(context, ebi));
  const nas = ies['NAS-PDU'];
  if (released.length > 0 || nas !== undefined)
    station.toPhone(context, order.reconfiguration({ released, nas: nas === undefined ? [] : [nas] }));
  station.toMme(
    s1ap('E-RABReleaseResponse', {
      ...ids(context),
      'E-RABReleaseListBearerRelComp': released.length === 0 ? undefined : released.map((ebi) => ({ 'e-RAB-ID': ebi })),
      'E-RABFailedToReleaseList': refusals(
        asked.filter((ebi) => !released.includes(ebi)),
        'unknown-E-RAB-ID',
      ),
    }),
  );
};
