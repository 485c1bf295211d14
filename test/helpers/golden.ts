/** Golden files: text that a reviewer reads as a diff. `npm run golden` writes them anew. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../golden');

/** What the golden file holds, after writing it where asked to or where there is none yet outside of CI. */
export const golden = (name: string, actual: string): string => {
  const file = path.join(root, name);
  const text = actual.endsWith('\n') ? actual : `${actual}\n`;
  if (process.env['XIYOU_GOLDEN'] === 'write' || (!existsSync(file) && process.env['CI'] === undefined)) {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  return existsSync(file) ? readFileSync(file, 'utf8') : `no golden file ${name}; make it with: npm run golden\n`;
};

/** `actual` as golden files hold it. */
export const text = (actual: string): string => (actual.endsWith('\n') ? actual : `${actual}\n`);
