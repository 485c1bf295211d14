/** Labs need root: namespaces, capture and raw sockets are its privilege (namespaces(7), packet(7)). */
import { XiyouError } from '../errors.ts';

/** Throws unless this process is root. */
export const requireRoot = (): void => {
  if (process.getuid?.() === 0) return;
  throw new XiyouError('not-root', 'this needs root', {
    hint: 'run it with sudo; validate, plan and graph work without',
  });
};
