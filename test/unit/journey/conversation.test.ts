/** Conversations through NAT, connections across a proxy, and what a trace is about. */
import t from 'tap';
import { noEvidence, tupleText } from '../../../src/journey/evidence.ts';
import type { NodeEvidence } from '../../../src/journey/evidence.ts';
import { passportOf } from '../../../src/journey/passport.ts';
import { traceOf } from '../../../src/journey/trace.ts';
import type { Trace } from '../../../src/journey/trace.ts';
import { ethernet, ipv4 } from '../../../src/packet/encode.ts';
import { tcp } from '../../../src/packet/encode-transport.ts';
import { tcpFlag } from '../../../src/packet/layer.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import { exactly } from '../../helpers/exactly.ts';
import { crossingFrames, crossingInput, macOf, seen } from '../../helpers/journey-frames.ts';
import { fixture } from '../../helpers/topology-fixture.ts';

void t.test('both directions of a translated flow are one conversation', (t) => {
  const frames = [
    ...crossingFrames({ identification: 1 }),
    ...crossingFrames({ identification: 2, at: 20_000, back: true }),
    ...crossingFrames({ identification: 3, at: 40_000 }),
    ...crossingFrames({ identification: 4, at: 60_000, sourcePort: 40_001 }),
  ];
  const trace = traceOf({ ...crossingInput(frames), evidence: noEvidence });
  exactly(
    t,
    trace.conversations.map(({ origin, protocol, forward, backward }) => [
      origin,
      protocol,
      forward.map(({ number }) => number),
      backward.map(({ number }) => number),
    ]),
    [
      ['a', 'udp', [1, 3], [2]],
      ['a', 'udp', [4], []],
    ],
  );
  t.strictSame(trace.conversations[0]?.tuples.map(tupleText), [
    '10.0.1.2:40000 > 198.51.100.2:53',
    '198.51.100.1:40000 > 198.51.100.2:53',
  ]);
  t.end();
});

void t.test('an answer whose question was lost before the translation is joined by the entry', (t) => {
  const frames = [...crossingFrames().slice(0, 2), ...crossingFrames({ identification: 9, at: 50_000, back: true })];
  t.equal(traceOf(crossingInput(frames)).conversations.length, 1);
  t.equal(
    traceOf({ ...crossingInput(frames), evidence: noEvidence }).conversations.length,
    1,
    'the answer itself shows the translation',
  );
  const cutShort = [
    ...crossingFrames().slice(0, 2),
    ...crossingFrames({ identification: 9, at: 50_000, back: true }).slice(0, 2),
  ];
  t.equal(traceOf(crossingInput(cutShort)).conversations.length, 1);
  t.equal(traceOf({ ...crossingInput(cutShort), evidence: noEvidence }).conversations.length, 2);
  t.end();
});

void t.test('a trace is about what its node began, not about what others sent it', (t) => {
  const frames = [
    ...crossingFrames({ at: 0, back: true, sourcePort: 5 }),
    ...crossingFrames({ at: 50_000, sourcePort: 6, identification: 2 }),
  ];
  const trace = traceOf(crossingInput(frames));
  t.equal(trace.conversations.length, 2);
  exactly(t, trace.scope, [{ origin: 'a', number: 2 }]);
  t.match(trace.ledger(), { sent: 1, journeys: 1 });
  t.match(trace.ledger('all'), { sent: 2, journeys: 2 });
  t.end();
});

const shop = fixture({ c: { kind: 'host' }, p: { kind: 'host' }, s: { kind: 'host' } }, [
  ['c:eth0 10.0.1.2/24', 'p:front 10.0.1.1/24'],
  ['p:back 10.0.2.1/24', 's:eth0 10.0.2.2/24'],
]);
const encoder = new TextEncoder();
interface Segment {
  readonly at: number;
  readonly leg: 'front' | 'back';
  readonly port: number;
  readonly answer?: boolean;
  readonly data?: string;
}
let serial = 0;
const segment = ({ at, leg, port, answer = false, data = '' }: Segment): Frame[] => {
  const [client, server] = leg === 'front' ? (['c:eth0', 'p:front'] as const) : (['p:back', 's:eth0'] as const);
  const [clientAddress, serverAddress] =
    leg === 'front' ? (['10.0.1.2', '10.0.1.1'] as const) : (['10.0.2.1', '10.0.2.2'] as const);
  const [from, to] = answer ? [server, client] : [client, server];
  const [source, destination] = answer ? [serverAddress, clientAddress] : [clientAddress, serverAddress];
  const ports = answer ? { sourcePort: 443, destinationPort: port } : { sourcePort: port, destinationPort: 443 };
  const part = ethernet(
    { source: macOf(shop, from), destination: macOf(shop, to) },
    ipv4(
      { source, destination, identification: (serial += 1) },
      tcp(
        { ...ports, sequence: at, flags: data === '' ? tcpFlag.syn : tcpFlag.ack | tcpFlag.psh },
        encoder.encode(data),
      ),
    ),
  );
  return [seen(`${from} >`, part, at), seen(`${to} <`, part, at + 500)];
};
const hello = (name: string): string => `a client hello with random ${name}`;
const bye = 'the answer of the server, quite long';
/** A request through the proxy: both connections are opened, the same octets go on, and the answer comes back. */
const request = (at: number, front: number, back: number, name: string): Frame[] =>
  [
    { at, leg: 'front', port: front } as const,
    { at: at + 1000, leg: 'front', port: front, data: hello(name) } as const,
    { at: at + 2000, leg: 'back', port: back } as const,
    { at: at + 3000, leg: 'back', port: back, data: hello(name) } as const,
    { at: at + 4000, leg: 'back', port: back, answer: true, data: bye + name } as const,
    { at: at + 5000, leg: 'front', port: front, answer: true, data: bye + name } as const,
  ].flatMap(segment);
