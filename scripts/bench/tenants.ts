/**
 * Tenants' networks: throughput and round-trip times of every way between machines as parts of a plain veth pair in the same
 * round, what a hypervisor costs while nothing is asked of it, and how long it takes to program ports. On each datapath of
 * Open vSwitch that the machine has.
 */
import { readFileSync, readdirSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { labPaths } from '../../src/engine/paths.ts';
import { kernelHas } from '../../src/kernel/capabilities.ts';
import { arrived, compileTraffic } from './load.ts';
import type { Row } from './report.ts';
import { lab, portsLab, tenantsLab, veth, type Way, ways } from './tenants-net.ts';
import { median, timed } from './timed.ts';
import type { Workspace } from './workspace.ts';
import { eventsOf, freed, processesOf, up, xiyou } from './xiyou.ts';

export type SwitchDatapath = 'kernel' | 'userspace';

const ROUNDS = 3;
/** Seconds of each load, and of the silence in which processor time is counted. */
const SECONDS = 2;
const IDLE = 10;
/** Echoes of one measurement of round-trip times, and the seconds between two. */
const ECHOES = 200;
const BETWEEN = '0.005';
const PORT = 5001;
/** Ports that a hypervisor is given; the last only where time does not matter. */
const PORTS = [1, 100] as const;
const MOST_PORTS = 1000;

const datapaths = (): SwitchDatapath[] => [
  ...(kernelHas('tun') ? (['userspace'] as const) : []),
  ...(kernelHas('openvswitch') && kernelHas('zones') ? (['kernel'] as const) : []),
];

/** A command inside a node, as words. */
const inside =
  (node: string) =>
  (...words: readonly string[]): string[] => ['ip', 'netns', 'exec', `${lab}-${node}`, ...words];

interface Samples {
  readonly throughput: number[];
  readonly latency: number[];
}

/** Average of the round-trip times, in microseconds; the first packets find their way before. */
const roundTrip = async (work: Workspace, way: Way): Promise<number> => {
  const ping = inside(way.from)('ping', '-q', '-i', BETWEEN, '-w', '20');
  await timed([...ping, '-c', '3', way.address], { signal: work.signal });
  const { stdout } = await timed([...ping, '-c', String(ECHOES), way.address], { signal: work.signal });
  const [, average] = /= [\d.]+\/([\d.]+)\//u.exec(stdout) ?? [];
  if (average === undefined) throw new Error(`${way.what}: no echo came back`);
  return Math.round(Number(average) * 1000);
};

const setOffload = async (work: Workspace, to: 'on' | 'off'): Promise<void> => {
  for (const node of [veth.from, veth.to])
    await timed(inside(node)('ethtool', '-K', 'eth0', 'tx', to, 'tso', to, 'gso', to), { signal: work.signal });
};

/** One round of a way. */
const measure = async (work: Workspace, program: string, way: Way, into: Samples): Promise<void> => {
  into.latency.push(await roundTrip(work, way));
  into.throughput.push(
    await arrived(work, program, {
      protocol: 'tcp',
      sink: inside(way.to),
      source: inside(way.from),
      address: way.address,
      port: PORT,
      seconds: SECONDS,
      datagram: 0,
    }),
  );
};

/** The processes of a hypervisor. */
const processesAt = (node: string): number[] => {
  const inode = statSync(path.join(labPaths(lab).directory, 'netns', node)).ino;
  const own = new Set(processesOf(lab));
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => own.has(pid) && readlinkSync(`/proc/${pid}/ns/net`) === `net:[${inode}]`);
};

/** kB of memory, what processes share divided among them (proc(5), smaps_rollup). */
const memory = (pids: readonly number[]): number =>
  pids.reduce(
    (sum, pid) => sum + Number(/^Pss: +(\d+) kB/mu.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0),
    0,
  );

/** Seconds of processor time that they took so far: utime and stime of /proc/PID/stat, in hundredths (proc(5)). */
const processor = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return sum + (Number(fields[11]) + Number(fields[12])) / 100;
  }, 0);

/** What a hypervisor costs: hv2 carries machines only, hv1 a flow log as well. */
const costs = async (datapath: SwitchDatapath): Promise<Row[]> => {
  const hypervisors = [
    ['hv2', 'a hypervisor'],
    ['hv1', 'a hypervisor with a flow log'],
  ] as const;
  const before = new Map(hypervisors.map(([node]) => [node, processor(processesAt(node))]));
  await pause(IDLE * 1000);
  return hypervisors.flatMap(([node, what]): Row[] => {
    const pids = processesAt(node);
    const cpu = (100 * (processor(pids) - (before.get(node) ?? 0))) / IDLE;
    return [
      { goal: 'VPC', what: `${datapath}: ${what}, memory (PSS)`, unit: 'MB', xiyou: memory(pids) / 1000 },
      { goal: 'VPC', what: `${datapath}: ${what}, a processor while idle`, unit: '%', xiyou: cpu },
    ];
  });
};

