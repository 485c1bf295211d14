/** Whole messages out of a stream of octets: TCP keeps no boundaries, the length in each header tells them (RFC 6733, 3). */
import { u24 } from '../../packet/octets.ts';
import { DiameterError } from './error.ts';
import { HEADER_LENGTH } from './message.ts';
import { results } from './result.ts';

/** Octets of a message at most; the largest of ours, a subscription with many access points, has some thousand. */
export const MESSAGE_LIMIT = 65_536;

/** Octets of a header that tell version and length. */
const LENGTH_KNOWN = 4;

/**
 * A function that takes pieces of a stream and gives each message to `onMessage` as soon as it is whole. It never keeps
 * more than one message.
 *
 * @throws {DiameterError} 5011 or 5015 when the stream cannot be Diameter or a message is too long; nothing after that
 *   can be understood, so the connection has to end
 */
export const frameReader = (
  onMessage: (octets: Uint8Array) => void,
  limit = MESSAGE_LIMIT,
): ((piece: Uint8Array) => void) => {
  const header = new Uint8Array(LENGTH_KNOWN);
  /** The message that is being filled; undefined while not even its length is known. */
  let message: Uint8Array | undefined;
  let filled = 0;
  return (piece) => {
    for (let at = 0; at < piece.length;) {
      const target: Uint8Array = message ?? header;
      const part = piece.subarray(at, at + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < target.length) return;
      if (message === undefined) {
        message = begin(header, limit);
      } else {
        filled = 0;
        message = undefined;
        onMessage(target);
      }
    }
  };
};

/** Memory for the message that begins with these four octets. */
const begin = (header: Uint8Array, limit: number): Uint8Array => {
  const length = u24(header, 1);
  if (header[0] !== 1) throw new DiameterError(results.DIAMETER_UNSUPPORTED_VERSION, `version ${header[0] ?? 0}`);
  if (length < HEADER_LENGTH || length % 4 !== 0 || length > limit)
    throw new DiameterError(results.DIAMETER_INVALID_MESSAGE_LENGTH, `length ${length}, at most ${limit}`);
  const message = new Uint8Array(length);
  message.set(header);
  return message;
};
