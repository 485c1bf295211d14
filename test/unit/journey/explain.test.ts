/** Rules R1, R2 and R6: cables change nothing, nodes change only what their state explains, and every answer says how sure it is. */
import t from 'tap';
import { unexplainedOf } from '../../../src/journey/change.ts';
import type { Change, Hop } from '../../../src/journey/change.ts';
import type { NodeEvidence } from '../../../src/journey/evidence.ts';
import { traceOf } from '../../../src/journey/trace.ts';
import { whatOf } from '../../../src/journey/words.ts';
import { dissect } from '../../../src/packet/dissect.ts';
import { ethernet, ipv4, ipv6 } from '../../../src/packet/encode.ts';
import type { Ipv4Fields } from '../../../src/packet/encode.ts';
import { icmp, tcp, udp } from '../../../src/packet/encode-transport.ts';
import { tcpFlag } from '../../../src/packet/layer.ts';
import type { Frame } from '../../../src/packet/layer.ts';
import { exactly } from '../../helpers/exactly.ts';
import {
  crossing,
  crossingFrames,
  crossingInput,
  cut,
  entryOf,
  flipped,
  macOf,
  seen,
  snatRule,
} from '../../helpers/journey-frames.ts';

type More = Readonly<Record<string, NodeEvidence>>;
const explain = (frames: readonly Frame[], more: More = {}): readonly Hop[] => {
  const trace = traceOf(crossingInput(frames, more));
  return trace.journeys.flatMap((journey) => trace.hops(journey));
};
const open = (hops: readonly Hop[]): Change[] => hops.flatMap(unexplainedOf);
const at = (frames: readonly Frame[], index: number): Frame => {
  const found = frames[index];
  if (found === undefined) throw new Error(`no frame ${index}`);
  return found;
};
const replaced = (frames: readonly Frame[], index: number, change: (frame: Frame) => Frame): Frame[] =>
  frames.map((frame, place) => (place === index ? change(frame) : frame));

void t.test('R2: every change of a sound journey has a cause in the state of the node', (t) => {
  const hops = explain(crossingFrames());
  t.strictSame(open(hops), []);
  t.strictSame(
    hops.map(({ grade }) => grade),
    ['exact', 'explained', 'exact', 'explained', 'exact'],
  );
  const nat = hops[3];
  t.strictSame(nat && whatOf(nat), ['SNAT 10.0.1.2 → 198.51.100.1', 'TTL 63 → 62', 'new link header']);
  exactly(
    t,
    nat?.changes.map(({ kind, cause }) => [kind, cause?.kind, cause?.text, cause?.grade]),
    [
      ['source', 'snat', snatRule, 'explained'],
      ['ttl', 'route', 'route 198.51.100.0/24 dev to-b, connected', 'explained'],
      ['checksum', 'checksum', /new header/, 'exact'],
      ['checksum', 'checksum', /RFC 1624/, 'exact'],
      ['mac', 'neighbour', 'next hop 198.51.100.2 is b:eth0', 'explained'],
    ],
  );
  t.match(
    nat?.changes[0]?.cause?.state,
    'conntrack udp 10.0.1.2:40000 > 198.51.100.2:53, answers 198.51.100.2:53 > 198.51.100.1:40000',
  );
  t.match(hops[1]?.changes[0]?.cause?.text, 'route 198.51.100.0/24 via 10.0.2.2 dev to-n, learned by OSPF (cost 10)');
  t.end();
});

void t.test('R2: the answer is translated back by the same entry', (t) => {
  const hops = explain(crossingFrames({ back: true }));
  t.strictSame(open(hops), []);
  t.strictSame(hops[1] && whatOf(hops[1])[0], 'SNAT undone: destination 198.51.100.1 → 10.0.1.2');
  t.match(hops[1]?.changes[0], { cause: { reverse: true, text: snatRule, grade: 'explained' } });
  t.end();
});

