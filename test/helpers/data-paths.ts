/** The data paths that a test of the user plane can be run with on this machine. */
import { compiledObject, NoCompiler } from '../../lab/gtp/bpf/compile.ts';
import type { DataPathKind } from '../../lab/gtp/data-path.ts';

/** Why there is no bpf here, or undefined. A program that does not compile, or that the kernel refuses, is a failure. */
export const withoutBpf: string | undefined = await compiledObject().then(
  () => undefined,
  (error: unknown) => {
    if (error instanceof NoCompiler) return error.message;
    throw error;
  },
);

export const dataPaths: readonly DataPathKind['kind'][] = withoutBpf === undefined ? ['threads', 'bpf'] : ['threads'];
