/** The cache: its serial numbers and differences, and what it says to a router that asks. */
import t from 'tap';
import { Cache } from '../../../../lab/rtr/cache.ts';
import { Conversation } from '../../../../lab/rtr/conversation.ts';
import {
  decodePdu,
  encodePdu,
  type Payload,
  type Pdu,
  pduReader,
  type RtrVersion,
} from '../../../../src/signalling/rtr/index.ts';
import { formatPrefix } from '../../../../src/address/ip.ts';
import { octetsOf, prefixOf } from '../../../helpers/rtr-pdus.ts';

const payload = (prefix: string, asn = 64496, maxLength = prefixOf(prefix).length): Payload => ({
  prefix: prefixOf(prefix),
  maxLength,
  asn,
});
const [one, two, three] = [payload('192.0.2.0/24'), payload('198.51.100.0/24'), payload('2001:db8::/32', 64497, 48)];
const intervals = { refresh: 10, retry: 1, expire: 7200 };

/** A router at the other end: what it asks, and what comes back, as data and with its version. */
const meet = (cache: Cache, highest: RtrVersion = 1) => {
  const heard: { version: RtrVersion; pdu: Pdu }[] = [];
  const state = { ended: false };
  const log: string[] = [];
  const read = pduReader((octets) => void heard.push(decodePdu(octets)));
  const conversation = new Conversation(
    cache,
    { version: highest, intervals },
    { send: read, end: () => (state.ended = true), log: (text) => void log.push(text) },
  );
  return {
    conversation,
    state,
    log,
    ask: (pdu: Pdu, version: RtrVersion = 1): readonly Pdu[] => {
      heard.length = 0;
      conversation.receive(encodePdu(pdu, version));
      return heard.map((one) => one.pdu);
    },
    heard,
  };
};

/** An answer in a few words. */
const words = (pdus: readonly Pdu[]): string[] =>
  pdus.map((pdu) => {
    if (pdu.pdu === 'prefix')
      return `${pdu.announce ? '+' : '-'}${formatPrefix(pdu.prefix)}-${pdu.maxLength}=${pdu.asn}`;
    if (pdu.pdu === 'error-report') return `error ${pdu.code}`;
    if (pdu.pdu === 'end-of-data' || pdu.pdu === 'serial-notify') return `${pdu.pdu} ${pdu.session} ${pdu.serial}`;
    return pdu.pdu;
  });

void t.test('a serial number for each change, and none for the same again', (t) => {
  const cache = new Cache(7, [one]);
  t.equal(cache.serial, 1);
  t.notOk(cache.replace([one, one]), 'the same payload twice is the same payload');
  t.equal(cache.serial, 1);
  t.ok(cache.replace([two, three]));
  t.ok(cache.replace([one, three]));
  t.equal(cache.serial, 3);
  t.same(cache.since(3), { announced: [], withdrawn: [] });
  t.same(cache.since(2), { announced: [one], withdrawn: [two] });
  t.same(cache.since(1), { announced: [three], withdrawn: [] }, 'what came and went between is not told');
  t.equal(cache.since(0), undefined);
  t.equal(cache.since(4), undefined, 'nor is the future known');
  t.end();
});

void t.test('the same prefix for another system, or another length, is another payload', (t) => {
  const cache = new Cache(7, [one]);
  const other = payload('192.0.2.0/24', 64499);
  const longer = payload('192.0.2.0/24', 64496, 25);
  t.ok(cache.replace([other, longer]));
  t.same(cache.since(1), { announced: [other, longer], withdrawn: [one] });
  t.end();
});

void t.test('serial numbers go round, and old states are forgotten', (t) => {
  const cache = new Cache(7, [one], 2 ** 32 - 1);
  cache.replace([two]);
  t.equal(cache.serial, 0);
  t.same(cache.since(2 ** 32 - 1), { announced: [two], withdrawn: [one] });
  for (let round = 0; round < 40; round += 1) cache.replace(round % 2 === 0 ? [one] : [two]);
  t.equal(cache.since(2 ** 32 - 1), undefined);
  t.same(cache.since(39), { announced: [two], withdrawn: [one] });
  t.end();
});

