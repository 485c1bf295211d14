/**
 * What one run of the benchmark owns: a temporary directory and a list of things to take away again. Everything that
 * makes something on the machine first notes how it is undone; the list is worked off backwards at the end, also after
 * an error or Ctrl-C.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

type Undo = () => Promise<unknown>;

export class Workspace {
  readonly directory = mkdtempSync(path.join(tmpdir(), 'xiyou-bench-'));
  readonly #interrupt = new AbortController();
  readonly #undos = new Set<Undo>();
  readonly #stop = (): void => this.#interrupt.abort(new Error('interrupted'));
  constructor() {
    process.on('SIGINT', this.#stop).on('SIGTERM', this.#stop);
  }

  /** Aborts when the person at the terminal wants to stop. */
  get signal(): AbortSignal {
    return this.#interrupt.signal;
  }

  file(name: string): string {
    return path.join(this.directory, name);
  }

  /** Notes what has to be undone; the answer forgets it, for when it has been. */
  willUndo(undo: Undo): () => void {
    this.#undos.add(undo);
    return () => this.#undos.delete(undo);
  }

  /** Undoes what is left, the last first; tells of what failed and goes on. */
  async close(): Promise<void> {
    for (const undo of [...this.#undos].reverse()) {
      await undo().catch((error: unknown) => process.stderr.write(`bench: could not clean up: ${String(error)}\n`));
    }
    process.off('SIGINT', this.#stop).off('SIGTERM', this.#stop);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