const proxied = (frames: readonly Frame[], more: NodeEvidence = {}): Trace =>
  traceOf({
    frames,
    topology: shop,
    rewrites: [{ rewrite: 'proxy', node: 'p', log: '/var/log/haproxy.log' }],
    evidence: { nodes: { p: more } },
    from: 'c',
  });
const pair = (front: number, back: number) => ({
  front: { source: '10.0.1.2', sourcePort: front, destination: '10.0.1.1', destinationPort: 443 },
  back: { source: '10.0.2.1', sourcePort: back, destination: '10.0.2.2', destinationPort: 443 },
});

void t.test('connections of a proxy are joined by their first octets', (t) => {
  const trace = proxied([
    ...request(0, 1001, 2001, 'one'),
    ...request(1500, 1002, 2002, 'two'),
    ...segment({ at: 9000, leg: 'back', port: 2999, data: 'GET /healthz HTTP/1.1' }),
  ]);
  exactly(
    t,
    trace.joins.map(({ by, grade }) => [by, grade]),
    [
      ['payload', 'inferred'],
      ['payload', 'inferred'],
    ],
  );
  t.strictSame(
    trace.joins.map(({ front, back }) =>
      [front, back].map((number) => trace.conversations[number - 1]?.tuples[0]?.sourcePort),
    ),
    [
      [1001, 2001],
      [1002, 2002],
    ],
  );
  t.equal(trace.scope.length, 4, 'both requests with their continuation, without the proxy’s health check');
  t.end();
});

void t.test('the proxy’s log counts before the octets, and settles what they cannot', (t) => {
  const same = [...request(0, 1001, 2001, 'one'), ...request(1500, 1002, 2002, 'one')];
  t.strictSame(proxied(same).joins, [], 'two connections with the same octets: not guessed');
  const logged = proxied(same, { proxied: [pair(1001, 2002), pair(1002, 2001)] });
  exactly(
    t,
    logged.joins.map(({ by, grade }) => [by, grade]),
    [
      ['log', 'exact'],
      ['log', 'exact'],
    ],
  );
  t.strictSame(
    logged.joins.map(({ front, back }) =>
      [front, back].map((number) => logged.conversations[number - 1]?.tuples[0]?.sourcePort),
    ),
    [
      [1001, 2002],
      [1002, 2001],
    ],
  );
  const half = proxied(same, { proxied: [pair(1001, 2001)] });
  exactly(
    t,
    half.joins.map(({ by }) => by),
    ['log', 'payload'],
    'what is left is no longer ambiguous',
  );
  const mapped = pair(1001, 2001);
  t.match(
    proxied(same, {
      proxied: [{ ...mapped, front: { ...mapped.front, source: '::ffff:10.0.1.2', destination: '::ffff:10.0.1.1' } }],
    }).joins[0],
    { by: 'log' },
  );
  t.end();
});

void t.test('the passport follows the request over both connections, and the answer back', (t) => {
  const trace = proxied(request(0, 1001, 2001, 'one'), { proxied: [pair(1001, 2001)] });
  const passport = passportOf(trace);
  exactly(
    t,
    passport?.legs.map(({ name, journey, continues, stamps }) => [
      name,
      journey,
      continues?.sameOctets,
      stamps[0]?.number,
      stamps.map(({ node }) => node).join(' '),
    ]),
    [
      ['request', 2, undefined, 1, 'c p'],
      ['request', 4, true, 3, 'p s'],
      ['answer', 5, undefined, 5, 's p'],
      ['answer', 6, true, 7, 'p c'],
    ],
  );
  t.match(passport?.totals, { stamps: 8, nodes: 3, cables: 4, routers: 0, unexplained: 0 });
  exactly(t, passportOf(trace, 1)?.legs, [
    { name: 'packet', journey: 1, packet: 'tcp 10.0.1.2:1001 > 10.0.1.1:443, SYN' },
  ]);
  t.equal(passportOf(trace, 99), undefined);
  t.equal(passportOf(proxied([])), undefined);
  t.end();
});
