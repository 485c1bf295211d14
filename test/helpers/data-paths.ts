/** The data paths that a test of the user plane can be run with on this machine. */
import { compiledObject } from '../../lab/gtp/bpf/compile.ts';
import type { DataPathKind } from '../../lab/gtp/data-path.ts';

/** Why there is no bpf here: no clang, and no object that clang has made; undefined when there is. */
export const withoutBpf: string | undefined = await compiledObject().then(
  () => undefined,
  (error: unknown) => (error instanceof Error ? error.message : String(error)),
);

/** A kernel that refuses the programs is no reason to leave bpf out: the tests shall tell of it. */
export const dataPaths: readonly DataPathKind['kind'][] = withoutBpf === undefined ? ['threads', 'bpf'] : ['threads'];
