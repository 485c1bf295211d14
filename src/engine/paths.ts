/** Where a lab's run directory keeps what: /run/xiyou/<lab>/… Everything in it belongs to the lab and goes with it. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's directory: the daemons of lab/ are started from here. */
export const projectDirectory = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Node's compile cache (NODE_COMPILE_CACHE): commands and daemons of lab/ share what types were stripped from once. */
export const compileCache = path.join(projectDirectory, 'node_modules/.cache/xiyou');

/** One directory per lab. It is world-readable, for daemons that give up root read their files below it. */
export const runRoot = '/run/xiyou';

export interface LabPaths {
  readonly lab: string;
  readonly directory: string;
  readonly state: string;
  readonly records: string;
  readonly events: string;
  readonly hosts: string;
  readonly keeperLog: string;
  readonly pki: string;
  /** Outside of `directory`, which is mounted and unmounted under the lock's protection. */
  readonly lock: string;
}

export const labPaths = (lab: string): LabPaths => {
  const directory = path.join(runRoot, lab);
  return {
    lab,
    directory,
    state: path.join(directory, 'state.json'),
    records: path.join(directory, 'records.ndjson'),
    events: path.join(directory, 'events.ndjson'),
    hosts: path.join(directory, 'hosts'),
    keeperLog: path.join(directory, 'keeper.log'),
    pki: path.join(directory, 'pki'),
    lock: path.join(runRoot, `${lab}.lock`),
  };
};

/** A node's own files: root/ is laid over the machine's directories, log/ is its /var/log. */
export const nodeDirectory = (paths: LabPaths, node: string): string => path.join(paths.directory, 'nodes', node);
