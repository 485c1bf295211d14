/** The end of a bearer whose tunnel the SGW does not know, as after its restart. */
import type { RejectedTunnel } from '../../gtp/message.ts';
import { type Cause, s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Context } from './context.ts';
import { failSetup } from './context-setup.ts';
import * as order from './orders.ts';
import { ids, type Station } from './station.ts';

const bearerLost = (station: Station, context: Context, ebi: number): void => {
  const cause: Cause = { transport: 'transport-resource-unavailable' };
  if (context.setup !== undefined) {
    failSetup(station, context, cause);
    return;
  }
  station.removeBearer(context, ebi);
  station.toPhone(context, order.reconfiguration({ released: [ebi], nas: [] }));
  station.toMme(s1ap('E-RABReleaseIndication', { ...ids(context), 'E-RABReleasedList': [{ 'e-RAB-ID': ebi, cause }] }));
};

/** The SGW does not know a tunnel (TS 29.281, 7.3.1): its bearer is no more, and the MME is told (TS 36.413, 8.2.3.3). */
export const tunnelLost = (station: Station, { teid, peer }: RejectedTunnel): void => {
  for (const context of [...station.contexts.values()])
    for (const { ebi, teidOut, peer: gateway } of [...context.bearers.values()])
      if (teidOut === teid && gateway === peer) bearerLost(station, context, ebi);
};