void t.test('R1: a cable that turns one octet over is flagged, wherever the octet is', (t) => {
  const frames = crossingFrames();
  // Octet 3: link header. 16: IP length field. 22: TTL. 30: an address. 48: payload, which makes it another packet.
  for (const octet of [3, 22, 24, 30, 36, 48]) {
    const found = open(explain(replaced(frames, 3, (frame) => flipped(frame, octet))));
    t.match(
      found[0],
      { field: new RegExp(`octet ${octet} `), problem: 'the frame changed on the cable' },
      `octet ${octet}`,
    );
  }
  t.end();
});

void t.test('R1: a damaged frame keeps its journey together', (t) => {
  const frames = crossingFrames();
  const damaged = traceOf(
    crossingInput([...frames.slice(0, 3), ...frames.slice(3).map((frame) => flipped(frame, 48))]),
  );
  t.equal(damaged.journeys.length, 1);
  const found = damaged.ledger('all');
  t.match(found, { verdict: 'unexplained', sent: 1, delivered: 1 });
  exactly(t, found.unexplained, [
    { at: 'n:to-r <', text: /octet 48 \(data\) 0x.. > 0x..: the frame changed on the cable/ },
  ]);
  t.end();
});

void t.test('R1: frames are compared up to the snap length', (t) => {
  const frames = crossingFrames({ payload: new Uint8Array(100).fill(7) });
  const hops = explain(frames.map((frame, index) => cut(frame, index % 2 === 0 ? 130 : 110)));
  t.equal(hops.length, 5);
  t.strictSame(open(hops), []);
  exactly(t, open(explain(replaced(frames, 1, (frame) => ({ ...cut(frame, 110), wireLength: 999 })))), [
    { field: 'length', from: '142 octets', to: '999 octets' },
  ]);
  exactly(t, open(explain(replaced(frames, 1, (frame) => flipped(cut(frame, 110), 109)))), [
    { field: 'octet 109 (data)' },
    { field: 'payload', problem: 'nothing on the way may change it' },
  ]);
  t.end();
});

void t.test('R2: a TTL change without a route is unexplained', (t) => {
  const found = open(explain(crossingFrames(), { r: { routes: [] } }));
  exactly(
    t,
    found.map(({ kind, problem }) => [kind, problem]),
    [
      ['ttl', 'r has no route to 198.51.100.2'],
      ['mac', 'r has no route to 198.51.100.2'],
    ],
  );
  t.match(
    open(
      explain(crossingFrames(), {
        r: { routes: [{ prefix: '0.0.0.0/0', nextHops: [{ dev: 'to-a', via: '10.0.1.9' }], protocol: 'static' }] },
      }),
    )[0],
    {
      problem: 'default route via 10.0.1.9 dev to-a, static of r does not lead to to-n',
    },
  );
  t.end();
});

void t.test('R2: the longest prefix counts, and before it the kernel’s own answer', (t) => {
  const wrong = { prefix: '198.51.0.0/16', nextHops: [{ dev: 'to-a' }], protocol: 'bgp' } as const;
  const right = { prefix: '198.51.100.0/24', nextHops: [{ via: '10.0.2.2', dev: 'to-n' }], protocol: 'ospf' } as const;
  t.strictSame(open(explain(crossingFrames(), { r: { routes: [wrong, right] } })), []);
  t.equal(
    open(explain(crossingFrames(), { r: { routes: [{ ...wrong, prefix: '198.51.100.2/32' }, right] } })).length,
    2,
  );
  const lookup = { ...right, prefix: '0.0.0.0/0', destination: '198.51.100.2', interface: 'to-a' };
  t.strictSame(open(explain(crossingFrames(), { r: { routes: [wrong], lookups: [lookup] } })), []);
  t.end();
});

void t.test('R2: of several next hops on one segment it is the one that the frame is for', (t) => {
  const nextHops = [
    { via: '10.0.2.7', dev: 'to-n' },
    { via: '10.0.2.2', dev: 'to-n' },
  ];
  const hops = explain(crossingFrames(), {
    r: { routes: [{ prefix: '198.51.100.0/24', nextHops, protocol: 'bgp' }] },
  });
  t.strictSame(open(hops), []);
  t.equal(
    hops[1]?.changes[0]?.cause?.text,
    'route 198.51.100.0/24 via 10.0.2.2 dev to-n, learned by BGP, one of 2 next hops',
  );
  t.end();
});

