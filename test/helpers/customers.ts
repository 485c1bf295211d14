/** Orders that go on while something happens to balancers and servers, each counted: who took it, and which failed. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectDirectory } from '../../src/engine/paths.ts';
import { type Command, type TestLab, start } from './lab.ts';
import { poll } from './netns.ts';

export const nodeProgram = path.join(projectDirectory, 'node_modules/.bin/node');
const program = path.join(projectDirectory, 'test/helpers/order-load.ts');

export interface Order {
  /** Milliseconds since 1970. */
  readonly begun: number;
  readonly ended: number;
  readonly source?: string;
  readonly server?: string;
  readonly error?: string;
}

export interface CustomerOptions {
  readonly workers?: number;
  /** Milliseconds from an answer to the next order of the same customer. */
  readonly between?: number;
  /** Their addresses; the node's first when left out. */
  readonly sources?: readonly string[];
  /** Orders after which they go home by themselves. */
  readonly most?: number;
}

export class Customers {
  readonly #command: Command;
  readonly #until: string;

  constructor(lab: TestLab, node: string, url: string, options: CustomerOptions = {}) {
    const { workers = 4, between = 20, most = 4000, sources = [] } = options;
    this.#until = `${lab.file}.closed`;
    rmSync(this.#until, { force: true });
    this.#command = start([
      ...['exec', '--lab', lab.lab, node, '--', nodeProgram, program],
      ...[url, '/etc/xiyou/ca.crt', String(workers), String(between), String(most), this.#until, ...sources],
    ]);
  }

  /** Orders that have ended so far. */
  get orders(): Order[] {
    return this.#command
      .printed()
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Order);
  }

  /** Waits until so many orders that were begun after `since` have ended. */
  async more(count: number, since = Date.now()): Promise<void> {
    const enough = (): boolean => this.orders.filter(({ begun }) => begun > since).length >= count;
    await poll(`${count} more orders`, enough, 60);
  }

  /** All orders, when they have gone home by themselves. */
  async all(): Promise<Order[]> {
    const { exitCode, stderr } = await this.#command.outcome;
    if (exitCode !== 0) throw new Error(`the customers ended with ${exitCode}: ${stderr}`);
    return this.orders;
  }

  /** No further orders; all that there were. */
  async close(): Promise<Order[]> {
    if (!existsSync(this.#until)) writeFileSync(this.#until, '');
    return this.all();
  }
}

/** Who took how many. */
export const taken = (orders: readonly Order[]): Record<string, number> =>
  Object.fromEntries(
    [...Map.groupBy(orders, ({ server, error }) => server ?? `failed: ${error ?? ''}`)].map(([who, list]) => [
      who,
      list.length,
    ]),
  );

/** Those that failed. */
export const failures = (orders: readonly Order[]): Order[] => orders.filter(({ server }) => server === undefined);
