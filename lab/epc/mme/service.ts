/**
 * A phone that the MME knows comes back from idle (3GPP TS 23.401, 5.3.4), or tells where it is (5.3.3): SERVICE REQUEST
 * and TRACKING AREA UPDATE REQUEST. Both are believed only when their protection is right.
 */
import { emmCause, type EmmCauseName } from '../../../src/signalling/nas/cause.ts';
import type { MessageOf } from '../../../src/signalling/nas/message.ts';
import { updateResult } from '../../../src/signalling/nas/tracking.ts';
import type { Connection } from './connection.ts';
import { requestContext, tunnelOf } from './context-setup.ts';
import type { Core } from './core.ts';
import { areasFor } from './paging.ts';
import type { Phone } from './phone.ts';
import { Aborted, type Procedure } from './procedure.ts';
import { releaseConnection } from './release.ts';
import { connectBearer } from './session.ts';

/** The connection is now that of the phone, with the keys that it has. */
export const adopt = (core: Core, connection: Connection, phone: Phone): void => {
  const before = phone.connection;
  connection.phone = phone;
  connection.security = phone.security;
  phone.connection = connection;
  if (before !== undefined && before !== connection)
    void releaseConnection(core, before, { radioNetwork: 'radio-connection-with-ue-lost' });
};

/** Gives a phone that was idle its bearer again; never throws. */
export const serve = async (
  core: Core,
  connection: Connection,
  procedure: Procedure,
  phone: Phone,
  uplinkCount: number,
): Promise<void> => {
  try {
    const { pdn } = phone;
    if (pdn === undefined || phone.state !== 'registered') {
      await refuse(core, connection, 'Implicitly detached');
      return;
    }
    adopt(core, connection, phone);
    const names = ['InitialContextSetupResponse', 'InitialContextSetupFailure'] as const;
    const answer = procedure.s1ap(core.config.timers.s1, ...names);
    requestContext(connection, phone, pdn, uplinkCount);
    const enodeb = tunnelOf(await answer, pdn.ebi);
    await procedure.during(connectBearer(core, connection, pdn, enodeb));
    core.ports.log(`EMM: ${phone.imsi} is connected again`);
  } catch (error) {
    core.ports.log(`EMM: ${connection.who}: ${String(error)}`);
    if (!(error instanceof Aborted)) await releaseConnection(core, connection, { nas: 'unspecified' });
  } finally {
    if (connection.procedure === procedure) connection.procedure = undefined;
  }
};

/** Refuses a phone that is not known: it attaches anew (TS 24.301, 5.6.1.5). */
export const refuse = async (core: Core, connection: Connection, cause: EmmCauseName): Promise<void> => {
  connection.sendNas({ kind: 'service-reject', cause: emmCause[cause] });
  await releaseConnection(core, connection, { nas: 'normal-release' });
};

/** Answers a TRACKING AREA UPDATE REQUEST. */
export const update = async (
  core: Core,
  connection: Connection,
  { identity }: MessageOf<'tracking-area-update-request'>,
  count: number | undefined,
): Promise<void> => {
  const phone = connection.phone ?? (identity.kind === 'guti' ? core.byGuti(identity.guti) : undefined);
  if (phone?.state !== 'registered' || count === undefined) {
    const cause = phone === undefined ? 'UE identity cannot be derived by the network' : 'Implicitly detached';
    connection.sendNas({ kind: 'tracking-area-update-reject', cause: emmCause[cause] });
    await releaseConnection(core, connection, { nas: 'normal-release' });
    return;
  }
  const wasIdle = phone.connection !== connection;
  adopt(core, connection, phone);
  phone.areas = areasFor(core, connection);
  connection.sendNas({
    kind: 'tracking-area-update-accept',
    updateResult: updateResult.ta,
    taiList: [{ type: 0, tais: phone.areas }],
  });
  // A phone that was idle only tells where it is.
  if (wasIdle) await releaseConnection(core, connection, { nas: 'normal-release' });
};
