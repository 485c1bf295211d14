/**
 * Files of nodes. A node's own files are kept below nodes/<node>/root, which its machine lays over the real
 * directories; while the machine runs, they are written and read through it, as the node itself would.
 */
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { FileOperation } from '../fragment/operation.ts';
import { XiyouError } from '../errors.ts';
import type { Observation } from '../plan/difference.ts';

/** The number of a user or group, from /etc/passwd or /etc/group (passwd(5), group(5)). */
const idOf = (file: '/etc/passwd' | '/etc/group', name: string): number => {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((candidate) => candidate.startsWith(`${name}:`));
  const id = line?.split(':')[2];
  if (id === undefined)
    throw new XiyouError('machine-lacks', `there is no user or group "${name}" on this machine`, {
      hint: 'run the set-up: npm run setup',
    });
  return Number(id);
};

/** A path inside the node, below `base`; a directory where it ends with a slash. */
export const locate = (base: string, inside: string): string => {
  const target = path.join(base, inside);
  if (!target.startsWith(`${base}/`)) throw new Error(`${inside} leads out of the node`);
  return target;
};

/** Writes a file or makes a directory of a node. `base` is the node's root as seen from here. */
export const writeNodeFile = (base: string, operation: FileOperation, expanded: string): void => {
  const target = locate(base, operation.path);
  if (operation.path.endsWith('/')) mkdirSync(target, { recursive: true });
  else {
    mkdirSync(path.dirname(target), { recursive: true });
    writeFileSync(target, expanded);
  }
  chmodSync(target, operation.mode);
  if (operation.owner === undefined) return;
  const [user = 'root', group = user] = operation.owner.split(':');
  chownSync(target, idOf('/etc/passwd', user), idOf('/etc/group', group));
};

/** Whether a file of a node is as planned. */
export const observeNodeFile = (base: string, operation: FileOperation, expanded: string): Observation => {
  const target = locate(base, operation.path);
  if (!existsSync(target)) return 'absent';
  if (operation.path.endsWith('/')) return statSync(target).isDirectory() ? 'present' : { differs: 'not a directory' };
  return readFileSync(target, 'utf8') === expanded ? 'present' : { differs: 'its content was changed' };
};
