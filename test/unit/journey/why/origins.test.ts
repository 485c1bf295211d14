/** What FRR 8.4 says of origins, read: payloads, paths that were refused, and the words for them. */
import t from 'tap';
import type { Why } from '../../../../src/journey/why/facts.ts';
import { readBgp } from '../../../../src/journey/why/facts.ts';
import { bgpNotes, readFiltered, readTable } from '../../../../src/journey/why/bgp-notes.ts';
import { readPayloads, readRefused } from '../../../../src/journey/why/origins.ts';
import { whyText } from '../../../../src/journey/why/render.ts';

/** `show rpki prefix-table json` and `… filtered-routes json`, as a router of the lab `rpki` printed them. */
const tableAnswer = JSON.stringify({
  prefixes: [
    { prefix: '198.18.40.0', prefixLenMin: 23, prefixLenMax: 23, asn: 65040 },
    { prefix: '2001:db8:c::', prefixLenMin: 48, prefixLenMax: 48, asn: 65040 },
  ],
  ipv4PrefixCount: 1,
  ipv6PrefixCount: 1,
});
const filteredAnswer = JSON.stringify({
  localAS: 65001,
  receivedRoutes: {
    '198.18.41.0/24': { network: '198.18.41.0/24', nextHop: '10.64.0.13', path: '65002 65666', bgpOriginCode: 'i' },
    '192.0.2.0/24': { network: '192.0.2.0/24', nextHop: '10.64.0.13', path: '65002', bgpOriginCode: 'i' },
  },
});
const payloads = readPayloads(tableAnswer) ?? [];

void t.test('payloads; and none where no cache was heard', (t) => {
  t.same(payloads, [
    { prefix: '198.18.40.0/23', 'max-length': 23, asn: 65040 },
    { prefix: '2001:db8:c::/48', 'max-length': 48, asn: 65040 },
  ]);
  t.equal(readPayloads(JSON.stringify({ prefixes: [] })), undefined);
  for (const nothing of [undefined, '', '% Unknown command: show rpki prefix-table json'])
    t.equal(readPayloads(nothing), undefined);
  t.end();
});

void t.test('what was refused, as far as it would lead to the address', (t) => {
  const refused = (address: string) => readRefused(filteredAnswer, address, '10.64.0.13', payloads);
  t.same(refused('198.18.41.80'), [
    { prefix: '198.18.41.0/24', path: [65002, 65666], peer: '10.64.0.13', validity: 'invalid' },
  ]);
  t.match(refused('192.0.2.1'), [{ prefix: '192.0.2.0/24', validity: 'not found' }]);
  t.same(refused('198.18.40.1'), []);
  t.same(refused('2001:db8::1'), []);
  t.same(readRefused(undefined, '192.0.2.1', 'x', payloads), []);
  t.end();
});

void t.test('notes of a passport say what an origin is, and what was refused for it', (t) => {
  const best = (path: string) => [{ bestpath: true, path, pathFrom: 'external' }];
  const routes = {
    '198.18.40.0/23': best('65010 65040'),
    '2001:db8:c::/48': best('65010 65040'),
    '192.0.2.0/24': best('65002'),
    '198.51.100.0/24': best(''),
  };
  const table = readTable(JSON.stringify({ routes }));
  const view = { asn: 65001, between: () => undefined, avoid: [], refuse: [] };
  const refused = readFiltered(JSON.stringify({ receivedRoutes: { '2001:db8:c::/48': { path: '65666' } } }));
  const notes = bgpNotes('a', table, { ...view, payloads }, new Map(), new Map([['a', refused]]));
  t.same(
    [...notes.values()].map(({ text }) => text),
    [
      'AS path 65010 65040, origin valid',
      'AS path 65010 65040, origin valid',
      'AS path 65002, origin not found',
      'from the own system',
    ],
  );
  t.same(notes.get('2001:db8:c::/48')?.behind, [
    'policy refuses the shorter AS path 65666: its origin is invalid (RPKI)',
  ]);
  const unasked = bgpNotes('a', table, view, new Map(), new Map([['a', refused]]));
  t.same(unasked.get('2001:db8:c::/48'), { text: 'AS path 65010 65040', behind: [] }, 'nothing where nobody is asked');
  t.end();
});

void t.test('a candidate with its state, and what was refused, in words', (t) => {
  const view = (state?: string) =>
    readBgp(
      JSON.stringify({
        prefix: '198.18.40.0/23',
        paths: [
          {
            aspath: { segments: [{ type: 'as-sequence', list: [65010, 65040] }], length: 2 },
            ...{ origin: 'IGP', locPrf: 100, valid: true, bestpath: { overall: true } },
            ...(state === undefined ? {} : { rpkiValidationState: state }),
            peer: { peerId: '10.64.0.2', routerId: '10.255.0.3', hostname: 't', type: 'external' },
          },
        ],
      }),
    );
  const told = (state: string | undefined, refused?: Why['refused']): string =>
    whyText(
      {
        node: 'a',
        address: '198.18.41.80',
        owners: [],
        kernel: undefined,
        rib: [],
        bgp: view(state),
        refused,
        way: [],
      },
      { asn: 65001, between: () => undefined },
    );
  t.match(told('valid'), /local preference 100, origin valid/u);
  t.match(told('not found'), /origin not found/u);
  for (const silent of [undefined, 'not used']) t.notMatch(told(silent), /origin/u);
  const refused = readRefused(filteredAnswer, '198.18.41.80', '10.64.0.13', payloads);
  t.match(
    told(
      'valid',
      refused.map((one) => ({ ...one, node: 'macaque' })),
    ),
    /^refused {2}198\.18\.41\.0\/24, AS path 65002 65666, from macaque: its origin is invalid \(RPKI\)$/mu,
  );
  const other = readRefused(filteredAnswer, '192.0.2.1', '10.64.0.13', payloads);
  t.match(told('valid', other), /from 10\.64\.0\.13: by the policy; its origin is not found$/mu);
  t.end();
});
