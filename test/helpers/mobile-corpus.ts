/** Signalling messages of real networks, where they are at hand: they are no part of the project. */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../../shared/corpus/mobile');

/** Why tests of captured messages are skipped; undefined when they are here. */
export const mobileCorpusMissing = existsSync(folder)
  ? undefined
  : 'captured messages of mobile networks (../shared/corpus/mobile) are not here: nothing to read';

export interface CorpusMessage {
  readonly name: string;
  readonly octets: Uint8Array;
}

/** The messages of one file, such as `gtpv2.json`; none when the corpus is not here. */
export const mobileCorpus = (file: string): CorpusMessage[] => {
  if (mobileCorpusMissing !== undefined) return [];
  const { messages } = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as {
    messages: readonly { readonly name: string; readonly hex: string }[];
  };
  return messages.map(({ name, hex }) => ({ name, octets: Uint8Array.from(Buffer.from(hex, 'hex')) }));
};
