/**
 * What a gateway tells those who watch it as a way out: `node lab/way-out/main.ts CONFIG`, one process inside a node. Hypervisors
 * hold BFD sessions with the gateway; bfdd answers as long as it runs, which says nothing about the way to the world.
 * This program asks bgpd whether the world would answer, and has bfdd hold the sessions in AdminDown (RFC 5880, 6.8.16)
 * while it would not: then the other side hears of it with one packet, at once.
 *
 * bfdd begins with the sessions shut, so after a start of either nothing is promised before somebody has looked. While this program
 * is dead bfdd goes on saying what it was told last; SIGTERM has it say that there is no way.
 */
import { VtyConversation } from '../../src/kernel/vty.ts';
import { announceReady, fail, keepStatus } from '../daemon.ts';
import { type Config, readConfig } from './config.ts';
import { type Summary, type Verdict, World, readSummary } from './world.ts';

/** Milliseconds for an answer of a daemon, as long as the shortest hold time of BGP (RFC 4271, 4.2): who is silent so long is lost. */
const patience = 3000;

const log = (line: string): void => void process.stdout.write(`${new Date().toISOString()} ${line}\n`);

/** The sessions with those who watch, all at once by their profile. */
class Sessions {
  readonly #config: Config;
  #bfdd: VtyConversation | undefined;
  /** What this bfdd was told; a new one has heard nothing. */
  #open: boolean | undefined;

  constructor(config: Config) {
    this.#config = config;
  }

  /** What bfdd says to the other side; undefined while it is gone. */
  get open(): boolean | undefined {
    return this.#bfdd?.closed === false ? this.#open : undefined;
  }

  /** Sees to it that bfdd says so; says whether it does. */
  async settle(open: boolean): Promise<boolean> {
    if (this.#bfdd === undefined || this.#bfdd.closed) {
      this.#open = undefined;
      this.#bfdd = await VtyConversation.open(this.#config.bfdd, patience);
    }
    const bfdd = this.#bfdd;
    if (bfdd === undefined) return false;
    if (this.#open === open) return true;
    const word = open ? 'no shutdown' : 'shutdown';
    for (const line of ['configure terminal', 'bfd', `profile ${this.#config.profile}`, word, 'end'])
      if ((await bfdd.ask(line)) === undefined) {
        // Whatever it has of this, the next conversation says all again.
        bfdd.close();
        return false;
      }
    this.#open = open;
    return true;
  }
}

class Gate {
  readonly #config: Config;
  readonly #world: World;
  readonly #sessions: Sessions;
  #verdict: Verdict = { stands: false, because: 'nobody has looked yet' };
  #told = '';
  /** What is being said at the moment: a conversation takes one command after the other. */
  #saying: Promise<unknown> = Promise.resolve();
  #stopped = false;
  readonly #writeStatus: () => void;

  constructor(config: Config) {
    this.#config = config;
    this.#world = new World(config.neighbours, config.patience);
    this.#sessions = new Sessions(config);
    this.#writeStatus = keepStatus(config.status, () => ({
      ...this.#verdict,
      sessions: this.#sessions.open === undefined ? 'gone' : this.#sessions.open ? 'open' : 'shut',
    }));
  }

  /** Talks to one bgpd after the other, for ever. */
  async watch(): Promise<never> {
    for (;;) {
      const bgpd = await VtyConversation.open(this.#config.bgpd, patience);
      if (bgpd === undefined) {
        await this.#settle(undefined);
        await new Promise((resolve) => setTimeout(resolve, this.#config.interval));
      } else await this.#follow(bgpd);
    }
  }

  /** Nobody will look any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#saying;
    await this.#tell({ stands: false, because: 'nobody looks' });
  }

  async #follow(bgpd: VtyConversation): Promise<void> {
    while (!bgpd.closed) {
      const answer = await bgpd.ask('show bgp summary json');
      if (answer === undefined) return bgpd.close();
      await this.#settle(readSummary(answer));
      let timer: NodeJS.Timeout | undefined;
      const pause = new Promise((resolve) => (timer = setTimeout(resolve, this.#config.interval)));
      await Promise.race([bgpd.end, pause]);
      clearTimeout(timer);
    }
  }

  async #settle(summary: Summary | undefined): Promise<void> {
    if (this.#stopped) return;
    this.#saying = this.#tell(this.#world.judge(summary, performance.now()));
    await this.#saying;
  }

  async #tell(verdict: Verdict): Promise<void> {
    this.#verdict = verdict;
    const { stands, because } = verdict;
    await this.#sessions.settle(stands);
    const heard = this.#sessions.open === stands ? '' : '; bfdd is gone';
    const told = `${stands ? 'a way out' : 'no way out'}: ${because}${heard}`;
    if (told === this.#told) return;
    this.#told = told;
    log(told);
    this.#writeStatus();
  }
}

try {
  const config = readConfig(process.argv[2] ?? '');
  const gate = new Gate(config);
  process.on('SIGTERM', () => {
    gate.stop().then(() => process.exit(0), fail);
  });
  gate.watch().catch(fail);
  announceReady(config.ready);
} catch (error) {
  fail(error);
}
