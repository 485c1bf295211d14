/**
 * The check of every capture of the LTE core: Wireshark finds nothing malformed, has nothing to remark (PI_NOTE and
 * above), and every checksum of SCTP is right. What it may remark all the same is named where it is, with the reason.
 */
import { tsharkFields } from './tshark.ts';
import { OPAQUE_PORT } from './pcap.ts';

/** Severities of <epan/proto.h>: PI_NOTE and above are notes, warnings and errors; below there is only chat. */
export const severities = { note: 0x40_0000, warning: 0x60_0000, error: 0x80_0000 } as const;

/** A remark that is no fault, and why. */
export interface Allowance {
  /** A part of Wireshark's text. */
  readonly remark: string;
  readonly because: string;
}

/** Both ends of a line are in the capture, so Wireshark takes the second sight of a packet for a repetition. */
export const bothEnds: Allowance = { remark: 'Retransmitted TSN', because: 'both ends of the line were captured' };
export const traceroute: Allowance = { remark: '"Time To Live" only', because: 'traceroute sends such packets' };
/** Holds for every capture. */
const always: readonly Allowance[] = [
  { remark: 'connection closing', because: 'a TCP connection that ends has a FIN in either direction' },
  // The TCP in these captures is the kernel's: what it repeats when the machine is busy is not ours to judge.
  { remark: 'D-SACK Sequence', because: 'the kernel sent a segment again that had arrived, and was told so' },
  { remark: '(suspected)', because: 'the kernel sent a segment again, or two in another order' },
  { remark: 'Duplicate ACK', because: 'the kernel acknowledged a repeated segment' },
];

const fields = ['frame.number', 'frame.protocols', '_ws.expert.severity', '_ws.expert.message', '_ws.col.Info'];

/**
 * What is wrong with a capture, a line for each frame: empty when it is clean.
 *
 * @param allowances remarks that have nothing to say here; a frame that is malformed is never allowed
 */
export const remarksOn = async (file: string, allowances: readonly Allowance[] = []): Promise<string[]> => {
  // `CRC 32c` is how tshark 4.0 spells the value; it takes another spelling without a word, and checks nothing.
  const argv = ['-o', 'sctp.checksum:CRC 32c', '-d', `tcp.port==${OPAQUE_PORT},data`];
  const malformed = '_ws.malformed || sctp.checksum.status == 0';
  const [broken, remarked] = await Promise.all([
    tsharkFields(file, [...fields, 'sctp.checksum.status'], { argv, filter: malformed }),
    tsharkFields(file, fields, { argv, filter: `_ws.expert.severity >= ${severities.note}` }),
  ]);
  const isAllowed = (remark: string): boolean =>
    [...always, ...allowances].some((allowance) => remark.includes(allowance.remark));
  const unwanted = remarked.filter((row) => {
    const [levels = [], remarks = []] = [row['_ws.expert.severity'], row['_ws.expert.message']];
    return remarks.some((remark, index) => Number(levels[index]) >= severities.note && !isAllowed(remark));
  });
  const lines = [...broken, ...unwanted].map((row) => fields.map((field) => row[field]?.join(', ')).join(' | '));
  return [...new Set(lines)];
};
