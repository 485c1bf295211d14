/**
 * Has bgpd judge its routes anew when it has what its cache has: `judge-anew.ts SECONDS PREFIX-MAXLENGTH=ASN…`, once, in a router.
 *
 * FRR 8.4 does it by itself for each payload that comes or goes, but not for all routes (bgpd/bgp_rpki.c): not for those
 * that were there before the first answer of the cache was complete, and not for a prefix of which every path was refused.
 */
import { canonical } from '../../src/address/ip.ts';
import { eventually } from '../../src/kernel/wait.ts';
import { askDaemon } from '../../src/kernel/vty.ts';
import { fail } from '../daemon.ts';

const socket = '/run/frr/bgpd.vty';

interface Table {
  readonly prefixes?: readonly {
    readonly prefix: string;
    readonly prefixLenMin: number;
    readonly prefixLenMax: number;
    readonly asn: number;
  }[];
}

/** The payloads that bgpd has, as the arguments spell them; what it says instead while it does not answer or has no cache. */
const heard = async (): Promise<ReadonlySet<string> | string> => {
  const answer = await askDaemon(socket, 'show rpki prefix-table json');
  if (answer === undefined) return 'bgpd has heard no cache, or does not answer';
  if (!answer.includes('"prefixes"')) return `bgpd says: ${answer.trim()}`;
  const { prefixes = [] } = JSON.parse(answer) as Table;
  return new Set(
    prefixes.map((one) => `${canonical(one.prefix) ?? one.prefix}/${one.prefixLenMin}-${one.prefixLenMax}=${one.asn}`),
  );
};

const run = async (seconds: number, expected: ReadonlySet<string>): Promise<void> => {
  let now: ReadonlySet<string> | string = '';
  const same = await eventually(async () => {
    now = await heard();
    if (typeof now === 'string' || now.size !== expected.size) return undefined;
    const has = now;
    return [...expected].every((one) => has.has(one)) ? true : undefined;
  }, seconds * 1000);
  if (same === undefined) {
    const seen = typeof now === 'string' ? now : `bgpd has ${[...(now as ReadonlySet<string>)].join(' ') || 'nothing'}`;
    throw new Error(`not what the cache has after ${seconds} s: ${seen}`);
  }
  for (const version of [4, 6]) {
    if ((await askDaemon(socket, `clear bgp ipv${version} unicast * soft in`)) === undefined)
      throw new Error(`bgpd does not take: clear bgp ipv${version} unicast * soft in`);
  }
};

const [seconds, ...payloads] = process.argv.slice(2);
run(Number(seconds), new Set(payloads)).catch(fail);
