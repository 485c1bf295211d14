/**
 * Which servers of HAProxy take new connections, by its statistics. A server that has passed no check yet counts for what
 * it was before: HAProxy takes servers for up until the first check ends, but whoever starts must not promise what nobody
 * has looked at, and a reload, after which all checks begin anew, must not withdraw anything.
 */
import { type StatRow, checkStatus } from '../../src/kernel/haproxy.ts';

/** Outcomes of a check that was passed (management guide, 9.1, check_status). */
const passed: ReadonlySet<string> = new Set(['L4OK', 'L6OK', 'L7OK', 'L7OKC']);

/** Rows of `show stat` that are servers (type 2). */
const isServer = (row: StatRow): boolean => row['type'] === '2';

export class Health {
  #known = new Map<string, boolean>();

  /** Backend -> its servers that take new connections; after each look at the statistics. */
  judge(rows: readonly StatRow[]): Map<string, string[]> {
    const now = new Map<string, boolean>();
    const healthy = new Map<string, string[]>();
    for (const row of rows.filter(isServer)) {
      const [backend = '', server = '', status = ''] = [row['pxname'], row['svname'], row['status']];
      const name = `${backend}/${server}`;
      // `UP 1/2` is up too, and on its way down; DOWN, MAINT, DRAIN and NOLB take nothing new.
      const up = /^UP\b/u.test(status) && (passed.has(checkStatus(row)) || this.#known.get(name) === true);
      const takes = up || status === 'no check';
      now.set(name, takes);
      healthy.set(backend, [...(healthy.get(backend) ?? []), ...(takes ? [server] : [])]);
    }
    this.#known = now;
    return healthy;
  }
}
