import t from 'tap';
import { Backoff, delays, steady } from '../../../../src/engine/keeper/backoff.ts';
import { compacted } from '../../../../src/engine/keeper/compact.ts';
import { comesBack, endedDaemons } from '../../../../src/engine/keeper/ended.ts';
import type { LabRecord, LabState, ProcessId } from '../../../../src/engine/state.ts';
import { restartPolicy } from '../../../../src/features/raw/restart.ts';
import type { Operation } from '../../../../src/fragment/operation.ts';
import { operationKey } from '../../../../src/plan/difference.ts';
import type { Node, Topology } from '../../../../src/topology/topology.ts';

const nodeCalled = (name: string, more: Partial<Node> = {}): Node => ({
  name,
  kind: 'host',
  loopback: [],
  interfaces: [],
  settings: {},
  features: {},
  ...more,
});
const topologyOf = (nodes: readonly Node[], more: Partial<Topology> = {}): Topology => ({
  name: 'x',
  timers: 'fast',
  offload: false,
  nodes,
  links: [],
  segments: [],
  networks: [],
  tenants: [],
  hosts: {},
  checks: [],
  ...more,
});

const zebra: Operation = { op: 'process', node: 'r', name: 'zebra', argv: ['zebra'], ready: '/run/zserv.api' };
const bgpd: Operation = { op: 'process', node: 'r', name: 'bgpd', argv: ['bgpd'] };
const ovs: Operation = { op: 'openvswitch', node: 'h', datapath: 'netdev', commands: [] };
const operations = [ovs, zebra, bgpd];

const state = (more: Partial<LabState> = {}): LabState => ({
  version: 1,
  lab: 'x',
  run: 'run',
  boot: 'boot',
  file: 'x.yml',
  phase: 'up',
  since: '',
  topology: topologyOf([nodeCalled('r'), nodeCalled('h')]),
  operations,
  probes: [],
  rewrites: [],
  ...more,
});
const started = (operation: Operation, name: string, pid: number): LabRecord => ({
  record: 'process',
  node: operation.node,
  name,
  operation: operationKey(operation),
  pid,
  startTime: pid * 10,
});
const records: LabRecord[] = [
  started(ovs, 'ovsdb-server', 1),
  started(ovs, 'ovs-vswitchd', 2),
  started(zebra, 'zebra', 3),
  started(bgpd, 'bgpd', 4),
];
const running =
  (...pids: number[]) =>
  ({ pid }: ProcessId): boolean =>
    pids.includes(pid);
const names = (found: ReturnType<typeof endedDaemons>): string[] => found.map(({ node, name }) => `${node} ${name}`);

void t.test('what was started and does not run has ended, in the order in which it is started', (t) => {
  t.same(names(endedDaemons(state(), records, running(1, 2, 3, 4))), []);
  t.same(names(endedDaemons(state(), records, running(1))), ['h ovs-vswitchd', 'r zebra', 'r bgpd']);
  t.same(
    endedDaemons(state(), records, running(1, 2)).map(({ name, basis }) => [name, basis]),
    [
      ['zebra', true],
      ['bgpd', false],
    ],
  );
  t.end();
});

void t.test('a daemon that was started again is judged by its last process', (t) => {
  t.same(names(endedDaemons(state(), [...records, started(bgpd, 'bgpd', 5)], running(1, 2, 3, 5))), []);
  t.same(names(endedDaemons(state(), [...records, started(bgpd, 'bgpd', 5)], running(1, 2, 3, 4))), ['r bgpd']);
  t.end();
});

void t.test('what ended on purpose has not ended by itself', (t) => {
  t.same(endedDaemons(state({ phase: 'starting' }), records, running()), [], 'the lab is being changed, or half made');
  t.same(endedDaemons(state({ phase: 'stopping' }), records, running()), []);
  t.same(names(endedDaemons(state({ stopped: { r: { cut: [] } } }), records, running(1))), ['h ovs-vswitchd']);
  t.end();
});

void t.test('what was never started, or for another plan, is a matter of up', (t) => {
  t.same(endedDaemons(state(), [], running()), []);
  const other: Operation = { ...bgpd, argv: ['bgpd', '--other'] };
  t.same(endedDaemons(state(), [started(other, 'bgpd', 9)], running()), []);
  t.end();
});