const hop = (
  from: string,
  to: string,
  before: Ipv4Fields,
  after: Ipv4Fields,
  transport = tcp({ sourcePort: 1, destinationPort: 2, flags: tcpFlag.syn }),
  second = transport,
): Frame[] => [
  seen(
    'r:to-a <',
    ethernet({ source: macOf(crossing, 'a:eth0'), destination: macOf(crossing, 'r:to-a') }, ipv4(before, transport)),
    0,
  ),
  seen(
    'r:to-n >',
    ethernet({ source: macOf(crossing, from), destination: macOf(crossing, to) }, ipv4(after, second)),
    1000,
  ),
];
const fields = { source: '10.0.1.2', destination: '198.51.100.2', identification: 5 } as const;
const routed = { ...fields, ttl: 63 } as const;

void t.test('R2: of several next hops on one link, the one that the packet is addressed to', (t) => {
  const nextHops = ['10.0.2.9', '10.0.2.2'].map((via) => ({ via, dev: 'to-n' }));
  const more = { r: { routes: [{ prefix: '198.51.100.0/24', nextHops, protocol: 'bgp', note: undefined }] } };
  const [one] = explain(hop('r:to-n', 'n:to-r', fields, routed), more);
  t.strictSame(one && open([one]), []);
  exactly(
    t,
    one?.changes.flatMap(({ kind, cause }) => (kind === 'ttl' || kind === 'mac' ? [[kind, cause?.text]] : [])),
    [
      ['ttl', 'route 198.51.100.0/24 via 10.0.2.2 dev to-n, learned by BGP, one of 2 next hops'],
      ['mac', 'next hop 10.0.2.2 is n:to-r'],
    ],
  );
  exactly(t, open(explain(hop('r:to-n', 'b:eth0', fields, routed), more)), [
    { kind: 'mac', problem: /is not the MAC of the next hop 10.0.2.9/ },
  ]);
  t.end();
});

void t.test('R2: what a router may not do is unexplained', (t) => {
  const right = ['r:to-n', 'n:to-r'] as const;
  t.strictSame(open(explain(hop(...right, fields, routed))), []);
  exactly(t, open(explain(hop(...right, fields, { ...fields, ttl: 62 }))), [
    { kind: 'ttl', problem: 'a router takes exactly 1' },
  ]);
  exactly(t, open(explain(hop('r:to-a', 'n:to-r', fields, routed))), [
    { kind: 'mac', problem: /is not the MAC of r:to-n/ },
  ]);
  exactly(t, open(explain(hop('r:to-n', 'b:eth0', fields, routed))), [
    { kind: 'mac', problem: /is not the MAC of the next hop 10.0.2.2/ },
  ]);
  exactly(t, open(explain(hop(...right, fields, { ...routed, source: '10.0.1.9' }))), [
    { kind: 'source', problem: 'r has no translation of 10.0.1.2:1 > 198.51.100.2:2' },
  ]);
  exactly(t, open(explain(hop(...right, fields, { ...routed, dontFragment: true }))), [
    { kind: 'other', field: 'fragment' },
  ]);
  exactly(t, open(explain(hop(...right, fields, { ...routed, tos: 0xb8 }))), [{ kind: 'dscp', from: '0', to: '46' }]);
  exactly(t, open(explain(hop(...right, { ...fields, tos: 0 }, { ...routed, tos: 3 }))), [
    { kind: 'ecn', problem: 'only CE may be set on the way' },
  ]);
  exactly(t, open(explain(hop(...right, { ...fields, tos: 2 }, { ...routed, tos: 1 }))), [
    { kind: 'ecn', from: 'ECT(0)', to: 'ECT(1)' },
  ]);
  t.end();
});

void t.test('R2: the neighbour table of the node counts before the topology', (t) => {
  const neighbours = [{ address: '10.0.2.2', dev: 'to-n', mac: macOf(crossing, 'b:eth0') }];
  t.strictSame(
    open(
      explain(hop('r:to-n', 'b:eth0', fields, routed), { r: { ...crossingInput([]).evidence.nodes['r'], neighbours } }),
    ),
    [],
  );
  exactly(
    t,
    open(
      explain(hop('r:to-n', 'n:to-r', fields, routed), { r: { ...crossingInput([]).evidence.nodes['r'], neighbours } }),
    ),
    [{ kind: 'mac' }],
  );
  t.end();
});

