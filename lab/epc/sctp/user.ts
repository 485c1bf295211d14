/** The user's side of an association: who is told of what, and whether messages are wanted just now. */
import type { Inbound } from './inbound.ts';
import type { CloseReason, Message } from './types.ts';

export class User {
  readonly closed: Promise<CloseReason>;
  readonly #resolveClosed: (reason: CloseReason) => void;
  readonly #close: ((reason: CloseReason) => void)[] = [];
  readonly #restart: (() => void)[] = [];
  readonly #drain: (() => void)[] = [];
  #message: ((message: Message) => void) | undefined;
  paused = false;
  messagesReceived = 0;
  octetsReceived = 0;

  constructor() {
    const { promise, resolve } = Promise.withResolvers<CloseReason>();
    [this.closed, this.#resolveClosed] = [promise, resolve];
  }

  onMessage(handler: (message: Message) => void): void {
    this.#message = handler;
  }
  onClose(handler: (reason: CloseReason) => void): void {
    this.#close.push(handler);
  }
  onRestart(handler: () => void): void {
    this.#restart.push(handler);
  }
  onDrain(handler: () => void): void {
    this.#drain.push(handler);
  }

  tellClosed(reason: CloseReason): void {
    this.#resolveClosed(reason);
    for (const handler of this.#close) handler(reason);
  }
  tellRestarted(): void {
    for (const handler of this.#restart) handler();
  }
  tellDrained(): void {
    for (const handler of this.#drain) handler();
  }

  /** Hands over what waits, while the user wants it. */
  handOver(inbound: Inbound): void {
    while (this.#message !== undefined && !this.paused) {
      const message = inbound.take();
      if (message === undefined) return;
      this.messagesReceived += 1;
      this.octetsReceived += message.bytes.length;
      this.#message(message);
    }
  }
}
