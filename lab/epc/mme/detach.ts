/** Detach (3GPP TS 23.401, 5.3.8; TS 24.301, 5.5.2): the phone leaves, or the network shows it the door. */
import type { DetachType } from '../../../src/signalling/nas/capability.ts';
import type { MessageOf } from '../../../src/signalling/nas/message.ts';
import type { Connection } from './connection.ts';
import type { Core } from './core.ts';
import type { Phone } from './phone.ts';
import { Aborted, Procedure } from './procedure.ts';
import { releaseConnection } from './release.ts';
import { deleteSession } from './session.ts';

/** Detach type of a network (TS 24.301, 9.9.3.7). */
export const networkDetach = { reattach: 1, stayAway: 2 } as const;

/** Serves a DETACH REQUEST of the phone; a phone that is switched off waits for no answer. */
export const detach = async (
  core: Core,
  connection: Connection,
  { detachType, identity }: MessageOf<'detach-request'>,
): Promise<void> => {
  const known = identity.kind === 'guti' ? core.byGuti(identity.guti) : core.byImsi(identity.digits);
  const phone = connection.phone ?? known;
  if (phone !== undefined) {
    connection.phone = phone;
    const before = phone.connection;
    phone.connection = connection;
    phone.state = 'deregistered';
    if (before !== undefined && before !== connection)
      await releaseConnection(core, before, { radioNetwork: 'radio-connection-with-ue-lost' });
    await deleteSession(core, phone);
    core.ports.log(`EMM: ${phone.imsi} has left`);
  }
  if (!detachType.switchOff) connection.sendNas({ kind: 'detach-accept' });
  await releaseConnection(core, connection, { nas: 'detach' });
};

/**
 * Sends a phone away. An idle phone is forgotten without a word: it learns of it when it next asks for something
 * (implicit detach).
 */
export const sendAway = async (core: Core, phone: Phone, type: DetachType['type']): Promise<void> => {
  const { connection } = phone;
  phone.state = 'deregistered';
  core.ports.log(`EMM: ${phone.imsi} is sent away`);
  if (connection === undefined) return;
  connection.procedure?.abort('the network detaches the phone');
  const procedure = new Procedure('network detach', core.ports.clock);
  connection.procedure = procedure;
  try {
    await procedure.exchange(
      () => connection.sendNas({ kind: 'network-detach-request', detachType: { type, switchOff: false } }),
      core.config.timers.t3422,
      'detach-accept',
    );
  } catch (error) {
    core.ports.log(`EMM: ${phone.imsi}: ${String(error)}`);
    if (error instanceof Aborted) return;
  }
  await releaseConnection(core, connection, { nas: 'detach' });
};
