/** A person at a terminal: a program on a pseudo-terminal, what it shows, and what is typed. */
import { stripVTControlCharacters } from 'node:util';
import { spawn } from 'node-pty';
import { poll, type Teardown } from './netns.ts';

export interface Person {
  /** All that was shown so far, without control sequences. */
  readonly shown: () => string;
  readonly type: (text: string) => void;
  /** Waits until what was shown since the last `sees` has the pattern; returns the match. */
  readonly sees: (pattern: RegExp, seconds?: number) => Promise<RegExpExecArray>;
  /** Exit code of the program; 128 + n when signal n ended it. */
  readonly ended: Promise<number>;
}

/** Starts a program on a terminal of 120 columns; it is hung up when the test ends. */
export const person = (t: Teardown, [file, ...argv]: readonly [string, ...string[]]): Person => {
  const terminal = spawn(file, argv, { cols: 120, rows: 40, name: 'xterm-256color' });
  let raw = '';
  let read = 0;
  let running = true;
  terminal.onData((text) => (raw += text));
  const ended = new Promise<number>((resolve) => {
    terminal.onExit(({ exitCode, signal = 0 }) => {
      running = false;
      resolve(signal === 0 ? exitCode : 128 + signal);
    });
  });
  t.teardown(async () => {
    if (running) terminal.kill('SIGHUP');
    await ended;
  });
  const shown = (): string => stripVTControlCharacters(raw).replaceAll('\r', '');
  return {
    shown,
    type: (text) => terminal.write(text),
    sees: async (pattern, seconds = 30) => {
      const match = await poll(
        `${pattern} is shown`,
        () => pattern.exec(shown().slice(read)) ?? undefined,
        seconds,
      ).catch((error: Error) => {
        throw new Error(`${error.message}\nshown:\n${shown().slice(read)}`);
      });
      read += match.index + match[0].length;
      return match;
    },
    ended,
  };
};