void t.test('R2: rules that mark packets, queues that signal congestion, and a clamped MSS are causes', (t) => {
  const mangle = ['-A POSTROUTING -j DSCP --set-dscp 0x2e', '-A FORWARD -p tcp -j TCPMSS --clamp-mss-to-pmtu'];
  const mss = (value: number) =>
    tcp({
      sourcePort: 1,
      destinationPort: 2,
      flags: tcpFlag.syn,
      options: Uint8Array.of(2, 4, value >> 8, value & 255),
    });
  const before = { ...fields, tos: 2 };
  const frames = hop('r:to-n', 'n:to-r', before, { ...routed, tos: 0xbb }, mss(1460), mss(1360));
  exactly(
    t,
    open(explain(frames)).map(({ kind }) => kind),
    ['dscp', 'mss'],
  );
  const [only] = explain(frames, { r: { mangle } });
  t.strictSame(only && unexplainedOf(only), []);
  t.strictSame(only && whatOf(only), [
    'TTL 64 → 63',
    'DSCP 0 → 46',
    'ECN ECT(0) → CE',
    'MSS 1460 → 1360',
    'new link header',
  ]);
  t.end();
});

void t.test('checksums must follow from the other changes, also where the payload was cut off', (t) => {
  const frames = crossingFrames();
  const wrongSum = replaced(
    replaced(frames, 4, (frame) => flipped(frame, 41)),
    5,
    (frame) => flipped(frame, 41),
  );
  exactly(t, open(explain(wrongSum)), [{ field: 'udp checksum', problem: 'does not follow from the other changes' }]);
  exactly(t, open(explain(wrongSum.map((frame) => cut(frame, 44)))), [{ field: 'udp checksum' }]);
  const wrongHeader = replaced(
    replaced(frames, 4, (frame) => flipped(frame, 24)),
    5,
    (frame) => flipped(frame, 24),
  );
  exactly(t, open(explain(wrongHeader)), [{ field: 'ipv4 header checksum', problem: 'wrong for the new header' }]);
  t.end();
});

void t.test('a checksum that was left to the network card is completed on the way', (t) => {
  const frames = crossingFrames();
  const partial = { gsoType: 0, gsoSize: 0, partialChecksum: true };
  const left = frames.map((frame, index) => (index < 2 ? { ...flipped(frame, 40), offload: partial } : frame));
  const [, first] = explain(left);
  t.match(
    first?.changes.find(({ field }) => field === 'udp checksum'),
    { cause: { kind: 'offload', grade: 'exact' } },
  );
  const [, short] = explain(left.map((frame) => cut(frame, 50)));
  t.match(short, { grade: 'inferred' });
  t.end();
});

void t.test(
  'R6: a rule that is declared but has no entry left in the node is inferred, none at all unexplained',
  (t) => {
    t.match(explain(crossingFrames(), { n: { ...crossingInput([]).evidence.nodes['n'], conntrack: [] } })[3], {
      grade: 'inferred',
      changes: { 0: { cause: { text: snatRule, grade: 'inferred' } } },
    });
    const trace = traceOf({ ...crossingInput(crossingFrames()), rewrites: [] });
    const hops = trace.journeys.flatMap((journey) => trace.hops(journey));
    t.match(hops[3]?.changes[0], { cause: { grade: 'inferred', text: 'a translation of n that no rule declares' } });
    const neither = traceOf({ ...crossingInput(crossingFrames(), { n: { conntrack: [] } }), rewrites: [] });
    exactly(t, neither.ledger('all').unexplained, [
      {
        at: 'n:to-b >',
        text: 'source 10.0.1.2:40000 > 198.51.100.1:40000: n has no translation of 10.0.1.2:40000 > 198.51.100.2:53',
      },
    ]);
    t.end();
  },
);

