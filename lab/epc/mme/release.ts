/** The end of a signalling connection (3GPP TS 23.401, 5.3.5; TS 36.413, 8.3.3), by agreement or because it is lost. */
import { type Cause, s1ap } from '../../../src/signalling/s1ap/s1ap.ts';
import type { Connection } from './connection.ts';
import type { Core } from './core.ts';
import { Procedure } from './procedure.ts';
import { idleBearer } from './session.ts';

/** The connection is no more; the phone is idle. */
export const dropConnection = (core: Core, connection: Connection, reason: string): void => {
  connection.procedure?.abort(reason);
  connection.procedure = undefined;
  if (!connection.enodeb.connections.delete(connection.mmeId)) return;
  core.connectionIds.release(connection.mmeId);
  const { phone } = connection;
  if (phone?.connection !== connection) return;
  phone.connection = undefined;
  phone.tai = connection.place.tai;
  phone.cell = connection.place.cell;
};

/** Asks the eNodeB to forget the phone, and forgets the connection whatever it says. */
export const releaseConnection = async (core: Core, connection: Connection, cause: Cause): Promise<void> => {
  connection.procedure?.abort('the connection is released');
  const procedure = new Procedure('release', core.ports.clock);
  connection.procedure = procedure;
  const complete = procedure.s1ap(core.config.timers.s1, 'UEContextReleaseComplete');
  connection.send(
    s1ap('UEContextReleaseCommand', {
      'UE-S1AP-IDs':
        connection.enbId === undefined
          ? { 'mME-UE-S1AP-ID': connection.mmeId }
          : { 'uE-S1AP-ID-pair': { 'mME-UE-S1AP-ID': connection.mmeId, 'eNB-UE-S1AP-ID': connection.enbId } },
      Cause: cause,
    }),
  );
  // A second release, or the loss of the association, ends the waiting as well.
  await complete.catch(() => undefined);
  dropConnection(core, connection, 'released');
};

/** A connection is lost, or the eNodeB wants it gone: the session stays, its packets wait at the SGW. */
export const loseConnection = async (core: Core, connection: Connection, reason: string): Promise<void> => {
  const { phone } = connection;
  const wasCurrent = phone?.connection === connection;
  dropConnection(core, connection, reason);
  if (phone !== undefined && wasCurrent) await idleBearer(core, phone);
};
