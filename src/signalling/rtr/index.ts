/** The RPKI-to-router protocol: PDUs, how a stream is cut into them, and what can be wrong. */
export { errorCodes, RtrError } from './error.ts';
export { PDU_LIMIT, pduReader } from './framing.ts';
export {
  decodePdu,
  encodePdu,
  HEADER_LENGTH,
  type Intervals,
  isErrorReport,
  type Payload,
  type Pdu,
  type RtrVersion,
  versions,
} from './pdu.ts';
