/**
 * Addresses that a balancer has only while it can serve them: `node lab/announce/main.ts CONFIG`, one process inside a node.
 * It watches HAProxy over the runtime socket, puts an address on the loopback while a backend behind it has a healthy server,
 * and takes it away when none has, or when HAProxy is gone; routing follows the kernel. It keeps the state of the servers in
 * a file for the next HAProxy, so that a reload forgets nothing. SIGHUP has it read its own file again.
 *
 * An address lasts some seconds only and is lengthened every second: when this program dies, the kernel takes it away.
 */
import { RuntimeConversation, readStatistics } from '../../src/kernel/haproxy.ts';
import { announceReady, fail, keepStatus, replaceFile } from '../daemon.ts';
import { type Announced, type Config, readConfig } from './config.ts';
import { Health } from './health.ts';
import { Loopback } from './loopback.ts';

/** Milliseconds after which an address is lengthened again. */
const RENEWAL = 1000;

const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

/** What became of an address. */
interface Holding {
  readonly address: string;
  readonly held: boolean;
  /** Servers that stand behind it, or why there is none. */
  readonly because: string;
}

class Watcher {
  readonly #file: string;
  #config: Config;
  readonly #loopback: Loopback;
  readonly #health = new Health();
  readonly #holdings = new Map<string, Holding>();
  #renewed = -Infinity;
  #state = '';
  #conversation: RuntimeConversation | undefined;
  readonly #writeStatus: () => void;

  constructor(file: string) {
    this.#file = file;
    this.#config = readConfig(file);
    this.#loopback = new Loopback(this.#config.lifetime);
    this.#writeStatus = keepStatus(this.#config.status, () => ({
      haproxy: this.#conversation === undefined ? 'gone' : 'running',
      addresses: [...this.#holdings.values()],
    }));
  }

  readAgain(): void {
    const before = this.#config;
    this.#config = readConfig(this.#file);
    for (const old of before.addresses)
      if (!this.#config.addresses.some(({ name }) => name === old.name)) {
        this.#release(old, 'it is announced no more');
        this.#holdings.delete(old.name);
      }
    this.#writeStatus();
  }

  /** Nobody answers for the addresses any more. */
  stop(): void {
    for (const announced of this.#config.addresses) this.#release(announced, 'the watcher was stopped');
    this.#writeStatus();
  }

  /** Talks to one HAProxy after the other, for ever. */
  async watch(): Promise<never> {
    for (;;) {
      const { socket, interval } = this.#config;
      const conversation = await RuntimeConversation.open(socket);
      this.#conversation = conversation;
      if (conversation === undefined) {
        this.#settle(new Map(), 'HAProxy is gone');
        await new Promise((resolve) => setTimeout(resolve, interval));
      } else await this.#follow(conversation);
    }
  }

  /** Asks one HAProxy until it ends, or is to be followed by the next. */
  async #follow(conversation: RuntimeConversation): Promise<void> {
    while (!conversation.closed) {
      const statistics = await conversation.ask('show stat');
      const servers = await conversation.ask('show servers state');
      const process_ = await conversation.ask('show info');
      if (statistics === undefined || servers === undefined || process_ === undefined) return;
      // A worker that was told to end serves its last connections; another one listens at the same place.
      if (/^Stopping: [1-9]/mu.test(process_)) return conversation.close();
      this.#settle(this.#health.judge(readStatistics(statistics)), 'no server takes connections');
      this.#remember(servers);
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise((resolve) => (timer = setTimeout(resolve, this.#config.interval)));
      await Promise.race([conversation.end, pause]);
      clearTimeout(timer);
    }
  }

  /** Makes the loopback as the servers are. */
  #settle(healthy: ReadonlyMap<string, readonly string[]>, otherwise: string): void {
    const now = performance.now();
    const renew = now - this.#renewed >= RENEWAL;
    if (renew) this.#renewed = now;
    for (const announced of this.#config.addresses) {
      const servers = announced.backends.flatMap((backend) =>
        (healthy.get(backend) ?? []).map((server) => `${backend}/${server}`),
      );
      if (servers.length > 0) this.#hold(announced, servers.join(' '), renew);
      else this.#release(announced, otherwise);
    }
    this.#writeStatus();
  }

  #hold({ name, address }: Announced, because: string, renew: boolean): void {
    const before = this.#holdings.get(name);
    if (before?.held !== true || renew) this.#loopback.hold(address);
    if (before?.held === true && before.because === because) return;
    log(before?.held === true ? `${name}: ${because}` : `${name} is here: ${because}`);
    this.#holdings.set(name, { address: name, held: true, because });
  }

  #release({ name, address }: Announced, because: string): void {
    const before = this.#holdings.get(name);
    if (before?.held === false && before.because === because) return;
    if (before?.held !== false) this.#loopback.release(address);
    log(before?.held === true ? `${name} is taken away: ${because}` : `${name} is not here: ${because}`);
    this.#holdings.set(name, { address: name, held: false, because });
  }

  /** Keeps what the next process is to know; the times in it change always and are of no interest. */
  #remember(servers: string): void {
    const state = servers.replaceAll(/^((?:\S+ ){9})\d+/gmu, '$1-');
    if (state !== this.#state) replaceFile(this.#config.state, `${servers}\n`);
    this.#state = state;
  }

  get ready(): string | undefined {
    return this.#config.ready;
  }
}

try {
  const watcher = new Watcher(process.argv[2] ?? '');
  process.on('SIGHUP', () => {
    try {
      watcher.readAgain();
    } catch (error) {
      // What was announced goes on; a mistake of the file is no reason to end it.
      log(`! ${error instanceof Error ? error.message : String(error)}`);
    }
  });
  process.on('SIGTERM', () => {
    watcher.stop();
    process.exit(0);
  });
  watcher.watch().catch(fail);
  announceReady(watcher.ready);
} catch (error) {
  fail(error);
}
