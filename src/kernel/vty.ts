/**
 * Asks an FRR daemon over its vty socket, as vtysh does, without starting a vtysh (FRR, vtysh/vtysh.c: a command ends
 * with a zero octet; an answer ends with three zero octets and the command's result code). When the daemon dies, however it
 * does, the kernel closes the connection at once.
 */
import { type Socket, createConnection } from 'node:net';

/** End of an answer: three zeros, then the result code (0 = CMD_SUCCESS, lib/command.h). */
const endOf = (answer: Buffer): { text: string; code: number } | undefined => {
  const { length } = answer;
  if (length < 4 || answer[length - 4] !== 0 || answer[length - 3] !== 0 || answer[length - 2] !== 0) return undefined;
  return { text: answer.subarray(0, length - 4).toString(), code: answer[length - 1] ?? 0 };
};

type Answer = ReturnType<typeof endOf>;

/** A conversation with one daemon, for many commands. */
export class VtyConversation {
  readonly #socket: Socket;
  readonly #patience: number;
  #pieces: Buffer = Buffer.alloc(0);
  #waiting: ((answer: Answer) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Whether the daemon, or this side, has ended it. */
  closed = false;
  /** Resolves when it has. */
  readonly end: Promise<void>;

  private constructor(socket: Socket, patience: number) {
    this.#socket = socket;
    this.#patience = patience;
    socket.on('data', (piece: Buffer) => {
      this.#pieces = Buffer.concat([this.#pieces, piece]);
      const answer = endOf(this.#pieces);
      if (answer !== undefined) this.#settle(answer);
    });
    socket.on('error', () => undefined);
    this.end = new Promise((resolve) =>
      socket.on('close', () => {
        this.closed = true;
        this.#settle(undefined);
        resolve();
      }),
    );
  }

  /**
   * Resolves with a conversation in which `enable` was said, or with undefined when nobody listens or answers.
   *
   * @param patience milliseconds that the daemon may take for an answer
   */
  static open(socket: string, patience = 2000): Promise<VtyConversation | undefined> {
    return new Promise((resolve) => {
      const connection = createConnection(socket);
      connection.once('error', () => resolve(undefined));
      connection.once('connect', () => {
        const conversation = new VtyConversation(connection, patience);
        void conversation.ask('enable').then((answer) => {
          if (answer === undefined) conversation.close();
          resolve(answer === undefined ? undefined : conversation);
        });
      });
    });
  }

  /**
   * The text that one command prints, one command at a time. Undefined when the daemon refuses it, and when it has not
   * answered in time or is gone: then the conversation has ended.
   */
  async ask(command: string): Promise<string | undefined> {
    if (this.closed) return undefined;
    this.#pieces = Buffer.alloc(0);
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting = resolve;
      this.#timer = setTimeout(() => this.close(), this.#patience);
      this.#socket.write(`${command}\0`);
    });
    return answer?.code === 0 ? answer.text : undefined;
  }

  close(): void {
    this.closed = true;
    this.#socket.destroy();
    this.#settle(undefined);
  }

  #settle(answer: Answer): void {
    clearTimeout(this.#timer);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.(answer);
  }
}

/**
 * Runs `enable` and one command on the daemon behind `socket`.
 * Resolves with the command's text, or with undefined when the daemon does not answer within `timeout` milliseconds.
 */
export const askDaemon = async (socket: string, command: string, timeout = 2000): Promise<string | undefined> => {
  const conversation = await VtyConversation.open(socket, timeout);
  try {
    return await conversation?.ask(command);
  } finally {
    conversation?.close();
  }
};
