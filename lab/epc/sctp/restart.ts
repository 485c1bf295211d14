/**
 * INIT and COOKIE ECHO of a peer, for an association that there is already or that the cookie makes (RFC 9260, 5.1, D and
 * 5.2): both sides may have begun at once, a packet may have come twice, or the peer has forgotten the association and
 * begins anew - then this side forgets as well, and tells its user.
 */
import type { InitChunk, Packet } from '../../../src/signalling/sctp/chunk.ts';
import { causes } from '../../../src/signalling/sctp/tlv.ts';
import type { Cookie } from './cookie.ts';
import type { Core } from './core.ts';
import { receive } from './dispatch.ts';
import { established } from './initiate.ts';
import { Path } from './path.ts';
import * as setup from './setup.ts';
import { close } from './shutdown.ts';

/** An INIT for an association that exists: both sides begin at once, or the peer begins anew (5.2.1, 5.2.2). */
export const receiveInit = (core: Core, init: InitChunk): void => {
  if (core.state === 'shutdown-ack-sent') {
    core.transmit([{ type: 'shutdownAck' }]);
    return;
  }
  const { clock, parameters, random, bake } = core.around;
  const answer = setup.answerInit(init, {
    now: clock.now(),
    parameters,
    localPort: core.local.port,
    remotePort: core.remote.port,
    // While setting up, the answer repeats the tag of the own INIT; later a new one keeps the old association safe.
    own: core.settingUp ? core.own : { tag: Math.max(1, random()), tsn: random() },
    tie: { local: core.own.tag, remote: core.remoteTag },
    bake,
  });
  core.transmit([answer], init.tag);
};

/** A good cookie, and the packet it was the first chunk of: its COOKIE ACK goes with the answers to the rest. */
export const receiveEcho = (core: Core, cookie: Cookie, packet: Packet): void => {
  core.corked(() => {
    const good = core.state === 'closed' ? establish(core, cookie) : existingCookie(core, cookie);
    if (good) core.transfer?.queue({ type: 'cookieAck' });
    receive(core, packet);
  });
};

/** A cookie for an association that there is already (5.2.4); false when it is not to be acknowledged. */
const existingCookie = (core: Core, cookie: Cookie): boolean => {
  const meaning = setup.cookieMeaning(cookie, core.own.tag, core.remoteTag);
  if (meaning === 'discard') return false;
  if (meaning === 'restart' && core.state === 'shutdown-ack-sent') {
    const error = setup.errorChunk(causes.cookieReceivedWhileShuttingDown, new Uint8Array(0));
    core.transmit([{ type: 'shutdownAck' }, error], cookie.remoteTag);
    return false;
  }
  if (meaning === 'restart') restart(core, cookie);
  else if (core.settingUp) establish(core, cookie);
  else if (meaning === 'collision') core.remoteTag = cookie.remoteTag;
  return true;
};

const establish = (core: Core, cookie: Cookie): true => {
  core.begin(cookie);
  established(core);
  return true;
};

/** The peer begins anew (5.2.4.1): everything that was under way is gone, on a path that is measured anew. */
const restart = (core: Core, cookie: Cookie): void => {
  core.persistence.stop();
  core.guard.stop();
  core.heartbeat.stop();
  core.path = new Path(core.around.parameters);
  core.own = { tag: cookie.localTag, tsn: cookie.localTsn };
  core.begin(cookie);
  core.state = 'established';
  core.heartbeat.start();
  core.restarts += 1;
  core.user.tellRestarted();
  // The peer knows nothing of a shutdown that was under way.
  if (core.isClosing) close(core);
};
