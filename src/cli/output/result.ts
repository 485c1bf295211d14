/** A verb's result: on standard output, or in a file that was asked for. */
import { writeFileSync } from 'node:fs';

export const writeResult = (text: string, file?: string): void => {
  if (file === undefined) process.stdout.write(text);
  else {
    writeFileSync(file, text);
    process.stderr.write(`wrote ${file}\n`);
  }
};