/** Ways between machines, all in turns, so that a noisy moment of the machine meets them all. */
const traffic = async (
  work: Workspace,
  datapath: SwitchDatapath,
  program: string,
  progress: (what: string) => void,
): Promise<Row[]> => {
  const fresh = (): Samples => ({ throughput: [], latency: [] });
  const [whole, bare] = [fresh(), fresh()];
  const all = new Map(ways.map((way) => [way, fresh()]));
  for (let round = 1; round <= ROUNDS; round += 1) {
    progress(`tenants, ${datapath}, round ${round} of ${ROUNDS}`);
    await setOffload(work, 'on');
    await measure(work, program, veth, whole);
    await setOffload(work, 'off');
    await measure(work, program, veth, bare);
    for (const [way, samples] of all) await measure(work, program, way, samples);
  }
  const rows = [
    ['veth pair', whole] as const,
    ['veth pair without offload', bare] as const,
    ...[...all].map(([way, samples]) => [way.what, samples] as const),
  ];
  return rows.flatMap(([what, { throughput, latency }]): Row[] => [
    {
      goal: 'VPC',
      what: `${datapath}: TCP, ${what}`,
      unit: 'Mb/s',
      xiyou: median(throughput),
      veth: median(whole.throughput),
      bare: median(bare.throughput),
      samples: { throughput },
    },
    {
      goal: 'VPC',
      what: `${datapath}: round trip, ${what}`,
      unit: 'µs',
      xiyou: median(latency),
      veth: median(whole.latency),
      bare: median(bare.latency),
      samples: { latency },
    },
  ]);
};

/** Seconds of the stages in which a switch gets its ports and its flows, and how many flows there are. */
const programming = async (
  work: Workspace,
  datapath: SwitchDatapath,
  full: boolean,
  progress: (what: string) => void,
): Promise<Row[]> => {
  const rows: Row[] = [];
  for (const count of [...PORTS, ...(full ? [MOST_PORTS] : [])]) {
    progress(`tenants, ${datapath}: ${count} ports`);
    const name = `bench-ports-${count}`;
    const file = work.file(`${name}.json`);
    writeFileSync(file, JSON.stringify(portsLab(name, count, datapath)));
    const made = await up(work, name, file);
    const seconds = (stage: string): number =>
      Number(eventsOf(made).find((event) => event['event'] === 'stage-end' && event['stage'] === stage)?.['seconds']);
    const flows = await xiyou(
      ['exec', '--lab', name, 'hv1', '--', 'ovs-ofctl', '-O', 'OpenFlow15', 'dump-aggregate', 'br-int'],
      { signal: work.signal },
    );
    const number = /flow_count=(\d+)/u.exec(flows.stdout)?.[1];
    const what = `${datapath}: ${count} ${count === 1 ? 'port' : 'ports'}`;
    rows.push(
      { goal: 'VPC', what: `${what}, the switch with them`, xiyou: seconds('switches') },
      {
        goal: 'VPC',
        what: `${what}, ${number === undefined ? 'all' : `its ${number}`} flows`,
        xiyou: seconds('tunnels'),
      },
      { goal: 'VPC', what: `${what}, the whole up`, xiyou: made.seconds },
    );
    await xiyou(['down', name], { signal: work.signal });
    await freed();
    made.undone();
  }
  return rows;
};

/** Measures all of it. */
export const tenants = async (
  work: Workspace,
  { full }: { readonly full: boolean },
  progress: (what: string) => void,
): Promise<Row[]> => {
  const program = await compileTraffic(work);
  const rows: Row[] = [];
  for (const datapath of datapaths()) {
    progress(`tenants, ${datapath}`);
    const file = work.file(`${lab}.json`);
    writeFileSync(file, JSON.stringify(tenantsLab(datapath)));
    const made = await up(work, lab, file);
    rows.push(...(await costs(datapath)), ...(await traffic(work, datapath, program, progress)));
    await xiyou(['down', lab], { signal: work.signal });
    await freed();
    made.undone();
    rows.push(...(await programming(work, datapath, full, progress)));
  }
  return rows;
};
