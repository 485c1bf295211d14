/**
 * Requests that come a second time, because the connection broke before their answer was through: Origin-Host and the
 * end-to-end identifier tell them (RFC 6733, 3). They get the answer of the first copy, and are not served again. The
 * T flag is not asked for it: after a failover the first copy may well come behind the second.
 */
import { type Avp, decodeAvps, encodeAvps } from '../../../src/signalling/diameter/avp.ts';
import { originHost } from '../../../src/signalling/diameter/base-avps.ts';
import { find } from '../../../src/signalling/diameter/definition.ts';
import type { DiameterMessage } from '../../../src/signalling/diameter/message.ts';
import type { Clock } from '../clock.ts';

/** Milliseconds for which an end-to-end identifier belongs to one request of a node (RFC 6733, 3: 4 minutes). */
export const MEMORY = 240_000;

/**
 * Answers remembered at most; of more the oldest are forgotten. Ours: only what was under way when a connection broke comes
 * twice, and that is no more than a gateway asks within one answer's time.
 */
export const MOST_REMEMBERED = 1000;

/** AVPs as they are kept: a text of their octets, which takes far less memory than objects do. */
const pack = (avps: readonly Avp[]): string => Buffer.from(encodeAvps(avps)).toString('latin1');
const unpack = (text: string): readonly Avp[] => decodeAvps(Buffer.from(text, 'latin1'));

/** Serves each request once; `serve` is the application. What throws did nothing, and is tried again. */
export const onceEach = (
  clock: Clock,
  serve: (request: DiameterMessage) => readonly Avp[],
): ((request: DiameterMessage) => readonly Avp[]) => {
  /** In the order in which they came. */
  const answers = new Map<string, { readonly at: number; readonly answer: string }>();
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
    if (known !== undefined && now - known.at < MEMORY) return unpack(known.answer);
    makeRoom(now);
    const answer = serve(request);
    answers.delete(key);
    answers.set(key, { at: now, answer: pack(answer) });
    return answer;
  };
};
