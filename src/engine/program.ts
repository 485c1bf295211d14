/**
 * Commands of ours inside nodes. A file with the content `@program @lab/epc/ue-command.ts` becomes a small script that
 * runs this program with the Node that runs the lab: people in the node find it on their PATH like any other command.
 */
import path from 'node:path';
import { compileCache, projectDirectory } from './paths.ts';

/** Where nodes have such commands (FHS, 3.13: /opt/<package>/bin). */
export const programDirectory = '/opt/xiyou/bin';

const placeholder = /^@program @lab\/([\w./-]+)$/u;

/** A word for sh(1), whatever is in it. */
const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** The script that a placeholder stands for; any other content as it is. */
export const programContent = (content: string): string => {
  const program = placeholder.exec(content)?.[1];
  if (program === undefined) return content;
  const words = [process.execPath, path.join(projectDirectory, 'lab', program)].map(quoted).join(' ');
  return `#!/bin/sh\nNODE_COMPILE_CACHE=${quoted(compileCache)} exec ${words} "$@"\n`;
};
