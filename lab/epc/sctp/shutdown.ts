/**
 * Shutting an association down (RFC 9260, 9.2): nothing new is sent, what is outstanding is acknowledged first, and
 * three messages part the two sides.
 */
import { type Core, sendingStates } from './core.ts';
import type { Transfer } from './transfer.ts';

/** T5-shutdown-guard: five times RTO.Max (9.2). */
const GUARD_FACTOR = 5;

/** The user wants an end: at once while there is nothing yet, with a shutdown later. */
export const close = (core: Core): void => {
  core.isClosing = true;
  if (core.settingUp) core.abort('');
  else if (core.state === 'established') {
    core.state = 'shutdown-pending';
    shutDownWhenEmpty(core);
  }
};

/** A SHUTDOWN: it acknowledges data too. */
export const shutdown = (core: Core, cumulative: number, transfer: Transfer): void => {
  if (sendingStates.has(core.state)) {
    core.state = 'shutdown-received';
    transfer.acknowledge({ cumulative });
    acknowledged(core);
  } else if (core.state === 'shutdown-sent') sendShutdownAck(core);
};

/** Something may have been acknowledged: the user may send more, or all is said and done. */
export const acknowledged = (core: Core): void => {
  if (core.isFull && core.buffered <= core.around.parameters.sendBuffer / 2) {
    core.isFull = false;
    core.user.tellDrained();
  }
  shutDownWhenEmpty(core);
};

/** A SHUTDOWN ACK: the last packet goes out. */
export const shutdownAck = (core: Core): void => {
  if (core.state !== 'shutdown-sent' && core.state !== 'shutdown-ack-sent') return;
  core.transmit([{ type: 'shutdownComplete', reflected: false }]);
  core.end({ kind: 'shutdown' }, true);
};

const shutDownWhenEmpty = (core: Core): void => {
  const { transfer } = core;
  if (transfer?.outbound.empty !== true) return;
  if (core.state === 'shutdown-received') sendShutdownAck(core);
  if (core.state !== 'shutdown-pending') return;
  core.state = 'shutdown-sent';
  core.heartbeat.stop();
  core.guard.start(GUARD_FACTOR * core.around.parameters.rtoMax);
  core.persistence.start(() => core.transmit([{ type: 'shutdown', cumulative: transfer.inbound.cumulative }]));
};

const sendShutdownAck = (core: Core): void => {
  core.state = 'shutdown-ack-sent';
  core.heartbeat.stop();
  core.persistence.start(() => core.transmit([{ type: 'shutdownAck' }]));
};
