/** From reports of one direction to records of connections: who began, what came back, and when it was over. */
import t from 'tap';
import type { Point, SightingKind } from '../../../../lab/flow-log/config.ts';
import { Connections } from '../../../../lab/flow-log/connections.ts';
import type { FlowRecord } from '../../../../lab/flow-log/ipfix.ts';
import type { FlowLogRecord } from '../../../../src/packet/flow-log.ts';

const kinds: readonly SightingKind[] = ['begins', 'stands', 'closes', 'rejected'];
const points = (['sent', 'received'] as const).flatMap((packets, side) =>
  kinds.map((sighting, kind): Point => ({
    point: 1 + side * 4 + kind,
    port: 'to-a',
    machine: 'a',
    network: 'hall',
    tenant: 'red',
    packets,
    sighting,
  })),
);
const [own, other] = ['10.0.0.1', '10.0.0.2'];

/** A report about machine a: it sent to the other, or got from him. */
const report = (packets: 'sent' | 'received', sighting: SightingKind, more: Partial<FlowRecord> = {}): FlowRecord => {
  const sent = packets === 'sent';
  return {
    point: points.find((one) => one.packets === packets && one.sighting === sighting)?.point ?? 0,
    protocol: 6,
    source: sent ? own : other,
    destination: sent ? other : own,
    sourcePort: sent ? 40_000 : 80,
    destinationPort: sent ? 80 : 40_000,
    icmpType: undefined,
    icmpCode: undefined,
    packets: 1,
    octets: 60,
    from: 1_000_000,
    to: 2_000_000,
    ...more,
  };
};
const log = (): { connections: Connections; written: FlowLogRecord[] } => {
  const written: FlowLogRecord[] = [];
  return { connections: new Connections('hv1', points, (one) => void written.push(one)), written };
};

void t.test('a connection that a machine began, told of in any order', (t) => {
  const { connections, written } = log();
  connections.add(
    [
      report('received', 'stands', { packets: 4, octets: 900, from: 1_100_000, to: 1_900_000 }),
      report('sent', 'closes', { from: 1_950_000, to: 1_950_000 }),
      report('sent', 'stands', { packets: 3, octets: 300, from: 1_200_000 }),
      report('sent', 'begins'),
    ],
    0,
  );
  connections.settle(1999);
  t.same(written, [], 'its last acknowledgement may be on its way');
  connections.settle(2000);
  t.same(written, [
    {
      start: '1970-01-01T00:00:01.000Z',
      end: '1970-01-01T00:00:02.000Z',
      hypervisor: 'hv1',
      tenant: 'red',
      network: 'hall',
      machine: 'a',
      port: 'to-a',
      direction: 'out',
      action: 'accept',
      protocol: 'tcp',
      source: own,
      sourcePort: 40_000,
      destination: other,
      destinationPort: 80,
      packets: 5,
      octets: 420,
      answerPackets: 4,
      answerOctets: 900,
      state: 'closed',
    },
  ]);
  t.equal(connections.size, 0);
  t.end();
});

void t.test('one that others began, and another between the same ends after it', (t) => {
  const { connections, written } = log();
  const begins = report('received', 'begins', { sourcePort: 40_000, destinationPort: 80 });
  connections.add([begins, report('sent', 'closes', { sourcePort: 80, destinationPort: 40_000 })], 0);
  connections.add([begins], 1000);
  t.match(written, [{ direction: 'in', packets: 1, answerPackets: 1, state: 'closed' }]);
  connections.flush();
  t.match(written[1], { direction: 'in', packets: 1, answerPackets: 0, state: 'open' });
  t.end();
});

void t.test('what is held back is a record of its own, of each direction', (t) => {
  const { connections, written } = log();
  connections.add([report('sent', 'rejected', { packets: 3 }), report('received', 'rejected')], 0);
  connections.add([report('sent', 'begins')], 0);
  connections.settle(5000);
  t.match(
    written.map(({ direction, action, packets, state }) => [direction, action, packets, state]),
    [
      ['out', 'reject', 3, 'quiet'],
      ['in', 'reject', 1, 'quiet'],
    ],
  );
  t.end();
});

void t.test('a TCP connection stands for as long as it likes, a record a minute while it speaks', (t) => {
  const { connections, written } = log();
  connections.add([report('sent', 'begins'), report('received', 'stands')], 0);
  connections.settle(59_999);
  t.equal(written.length, 0);
  connections.settle(60_000);
  t.match(written, [{ packets: 1, answerPackets: 1, state: 'open' }]);
  connections.settle(120_000);
  t.equal(written.length, 1, 'nothing was said since');
  connections.add([report('sent', 'stands', { packets: 9 })], 130_000);
  connections.settle(190_000);
  t.match(written[1], { packets: 9, answerPackets: 0, direction: 'out', state: 'open' });
  connections.settle(130_000 + 3_600_000);
  t.equal(written.length, 2, 'forgotten without another word');
  t.equal(connections.size, 0);
  t.end();
});

void t.test('UDP, echoes, and TCP without an answer or without a guard, are over when they are silent', (t) => {
  const { connections, written } = log();
  connections.add(
    [
      report('sent', 'begins', { protocol: 17 }),
      report('sent', 'begins', { protocol: 1, sourcePort: undefined, destinationPort: undefined, icmpType: 8 }),
      report('received', 'stands', { protocol: 1, sourcePort: undefined, destinationPort: undefined, icmpType: 0 }),
      report('sent', 'begins', { sourcePort: 40_001 }),
      report('sent', 'stands', { sourcePort: 40_002 }),
      report('received', 'stands', { destinationPort: 40_002 }),
    ],
    0,
  );
  connections.settle(9999);
  t.equal(written.length, 0);
  connections.settle(10_000);
  t.same(written.map(({ protocol, state }) => `${protocol} ${state}`).toSorted(), [
    'icmp quiet',
    'tcp quiet',
    'tcp quiet',
    'udp quiet',
  ]);
  t.match(
    written.find(({ protocol }) => protocol === 'icmp'),
    { icmpType: 8, packets: 1, answerPackets: 1 },
  );
  t.end();
});

void t.test('points that are not known are nobody’s, and other points begin anew', (t) => {
  const { connections, written } = log();
  connections.add([report('sent', 'begins', { point: 77 })], 0);
  t.equal(connections.size, 0);
  connections.add([report('sent', 'begins')], 0);
  connections.replace([]);
  t.equal(written.length, 1);
  connections.add([report('sent', 'begins')], 0);
  t.equal(connections.size, 0);
  t.end();
});
