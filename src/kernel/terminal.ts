/**
 * A terminal in a node: a process on a pseudo-terminal, for `exec -t` and for the page's consoles. The only file that
 * uses node-pty, which it loads when the first terminal is opened. node-pty makes a thread per process, which a thread
 * inside another PID namespace may not; so it stays outside, and nsenter(1) goes in.
 */
import type { IPty } from 'node-pty';
import type { Place } from './place.ts';

export interface TerminalSize {
  readonly cols: number;
  readonly rows: number;
}

export interface Terminal {
  readonly write: (text: string) => void;
  readonly resize: (size: TerminalSize) => void;
  /** Calls back with what the process prints. */
  readonly onData: (listener: (text: string) => void) => void;
  /** Resolves with the exit code; 128 + n when signal n ended it. */
  readonly ended: Promise<number>;
  /** Hangs up: SIGHUP, as when a terminal's window is closed. */
  readonly close: () => void;
}

/** Opens a terminal and starts the command on it. */
export const openTerminal = async (
  place: Place,
  argv: readonly string[],
  { cols, rows, env }: TerminalSize & { readonly env?: Readonly<Record<string, string>> | undefined },
): Promise<Terminal> => {
  const { spawn } = await import('node-pty');
  const [file = 'nsenter', ...rest] = [...place.nsenter, ...argv];
  const pty: IPty = spawn(file, rest, {
    cwd: '/',
    cols,
    rows,
    name: 'xterm-256color',
    env: { ...place.env, TERM: 'xterm-256color', ...env },
  });
  const ended = new Promise<number>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal);
    });
  });
  return {
    write: (text) => {
      pty.write(text);
    },
    resize: (size) => {
      pty.resize(size.cols, size.rows);
    },
    onData: (listener) => {
      pty.onData(listener);
    },
    ended,
    close: () => {
      pty.kill('SIGHUP');
    },
  };
};
