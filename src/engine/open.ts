/** Opens a lab that is up, for verbs that look at it or run things in it. */
import { Lab } from './lab.ts';
import { requireRoot } from './root.ts';
import { findLab } from './state.ts';

/** Runs `work` with the lab and lets go of it afterwards. */
export const withLab = async <T>(name: string | undefined, work: (lab: Lab) => Promise<T> | T): Promise<T> => {
  requireRoot();
  const { paths, state } = findLab(name);
  const lab = new Lab(paths, state);
  try {
    return await work(lab);
  } finally {
    lab.close();
  }
};
