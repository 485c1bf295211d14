/** Whole PDUs out of a stream of octets: TCP keeps no boundaries, the length in each header tells them (RFC 8210, 5). */
import { u32 } from '../../packet/octets.ts';
import { errorCodes, RtrError } from './error.ts';
import { HEADER_LENGTH } from './pdu.ts';

/** Octets of a PDU at most. An Error Report with a PDU and a text in it is the longest; it has some hundred. */
export const PDU_LIMIT = 65_536;

/**
 * A function that takes pieces of a stream and gives each PDU to `onPdu` as soon as it is whole. It never keeps more
 * than one.
 *
 * @throws {RtrError} when a length cannot be that of a PDU; nothing after that can be understood
 */
export const pduReader = (onPdu: (octets: Uint8Array) => void, limit = PDU_LIMIT): ((piece: Uint8Array) => void) => {
  const header = new Uint8Array(HEADER_LENGTH);
  /** The PDU that is being filled; undefined while not even its length is known. */
  let pdu: Uint8Array | undefined;
  let filled = 0;
  return (piece) => {
    for (let at = 0; at < piece.length;) {
      const target = pdu ?? header;
      const part = piece.subarray(at, at + target.length - filled);
      target.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < target.length) return;
      if (pdu === undefined) {
        const length = u32(header, 4);
        if (length < HEADER_LENGTH || length > limit)
          throw new RtrError(errorCodes.corrupt, `a PDU of ${length} octets`, header.slice());
        pdu = new Uint8Array(length);
        pdu.set(header);
        if (length > HEADER_LENGTH) continue;
      }
      const whole = pdu;
      pdu = undefined;
      filled = 0;
      onPdu(whole);
    }
  };
};
