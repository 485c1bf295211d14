/** S1AP messages of real networks; empty where the captures are not at hand. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const file = path.resolve(import.meta.dirname, '../../../../../shared/corpus/mobile/s1ap.json');

/** Why the tests that need them are skipped; false when they are here. */
export const skip = existsSync(file)
  ? false
  : 'the captured messages (shared/corpus/mobile beside the project) are not here: nothing to compare with';

interface Captured {
  readonly hex: string;
  readonly procedure: string;
}

/** Whole messages, as they were in SCTP. */
export const corpus: readonly Uint8Array[] =
  skip === false
    ? (JSON.parse(readFileSync(file, 'utf8')) as { readonly messages: readonly Captured[] }).messages.map(({ hex }) =>
        Uint8Array.from(Buffer.from(hex, 'hex')),
      )
    : [];