void t.test('R2: an entry that orders another translation does not explain this one', (t) => {
  const entry = entryOf();
  const other = { ...entry, reply: { ...entry.reply, destination: '198.51.100.7' } };
  const trace = traceOf({ ...crossingInput(crossingFrames(), { n: { conntrack: [other] } }), rewrites: [] });
  exactly(t, trace.ledger('all').unexplained, [
    { text: /conntrack udp .* makes it 198.51.100.7:40000 > 198.51.100.2:53/ },
  ]);
  t.end();
});

void t.test('R6: a join with several candidates is inferred', (t) => {
  const frames = [0, 1].flatMap((index) => crossingFrames({ identification: 0, at: index * 100 }));
  const hops = explain(frames);
  t.ok(hops.some(({ join, grade }) => join.candidates === 2 && grade === 'inferred'));
  t.strictSame(open(hops), []);
  t.end();
});

void t.test('the identifier of an echo is translated like a port', (t) => {
  const packet = (source: string, identifier: number, ttl: number) =>
    ipv4({ source, destination: '198.51.100.2', ttl, identification: 3 }, icmp({ identifier, sequence: 1 }));
  const frames = [
    seen(
      'n:to-r <',
      ethernet(
        { source: macOf(crossing, 'r:to-n'), destination: macOf(crossing, 'n:to-r') },
        packet('10.0.1.2', 7, 63),
      ),
      0,
    ),
    seen(
      'n:to-b >',
      ethernet(
        { source: macOf(crossing, 'n:to-b'), destination: macOf(crossing, 'b:eth0') },
        packet('198.51.100.1', 900, 62),
      ),
      1000,
    ),
  ];
  const tuples = { source: '10.0.1.2', destination: '198.51.100.2', sourcePort: 7, destinationPort: 7 };
  const conntrack = [
    {
      protocol: 'icmp',
      original: tuples,
      reply: { source: '198.51.100.2', destination: '198.51.100.1', sourcePort: 900, destinationPort: 900 },
    },
  ] as const;
  t.strictSame(
    dissect((frames[0] as Frame).bytes, 'ethernet').map(({ protocol }) => protocol),
    ['ethernet', 'ipv4', 'icmp'],
  );
  const [only] = explain(frames, { n: { ...crossingInput([]).evidence.nodes['n'], conntrack } });
  t.strictSame(only && unexplainedOf(only), []);
  t.match(only && whatOf(only)[0], 'SNAT 10.0.1.2 id 7 → 198.51.100.1 id 900');
  t.equal(at(frames, 0).node, 'n');
  t.end();
});

void t.test('IPv6 is routed by a link-local next hop, and has a hop limit instead of a TTL', (t) => {
  const packet = (hopLimit: number) =>
    ipv6(
      { source: '2001:db8:1::2', destination: '2001:db8:2::2', hopLimit, flowLabel: 0x12345 },
      udp({ sourcePort: 9, destinationPort: 10 }, new Uint8Array(20)),
    );
  const through = (after: number): Frame[] => [
    seen(
      'r:to-a <',
      ethernet({ source: macOf(crossing, 'a:eth0'), destination: macOf(crossing, 'r:to-a') }, packet(64)),
      0,
    ),
    seen(
      'r:to-n >',
      ethernet({ source: macOf(crossing, 'r:to-n'), destination: macOf(crossing, 'n:to-r') }, packet(after)),
      1000,
    ),
  ];
  const r: NodeEvidence = {
    routes: [{ prefix: '2001:db8:2::/48', nextHops: [{ via: 'fe80::2', dev: 'to-n' }], protocol: 'bgp' }],
    neighbours: [{ address: 'fe80::2', dev: 'to-n', mac: macOf(crossing, 'n:to-r') }],
  };
  const [only] = explain(through(63), { r });
  t.strictSame(only && unexplainedOf(only), []);
  t.match(only?.changes[0], {
    field: 'ipv6 hop limit',
    cause: { text: 'route 2001:db8:2::/48 via fe80::2 dev to-n, learned by BGP' },
  });
  exactly(t, open(explain(through(61), { r })), [{ kind: 'ttl' }]);
  exactly(t, open(explain(through(63))), [{ problem: 'r has no route to 2001:db8:2::2' }, { kind: 'mac' }]);
  t.end();
});