void t.test('the end that was noted goes with its process', (t) => {
  const note: LabRecord = { record: 'ended', node: 'r', name: 'bgpd', pid: 4, startTime: 40, at: '', how: 'exit 0' };
  const find = (more: LabRecord[]) =>
    endedDaemons(state(), [...records, ...more], running(1, 2, 3)).map(({ noted }) => noted?.how);
  t.same(find([]), [undefined]);
  t.same(find([note]), ['exit 0']);
  t.same(find([{ ...note, startTime: 41 }]), [undefined], 'another process of that number');
  t.end();
});

void t.test('the policy nearest to the process counts', (t) => {
  const entries = [
    { name: 'a', argv: ['a'] },
    { name: 'b', argv: ['b'], restart: 'on-failure' as const },
  ];
  const policies = (topology: Topology, node: string) =>
    ['a', 'b', 'zebra'].map((name) => restartPolicy(topology, node, name));
  const plain = nodeCalled('r', { features: { processes: entries } });
  t.same(policies(topologyOf([plain]), 'r'), ['always', 'on-failure', 'always']);
  t.same(policies(topologyOf([plain], { restart: 'never' }), 'r'), ['never', 'on-failure', 'never']);
  t.same(policies(topologyOf([{ ...plain, restart: 'always' }], { restart: 'never' }), 'r'), [
    'always',
    'on-failure',
    'always',
  ]);
  t.same(policies(topologyOf([plain], { restart: 'on-failure' }), '_cable0'), [
    'on-failure',
    'on-failure',
    'on-failure',
  ]);
  t.end();
});

void t.test('what comes back, by policy and end', (t) => {
  t.ok(comesBack('always', 'exit 0'));
  t.ok(comesBack('always', 'unknown'));
  t.notOk(comesBack('never', 'SIGKILL'));
  t.notOk(comesBack('on-failure', 'exit 0'));
  t.ok(comesBack('on-failure', 'exit 1'));
  t.ok(comesBack('on-failure', 'SIGTERM'));
  t.ok(comesBack('on-failure', 'unknown'), 'a kernel that does not tell says nothing of a good end');
  t.end();
});

void t.test('ends that follow each other make it wait longer, and running for a while makes good', (t) => {
  const backoff = new Backoff();
  t.same(
    delays.map(() => backoff.delay('r bgpd', 0)),
    [...delays],
  );
  t.equal(backoff.delay('r bgpd', 1), 30, 'never longer than the last');
  t.equal(backoff.delay('r zebra', 0), 0, 'each daemon for itself');
  t.equal(backoff.delay('r bgpd', steady - 1), 30);
  t.equal(backoff.delay('r bgpd', steady), 0);
  t.equal(backoff.delay('r bgpd', 3), 1);
  t.end();
});

void t.test('records of what no longer counts are dropped, however often it was restarted', (t) => {
  const applied = (fingerprint: string): LabRecord => ({
    record: 'applied',
    node: 'h',
    operation: operationKey(ovs),
    namespace: 7,
    fingerprint,
  });
  const restart = (count: number): LabRecord => ({
    record: 'restart',
    node: 'r',
    name: 'bgpd',
    at: '',
    how: '',
    count,
  });
  const ended = (pid: number): LabRecord => ({
    record: 'ended',
    node: 'r',
    name: 'bgpd',
    pid,
    startTime: pid * 10,
    at: '',
    how: 'exit 1',
  });
  const all: LabRecord[] = [
    { record: 'machine', node: 'r', pid: 20, startTime: 200 },
    { record: 'machine', node: 'r', pid: 21, startTime: 210 },
    { record: 'keeper', pid: 22, startTime: 220 },
    { record: 'keeper', pid: 23, startTime: 230 },
    ...records,
    applied('a'),
    ended(4),
    restart(1),
    started(bgpd, 'bgpd', 5),
    applied('b'),
    ended(5),
    restart(2),
    started({ ...bgpd, argv: ['other'] }, 'watchfrr', 6),
  ];
  const keys = new Set(operations.map(operationKey));
  const alive = running(1, 2, 3, 21, 23);
  const kept = compacted(all, keys, alive);
  t.same(kept, [
    { record: 'machine', node: 'r', pid: 21, startTime: 210 },
    { record: 'keeper', pid: 23, startTime: 230 },
    started(ovs, 'ovsdb-server', 1),
    started(ovs, 'ovs-vswitchd', 2),
    started(zebra, 'zebra', 3),
    started(bgpd, 'bgpd', 5),
    applied('b'),
    ended(5),
    restart(2),
  ]);
  t.same(compacted(kept, keys, alive), kept, 'a second time drops nothing');
  t.same(names(endedDaemons(state(), kept, alive)), ['r bgpd'], 'what has ended is still known');
  t.end();
});
