import t from 'tap';
import type { RelationBetween } from '../../../../src/features/bgp/valley.ts';
import {
  type SystemView,
  bgpNotes,
  joinTables,
  readFiltered,
  readTable,
} from '../../../../src/journey/why/bgp-notes.ts';

/** `show bgp ipv4 unicast json` of FRR 8.4, as far as it is read. */
const table = (routes: Readonly<Record<string, readonly object[]>>) => readTable(JSON.stringify({ routes }));
const heard = { valid: true, pathFrom: 'external' } as const;
const chosen = { bestpath: true, selectionReason: 'Local Pref' } as const;

const relations: Readonly<Record<string, ReturnType<RelationBetween>>> = { 65010: 'provider', 65666: 'peer' };
const between: RelationBetween = (_asn, other) => relations[other];
const view = (wishes: Partial<SystemView> = {}): SystemView => ({
  asn: 65001,
  between,
  avoid: [],
  refuse: [],
  ...wishes,
});

const good = { ...heard, ...chosen, path: '65010 65020 65040', locPrf: 50 };
const short = { ...heard, path: '65666 65040', locPrf: 10 };

void t.test('a shorter path that policy does not want is told, with whose wish it is', (t) => {
  const notes = bgpNotes('a2', table({ 'p/24': [good, short] }), view({ avoid: [65666] }));
  t.same(notes.get('p/24'), {
    text: 'AS path 65010 65020 65040 from a provider, local preference 50, best of 2 by Local Pref',
    behind: [
      'policy passes over the shorter AS path 65666 65040 from a peer: local preference 10 against 50; AS 65666 is avoided',
    ],
  });
  t.same(bgpNotes('a2', table({ 'p/24': [good, short] }), view()).get('p/24')?.behind, [
    'policy passes over the shorter AS path 65666 65040 from a peer: local preference 10 against 50',
  ]);
  t.end();
});

void t.test('a path that is neither shorter nor unwanted is no news', (t) => {
  const longer = { ...heard, path: '65030 65031 65032 65040', locPrf: 20 };
  const behind = (...paths: object[]) =>
    bgpNotes('a2', table({ 'p/24': paths }), view({ avoid: [65666] })).get('p/24')?.behind;
  t.same(behind(good, longer), []);
  t.same(behind(good, { ...short, locPrf: 50 }), [], 'not policy decided against it');
  t.same(behind(good, { ...short, path: '65666 65666 65666 65040' }), [
    'policy passes over the AS path 65666 65666 65666 65040 from a peer: local preference 10 against 50; AS 65666 is avoided',
  ]);
  t.end();
});

void t.test('where a packet leaves the system, what other borders have heard counts too', (t) => {
  const others = new Map([['a3', table({ 'p/24': [{ ...good, pathFrom: 'internal' }, short] })]]);
  const at = (router: string, own: object) =>
    bgpNotes(router, table({ 'p/24': [own] }), view({ avoid: [65666] }), others).get('p/24')?.behind;
  t.same(at('a2', good), [
    'policy passes over the shorter AS path 65666 65040 from a peer, heard at a3: local preference 10 against 50; AS 65666 is avoided',
  ]);
  t.same(at('a1', { ...good, pathFrom: 'internal' }), [], 'the border says it, once');
  t.end();
});

void t.test('what import filters threw away is in no table', (t) => {
  const receivedRoutes = { 'p/24': { path: '65666 65040' }, 'q/24': { path: '65010 65001 65040' } };
  const refused = new Map([['a2', readFiltered(JSON.stringify({ receivedRoutes }))]]);
  const own = table({ 'p/24': [good], 'q/24': [good] });
  const notes = bgpNotes('a2', own, view({ refuse: [65666] }), new Map(), refused);
  t.same(notes.get('p/24')?.behind, [
    'policy refuses the shorter AS path 65666 65040 from a peer: AS 65666 is refused',
  ]);
  t.same(notes.get('q/24')?.behind, [], 'a loop is no wish');
  t.end();
});

void t.test('without agreements a note is short', (t) => {
  const plain = { asn: 1, between: () => undefined, avoid: [], refuse: [] };
  const path = { valid: true, path: '65010 65040' };
  const routes = {
    'a/1': [{ ...path, bestpath: true, selectionReason: 'First path received' }],
    'b/1': [path, { ...path, path: '', bestpath: true, selectionReason: 'Weight' }],
    'c/1': [path],
    'd/1': [{ ...path, bestpath: true, selectionReason: 'Neighbor IP' }, path],
  };
  t.same(
    [...bgpNotes('r', table(routes), plain)].map(([prefix, { text }]) => [prefix, text]),
    [
      ['a/1', 'AS path 65010 65040'],
      ['b/1', 'from the own system'],
      ['d/1', 'AS path 65010 65040'],
    ],
    'the same path by two reflectors is no choice',
  );
  t.end();
});

void t.test('what is no answer holds no path', (t) => {
  for (const nothing of [undefined, '', 'no', '[]', 'null', '{"routes":3}', '{"receivedRoutes":[]}'])
    t.same([...joinTables([readTable(nothing), readFiltered(nothing)])], []);
  t.end();
});