void t.test('a router asks for everything, is told of a change, and asks for that', (t) => {
  const cache = new Cache(7, [one, three]);
  const router = meet(cache);
  router.conversation.notify();
  t.same(router.heard, [], 'no version is agreed on yet');
  t.same(words(router.ask({ pdu: 'reset-query' })), [
    'cache-response',
    '+192.0.2.0/24-24=64496',
    '+2001:db8::/32-48=64497',
    'end-of-data 7 1',
  ]);
  t.match(router.heard.at(-1), { version: 1, pdu: { intervals } });
  router.heard.length = 0;
  router.conversation.notify();
  t.same(router.heard, [], 'it has everything');
  cache.replace([two, three]);
  router.conversation.notify();
  t.same(words(router.heard.map(({ pdu }) => pdu)), ['serial-notify 7 2']);
  t.same(words(router.ask({ pdu: 'serial-query', session: 7, serial: 1 })), [
    'cache-response',
    '+198.51.100.0/24-24=64496',
    '-192.0.2.0/24-24=64496',
    'end-of-data 7 2',
  ]);
  t.same(words(router.ask({ pdu: 'serial-query', session: 7, serial: 2 })), ['cache-response', 'end-of-data 7 2']);
  t.same(router.conversation.state, { version: 1, serial: 2 });
  t.notOk(router.state.ended);
  t.end();
});

void t.test('what is not known any more, or was another cache, begins anew', (t) => {
  const router = meet(new Cache(7, [one]));
  t.same(words(router.ask({ pdu: 'serial-query', session: 7, serial: 99 })), ['cache-reset']);
  t.same(words(router.ask({ pdu: 'serial-query', session: 6, serial: 1 })), ['cache-reset']);
  t.equal(router.ask({ pdu: 'reset-query' }).length, 3);
  t.end();
});

void t.test('version 0: the answer has no intervals', (t) => {
  const router = meet(new Cache(7, [one]));
  const answer = router.ask({ pdu: 'reset-query' }, 0);
  t.same(words(answer), ['cache-response', '+192.0.2.0/24-24=64496', 'end-of-data 7 1']);
  t.ok(router.heard.every(({ version }) => version === 0));
  t.same(words(router.ask({ pdu: 'reset-query' }, 1)), ['error 4'], 'what is agreed on stays');
  t.ok(router.state.ended);
  t.end();
});

void t.test('a cache of version 0 sends a router of version 1 back, in its own words', (t) => {
  const router = meet(new Cache(7, [one]), 0);
  t.same(words(router.ask({ pdu: 'reset-query' }, 1)), ['error 4']);
  t.equal(router.heard[0]?.version, 0);
  t.ok(router.state.ended);
  t.same(words(meet(new Cache(7, [one]), 0).ask({ pdu: 'reset-query' }, 0)).at(-1), 'end-of-data 7 1');
  t.end();
});

void t.test('what a router must not send ends the session, with the code for it', (t) => {
  for (const [what, octets, code] of [
    ['a version that nobody speaks', '02 02 0000 00000008', 4],
    ['an unknown type', '01 05 0000 00000008', 5],
    ['a cache response', '01 03 1234 00000008', 3],
    ['a prefix', '01 04 0000 00000014 01 18 19 00 c0000200 0000fbf0', 3],
    ['a query with a wrong length', '01 02 0000 0000000c 00000000', 0],
    ['a length of nothing', '01 02 0000 00000000', 0],
  ] as const) {
    const router = meet(new Cache(7, [one]));
    router.conversation.receive(octetsOf(octets));
    t.match(router.heard, [{ version: 1, pdu: { pdu: 'error-report', code, about: octetsOf(octets) } }], what);
    t.ok(router.state.ended, what);
    t.same(router.ask({ pdu: 'reset-query' }), [], 'nothing is answered after that');
  }
  const router = meet(new Cache(7, [one]));
  router.ask({ pdu: 'reset-query' }, 1);
  t.same(words(router.ask({ pdu: 'reset-query' }, 0)), ['error 8'], 'another version than before');
  t.end();
});

void t.test('an Error Report is not answered with another', (t) => {
  for (const octets of ['01 0a 0003 00000010 00000000 00000000', '01 0a 0003 00000010 fffffff8 00000000']) {
    const router = meet(new Cache(7, [one]));
    router.conversation.receive(octetsOf(octets));
    t.same(router.heard, []);
    t.ok(router.state.ended);
  }
  t.end();
});
