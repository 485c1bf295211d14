/**
 * Frames of packets on their way through small labs, made by hand: what a capture at every interface would have seen.
 * The lab of `crossing` is a - r - n - b: two hosts, a router, and a gateway that translates a's address.
 */
import type { Rewrite } from '../../src/fragment/fragment.ts';
import type { Evidence, NodeEvidence } from '../../src/journey/evidence.ts';
import type { TraceInput } from '../../src/journey/trace.ts';
import type { Frame } from '../../src/packet/layer.ts';
import { ethernet, frame, ipv4 } from '../../src/packet/encode.ts';
import type { Part } from '../../src/packet/encode.ts';
import { tcp, udp } from '../../src/packet/encode-transport.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { fixture } from './topology-fixture.ts';

/** One moment in every test, so that no test depends on the day. */
export const epoch = 1_700_000_000_000_000_000n;

/** A frame at `node:interface >` (out) or `<` (in), `at` nanoseconds after the epoch. A part without Ethernet is a TUN's. */
export const seen = (point: string, part: Part | Uint8Array, at: number, link: Frame['link'] = 'ethernet'): Frame => {
  const [place = '', arrow] = point.split(' ');
  const [node = '', name = ''] = place.split(':');
  const bytes = part instanceof Uint8Array ? part : frame(part);
  return {
    node,
    interface: name,
    time: epoch + BigInt(at),
    direction: arrow === '>' ? 'out' : 'in',
    link,
    bytes,
    wireLength: bytes.length,
  };
};

/** A frame cut to a snap length. */
export const cut = (whole: Frame, snap: number): Frame => ({ ...whole, bytes: whole.bytes.subarray(0, snap) });

/** The frame with one octet turned over. */
export const flipped = (whole: Frame, at: number): Frame => {
  const bytes = Uint8Array.from(whole.bytes);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  return { ...whole, bytes };
};

export const macOf = (topology: Topology, place: string): string => {
  const [node, name] = place.split(':');
  return (
    topology.nodes.find((item) => item.name === node)?.interfaces.find((item) => item.name === name)?.mac ?? 'none'
  );
};

export const crossing = fixture(
  { a: { kind: 'host' }, r: { kind: 'router' }, n: { kind: 'gateway' }, b: { kind: 'host' } },
  [
    ['a:eth0 10.0.1.2/24', 'r:to-a 10.0.1.1/24'],
    ['r:to-n 10.0.2.1/24', 'n:to-r 10.0.2.2/24'],
    ['n:to-b 198.51.100.1/24', 'b:eth0 198.51.100.2/24'],
  ],
);

export const snatRule = '-A POSTROUTING -s 10.0.1.0/24 -o to-b -j SNAT --to-source 198.51.100.1';
const rewrites: readonly Rewrite[] = [{ rewrite: 'nat', node: 'n', type: 'SNAT', rule: snatRule }];

const nodes: Readonly<Record<string, NodeEvidence>> = {
  r: {
    routes: [
      { prefix: '10.0.1.0/24', nextHops: [{ dev: 'to-a' }], protocol: 'kernel' },
      { prefix: '10.0.2.0/24', nextHops: [{ dev: 'to-n' }], protocol: 'kernel' },
      { prefix: '198.51.100.0/24', nextHops: [{ via: '10.0.2.2', dev: 'to-n' }], protocol: 'ospf', note: 'cost 10' },
    ],
  },
  n: {
    routes: [
      { prefix: '10.0.2.0/24', nextHops: [{ dev: 'to-r' }], protocol: 'kernel' },
      { prefix: '10.0.1.0/24', nextHops: [{ via: '10.0.2.1', dev: 'to-r' }], protocol: 'static' },
      { prefix: '198.51.100.0/24', nextHops: [{ dev: 'to-b' }], protocol: 'kernel' },
    ],
  },
};

export interface PacketFields {
  /** Nanoseconds after the epoch of the first sighting; the others follow a microsecond apart. */
  readonly at?: number;
  readonly identification?: number;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  readonly payload?: Uint8Array;
  /** TCP instead of UDP, with these flags and sequence number. */
  readonly flags?: number;
  readonly sequence?: number;
  /** From b to a. */
  readonly back?: boolean;
}

const text = new TextEncoder();

/** The conntrack entry of n for a flow of `crossing`. */
export const entryOf = ({ sourcePort = 40_000, destinationPort = 53, flags }: PacketFields = {}) =>
  ({
    protocol: flags === undefined ? 'udp' : 'tcp',
    original: { source: '10.0.1.2', destination: '198.51.100.2', sourcePort, destinationPort },
    reply: {
      source: '198.51.100.2',
      destination: '198.51.100.1',
      sourcePort: destinationPort,
      destinationPort: sourcePort,
    },
  }) as const;

const steps = (back: boolean) =>
  back
    ? (['b:eth0 >', 'n:to-b <', 'n:to-r >', 'r:to-n <', 'r:to-a >', 'a:eth0 <'] as const)
    : (['a:eth0 >', 'r:to-a <', 'r:to-n >', 'n:to-r <', 'n:to-b >', 'b:eth0 <'] as const);

/** The six sightings of one packet that crosses the lab. */
export const crossingFrames = (fields: PacketFields = {}): Frame[] => {
  const {
    at = 0,
    identification = 1,
    sourcePort = 40_000,
    destinationPort = 53,
    flags,
    sequence = 1000,
    back = false,
  } = fields;
  const payload = fields.payload ?? text.encode('where is b?');
  const ports = back ? { sourcePort: destinationPort, destinationPort: sourcePort } : { sourcePort, destinationPort };
  const transport = flags === undefined ? udp(ports, payload) : tcp({ ...ports, flags, sequence }, payload);
  const hops = back
    ? ([
        ['b:eth0', 'n:to-b', '198.51.100.2', '198.51.100.1', 64],
        ['n:to-r', 'r:to-n', '198.51.100.2', '10.0.1.2', 63],
        ['r:to-a', 'a:eth0', '198.51.100.2', '10.0.1.2', 62],
      ] as const)
    : ([
        ['a:eth0', 'r:to-a', '10.0.1.2', '198.51.100.2', 64],
        ['r:to-n', 'n:to-r', '10.0.1.2', '198.51.100.2', 63],
        ['n:to-b', 'b:eth0', '198.51.100.1', '198.51.100.2', 62],
      ] as const);
  return steps(back).map((point, index) => {
    const [from, to, source, destination, ttl] = hops[index >> 1] ?? hops[0];
    const macs = { source: macOf(crossing, from), destination: macOf(crossing, to) };
    return seen(
      point,
      ethernet(macs, ipv4({ source, destination, ttl, identification }, transport)),
      at + index * 1000,
    );
  });
};

/** What a trace of `crossing` is made from, with the state of its nodes; `more` adds to a node's evidence. */
export const crossingInput = (
  frames: readonly Frame[],
  more: Readonly<Record<string, NodeEvidence>> = {},
  capture?: Evidence['capture'],
): TraceInput => ({
  frames,
  topology: crossing,
  rewrites,
  evidence: {
    nodes: Object.fromEntries(
      ['a', 'r', 'n', 'b'].map((name) => [
        name,
        { ...nodes[name], ...(name === 'n' ? { conntrack: [entryOf()] } : {}), ...more[name] },
      ]),
    ),
    capture: capture ?? {
      nodes: Object.fromEntries(['a', 'r', 'n', 'b'].map((name) => [name, { received: frames.length, dropped: 0 }])),
      to: epoch + 60_000_000_000n,
    },
  },
  from: 'a',
});
