/**
 * Requests that come a second time, because the connection broke before their answer was through: Origin-Host and the
 * end-to-end identifier tell them (RFC 6733, 3). They get the answer of the first copy, and are not served again. The
 * T flag is not asked for it: after a failover the first copy may well come behind the second.
 */
import type { Avp } from '../../../src/signalling/diameter/avp.ts';
import { originHost } from '../../../src/signalling/diameter/base-avps.ts';
import { find } from '../../../src/signalling/diameter/definition.ts';
import type { DiameterMessage } from '../../../src/signalling/diameter/message.ts';
import type { Clock } from '../clock.ts';
import type { PeerOptions } from './peer-options.ts';

/** Milliseconds for which an end-to-end identifier belongs to one request of a node (RFC 6733, 3: 4 minutes). */
export const MEMORY = 240_000;

/** Answers remembered at most; of more the oldest are forgotten. Ours: bounds what a busy or hostile gateway costs. */
export const MOST_REMEMBERED = 10_000;

type Answer = readonly Avp[] | Promise<readonly Avp[]>;

/** Serves each request once; `serve` is the application. */
export const onceEach = (clock: Clock, serve: (request: DiameterMessage) => Answer): PeerOptions['onRequest'] => {
  /** In the order in which they came. */
  const answers = new Map<string, { readonly at: number; readonly answer: Answer }>();
  /** Forgets what is too old; and one more, when a new one would have no room. */
  const makeRoom = (now: number): void => {
    for (const [key, { at }] of answers) {
      if (now - at < MEMORY && answers.size < MOST_REMEMBERED) return;
      answers.delete(key);
    }
  };
  return (request) => {
    const host = find(request.avps, originHost);
    if (host === undefined) return serve(request);
    const key = `${request.endToEnd} ${host}`;
    const now = clock.now();
    const known = answers.get(key);
    if (known !== undefined && now - known.at < MEMORY) return known.answer;
    makeRoom(now);
    // What throws did nothing, and is told again.
    const answer = serve(request);
    answers.set(key, { at: now, answer });
    return answer;
  };
};
