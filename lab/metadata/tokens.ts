/** Tokens: who has one has been able to send a PUT with a header of its own, which a deceived web server seldom is. */
import { randomBytes } from 'node:crypto';

/** Six hours, the longest that EC2 gives a token for, in seconds. */
const LONGEST = 21_600;
/** Tokens of one machine at a time; of more, the oldest is forgotten. */
const MOST = 256;

export class Tokens {
  readonly #now: () => number;
  /** Who -> token -> when it ends, in milliseconds; the oldest first. */
  readonly #given = new Map<string, Map<string, number>>();
  /** @param now milliseconds of a clock that only goes forward */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A new token, or undefined where nobody gets one for so many seconds. */
  give(who: string, seconds: number): string | undefined {
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > LONGEST) return undefined;
    const own = this.#given.get(who) ?? new Map<string, number>();
    this.#given.set(who, own);
    const token = randomBytes(42).toString('base64url');
    own.set(token, this.#now() + seconds * 1000);
    const [oldest] = own.keys();
    if (own.size > MOST && oldest !== undefined) own.delete(oldest);
    return token;
  }

  /** Whether it was given to this machine and has not ended. */
  valid(who: string, token: string): boolean {
    const own = this.#given.get(who);
    const ends = own?.get(token);
    if (ends === undefined) return false;
    if (ends > this.#now()) return true;
    own?.delete(token);
    return false;
  }
}
