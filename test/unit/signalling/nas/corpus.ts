/** NAS messages of real phones, from S1AP messages that were captured; empty where the captures are not at hand. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Direction } from '../../../../src/signalling/nas/message.ts';

const folder = path.resolve(import.meta.dirname, '../../../../../shared/corpus/mobile');

/** Why tests of the captured messages are skipped; false when they are not. */
export const corpusMissing: false | string = existsSync(folder)
  ? false
  : 'the captured messages (shared/corpus/mobile beside the project) are not here: nothing to compare with';

const read = (name: string): unknown =>
  corpusMissing === false ? (JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as unknown) : undefined;

interface S1apMessage {
  readonly outcome: string;
  readonly procedure: string;
  readonly from: readonly string[];
  readonly hex: string;
}

export interface Captured {
  readonly octets: Uint8Array;
  readonly direction: Direction;
}

const directions: Readonly<Record<string, Direction>> = {
  initialUEMessage: 'uplink',
  uplinkNASTransport: 'uplink',
  downlinkNASTransport: 'downlink',
  InitialContextSetup: 'downlink',
};

/** The octets behind a length determinant of aligned PER (X.691, 11.9), and where they begin. */
const counted = (octets: Uint8Array, at: number): { start: number; end: number } => {
  const [first = 0, second = 0] = octets.subarray(at);
  const [start, length] = first < 0x80 ? [at + 1, first] : [at + 2, ((first & 0x3f) << 8) | second];
  return { start, end: start + length };
};

/** The element NAS-PDU (identifier 26, criticality reject) of a message, or the one inside a bearer to be set up. */
const nasOf = (octets: Uint8Array): Uint8Array | undefined => {
  for (let at = 0; at + 5 < octets.length; at += 1) {
    if (octets[at] === 0 && octets[at + 1] === 0x1a && octets[at + 2] === 0) {
      const element = counted(octets, at + 3);
      const nas = counted(octets, element.start);
      if (nas.end === element.end && nas.end <= octets.length) return octets.subarray(nas.start, nas.end);
    }
    // Ciphered with EEA0, as all of these are, an ATTACH ACCEPT is known by its type.
    const accept = octets[at + 7] === 0x07 && octets[at + 8] === 0x42;
    for (const width of [1, 2]) {
      const nas = counted(octets, at + 1 - width);
      if (accept && octets[at + 1] === 0x27 && nas.start === at + 1 && nas.end <= octets.length)
        return octets.subarray(nas.start, nas.end);
    }
  }
  return undefined;
};

/** Every distinct NAS message of the captures, in their order. */
export const capturedNas = (from = ''): readonly Captured[] => {
  const { messages = [] } = (read('s1ap.json') ?? {}) as { messages?: readonly S1apMessage[] };
  return messages.flatMap(({ outcome, procedure, from: files, hex }) => {
    const direction = outcome === 'initiatingMessage' ? directions[procedure] : undefined;
    const octets = direction === undefined ? undefined : nasOf(Uint8Array.from(Buffer.from(hex, 'hex')));
    const wanted = files.some((file) => file.includes(from));
    return direction === undefined || octets === undefined || !wanted ? [] : [{ octets, direction }];
  });
};

/** One attach with its secrets, as other implementations computed it. */
export interface Dialogue {
  readonly k: string;
  readonly opc: string;
  readonly plmn: string;
  readonly rand: string;
  readonly autn: string;
  readonly xres: string;
  readonly kasme: string;
  readonly nas: readonly { readonly name: string; readonly direction: 0 | 1; readonly pdu: string }[];
}

export const dialogue = (): Dialogue | undefined =>
  (read('vectors.json') as { readonly dialogue: Dialogue } | undefined)?.dialogue;
