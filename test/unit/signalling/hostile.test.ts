/**
 * S1AP and RRC messages with octets changed, cut off, or made up: each ends in a message or in the error of its
 * protocol, at once. XIYOU_FUZZ=full tries 100,000 of each.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { PerError } from '../../../src/signalling/asn1/per.ts';
import { decodeRrc, encodeRrc, type Channel } from '../../../src/signalling/rrc/rrc.ts';
import { decodeS1ap, encodeS1ap, S1apError } from '../../../src/signalling/s1ap/s1ap.ts';
import { randomFrom, seed } from '../../helpers/random.ts';
import { rrcMessages } from '../../helpers/rrc-messages.ts';
import { s1apMessages } from '../../helpers/s1ap-messages.ts';
import { corpus } from './s1ap/corpus.ts';

const COUNT = process.env['XIYOU_FUZZ'] === 'full' ? 100_000 : 20_000;
/** A single message takes some microseconds; a machine that is busy may need longer. */
const LIMIT_MS = 100;
/** What may stay in memory after all of them. */
const GROWTH = 16 * 2 ** 20;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const memory = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

/** One message of `from`, changed: up to four octets, every fifth one cut, every seventh all noise. */
const damaged = (from: readonly Uint8Array[], round: number, random: () => number): Uint8Array => {
  const octets = Uint8Array.from(from[round % from.length] ?? []);
  const below = (limit: number): number => Math.floor(random() * limit);
  if (round % 7 === 0) return octets.map(() => below(256));
  for (let change = 0; change <= round % 4; change += 1) octets[below(octets.length)] = below(256);
  return round % 5 === 0 ? octets.subarray(0, below(octets.length)) : octets;
};

/** How long a step takes, and once more when that was long: the machine may have done something else. */
const timed = (step: () => void): number => {
  const once = (): number => {
    const started = performance.now();
    step();
    return performance.now() - started;
  };
  const first = once();
  return first < LIMIT_MS ? first : Math.min(first, once(), once());
};

/** Tries all; gives what went wrong, and how many were messages. */
const tryAll = (from: readonly Uint8Array[], attempt: (octets: Uint8Array, round: number) => boolean) => {
  const random = randomFrom(seed);
  const wrong: string[] = [];
  let [messages, slowest] = [0, 0];
  // The first rounds fill caches.
  for (let round = 0; round < 1000; round += 1) attempt(damaged(from, round, random), round);
  const before = memory();
  for (let round = 0; round < COUNT; round += 1) {
    const octets = damaged(from, round, random);
    let result = false;
    try {
      slowest = Math.max(
        slowest,
        timed(() => {
          result = attempt(octets, round);
        }),
      );
    } catch (error) {
      wrong.push(`${Buffer.from(octets).toString('hex')}: ${String(error)}`);
    }
    if (result) messages += 1;
  }
  return { wrong: wrong.slice(0, 5), messages, slowest, growth: memory() - before };
};

t.comment(`XIYOU_SEED=${seed}, ${COUNT} messages of each protocol`);

void t.test('damaged S1AP messages end in an S1apError, or are written again as they are read', (t) => {
  const originals = [...s1apMessages.map(encodeS1ap), ...corpus];
  const { wrong, messages, slowest, growth } = tryAll(originals, (octets) => {
    try {
      const again = encodeS1ap(decodeS1ap(octets));
      // What was read has an encoding of its own, and that is stable.
      if (Buffer.compare(encodeS1ap(decodeS1ap(again)), again) !== 0) throw new Error('another encoding each time');
      return true;
    } catch (error) {
      if (error instanceof S1apError) return false;
      throw error;
    }
  });
  t.same(wrong, []);
  t.ok(messages > COUNT / 10 && messages < COUNT, `${messages} of ${COUNT} are messages all the same`);
  t.ok(slowest < LIMIT_MS, `the slowest took ${slowest.toFixed(1)} ms`);
  t.ok(growth < GROWTH, `${growth} octets stay in memory`);
  t.end();
});

void t.test('damaged RRC messages end in a PerError, or are written again as they are read', (t) => {
  const channels: readonly Channel[] = rrcMessages.map(({ channel }) => channel);
  const originals = rrcMessages.map(({ octets }) => octets);
  const { wrong, messages, slowest, growth } = tryAll(originals, (octets, round) => {
    const channel = channels[round % channels.length] ?? 'DL-DCCH';
    try {
      const again = encodeRrc(channel, decodeRrc(channel, octets));
      if (Buffer.compare(encodeRrc(channel, decodeRrc(channel, again)), again) !== 0)
        throw new Error('another encoding each time');
      return true;
    } catch (error) {
      if (error instanceof PerError) return false;
      throw error;
    }
  });
  t.same(wrong, []);
  t.ok(messages > COUNT / 10 && messages < COUNT, `${messages} of ${COUNT} are messages all the same`);
  t.ok(slowest < LIMIT_MS, `the slowest took ${slowest.toFixed(1)} ms`);
  t.ok(growth < GROWTH, `${growth} octets stay in memory`);
  t.end();
});
