/**
 * A conversation with HAProxy over its runtime socket (management guide, 9.3). After `prompt` the connection stays, and each
 * answer ends with `> ` on a line of its own; when HAProxy dies, however it does, the kernel closes the connection at once.
 */
import { type Socket, createConnection } from 'node:net';

const prompt = '\n> ';

/** Milliseconds that HAProxy may take for an answer; it answers from memory, and only a process that hangs takes longer. */
const patience = 2000;

export class RuntimeConversation {
  readonly #socket: Socket;
  #text = '';
  #waiting: ((answer: string | undefined) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the other side, or this one, has ended it. */
  closed = false;
  /** Resolves when it has. */
  readonly end: Promise<void>;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (piece: string) => {
      this.#text += piece;
      if (this.#text.endsWith(prompt)) this.#answer(this.#text.slice(0, -prompt.length));
    });
    socket.on('error', () => undefined);
    this.end = new Promise((resolve) =>
      socket.on('close', () => {
        this.closed = true;
        this.#answer(undefined);
        resolve();
      }),
    );
  }

  /** Resolves with a conversation, or with undefined when nobody listens at the path or the socket does not answer. */
  static open(path: string): Promise<RuntimeConversation | undefined> {
    return new Promise((resolve) => {
      const socket = createConnection(path);
      socket.once('error', () => resolve(undefined));
      socket.once('connect', () => {
        const conversation = new RuntimeConversation(socket);
        void conversation.ask('prompt').then((answer) => resolve(answer === undefined ? undefined : conversation));
      });
    });
  }

  /** The answer to one command, one question at a time; undefined when the conversation ended or took too long, and has ended. */
  ask(command: string): Promise<string | undefined> {
    if (this.closed) return Promise.resolve(undefined);
    this.#text = '';
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#timer = setTimeout(() => this.close(), patience);
      this.#socket.write(`${command}\n`);
    });
  }

  close(): void {
    this.closed = true;
    this.#socket.destroy();
    this.#answer(undefined);
  }

  #answer(answer: string | undefined): void {
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer?.trim());
  }
}

/** Puts questions to HAProxy one after the other; undefined when it does not answer all of them. */
export const askHaproxy = async (path: string, commands: readonly string[]): Promise<string[] | undefined> => {
  const conversation = await RuntimeConversation.open(path);
  if (conversation === undefined) return undefined;
  try {
    const answers: string[] = [];
    for (const command of commands) {
      // One after the other: an answer is told from the next by the prompt between them.
      const answer = await conversation.ask(command);
      if (answer === undefined) return undefined;
      answers.push(answer);
    }
    return answers;
  } finally {
    conversation.close();
  }
};

/** A row of `show stat`: name of the column -> value (management guide, 9.1). */
export type StatRow = Readonly<Record<string, string>>;

/** `show stat` as rows. Only the last columns may hold text in quotes, with commas in it. */
export const readStatistics = (text: string): StatRow[] => {
  const [head = '', ...lines] = text.split('\n').filter((line) => line !== '');
  const names = head.replace(/^# /u, '').split(',');
  return lines.map((line) => {
    const values = [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/gu)].map(
      ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
    );
    return Object.fromEntries(names.map((name, index) => [name, values[index] ?? '']));
  });
};

/** The last check's outcome without the mark of one that is under way: `* L7OK` -> `L7OK`. */
export const checkStatus = (row: StatRow): string => (row['check_status'] ?? '').replace(/^\* /u, '');
