/**
 * The LTE user plane under load: TCP and small UDP datagrams, up and down, by plain routing and by the two data paths. All
 * three take turns in one network, so that a noisy moment of the machine meets them all. A node's processors are everybody's:
 * with two of them, sender, receiver and five nodes share what there is, and only the ratios say something.
 */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { $ } from 'zx';
import { type Carrier, carriers, address, MobileNet } from './mobile-net.ts';
import type { Row } from './report.ts';
import { median, timed } from './timed.ts';
import type { Workspace } from './workspace.ts';

const ROUNDS = 3;
/** Seconds of each load. */
const SECONDS = 3;
/** Octets of a small datagram, without headers. */
const DATAGRAM = 100;
const PORT = 5001;

const measures = [
  { what: 'TCP up', protocol: 'tcp', from: 'phone', to: 'server', unit: 'Mb/s' },
  { what: 'TCP down', protocol: 'tcp', from: 'server', to: 'phone', unit: 'Mb/s' },
  { what: `UDP of ${DATAGRAM} octets, up`, protocol: 'udp', from: 'phone', to: 'server', unit: 'packets/s' },
  { what: `UDP of ${DATAGRAM} octets, down`, protocol: 'udp', from: 'server', to: 'phone', unit: 'packets/s' },
] as const;
type Measure = (typeof measures)[number];

/** Runs a load; returns what arrived, in the measure's unit. */
const load = async (work: Workspace, net: MobileNet, program: string, one: Measure): Promise<number> => {
  const [command = '', ...words] = net.inside(one.to, program, `${one.protocol}-sink`, String(PORT));
  const sink = spawn(command, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  const undone = work.willUndo(async () => sink.kill('SIGKILL'));
  const ended = new Promise<string>((resolve, reject) => {
    let text = '';
    sink.once('error', reject);
    sink.stdout.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    sink.once('close', () => resolve(text));
  });
  await new Promise<void>((resolve, reject) => {
    sink.stdout.once('data', () => resolve());
    sink.once('close', () => reject(new Error('the receiver ended before it began')));
  });
  const source = [program, `${one.protocol}-source`, address[one.to], String(PORT), String(SECONDS)];
  await timed(net.inside(one.from, ...source, ...(one.protocol === 'udp' ? [String(DATAGRAM)] : [])), {
    signal: work.signal,
    within: 60,
  });
  const [, octets, messages, seconds] = /(\d+) (\d+) ([\d.]+)/u.exec(await ended) ?? [];
  undone();
  if (!(Number(seconds) > 0)) throw new Error(`${one.what}: nothing arrived`);
  return one.protocol === 'tcp'
    ? Math.round((Number(octets) * 8) / 1e6 / Number(seconds))
    : Math.round(Number(messages) / Number(seconds));
};

/** The carriers that this machine can have; bpf needs clang and a kernel that takes the programs. */
const carriersHere = async (net: MobileNet, progress: (what: string) => void): Promise<readonly Carrier[]> => {
  try {
    await net.carry('bpf');
    return carriers;
  } catch (error) {
    progress(`without bpf: ${error instanceof Error ? error.message : String(error)}`);
    return carriers.filter((carrier) => carrier !== 'bpf');
  }
};

/** Measures all of them. */
export const mobileTraffic = async (work: Workspace, progress: (what: string) => void): Promise<Row[]> => {
  const program = work.file('traffic');
  await $`cc -O2 -o ${program} ${path.join(import.meta.dirname, 'traffic.c')}`.quiet();
  const net = new MobileNet(work);
  await net.build();
  const here = await carriersHere(net, progress);
  const samples = new Map<Measure, Record<Carrier, number[]>>(
    measures.map((one) => [one, { routing: [], threads: [], bpf: [] }]),
  );
  for (let round = 1; round <= ROUNDS; round += 1) {
    for (const carrier of here) {
      progress(`GTP-U, round ${round} of ${ROUNDS}: ${carrier}`);
      await net.carry(carrier);
      for (const [one, all] of samples) all[carrier].push(await load(work, net, program, one));
    }
  }
  return [...samples].flatMap(([{ what, unit }, all]) => {
    const [routing, threads, bpf] = [median(all.routing), median(all.threads), median(all.bpf)];
    return [
      { goal: 'LTE', what: `${what}, threads`, unit, xiyou: threads, routing, samples: all },
      ...(here.includes('bpf') ? [{ goal: 'LTE', what: `${what}, bpf`, unit, xiyou: bpf, routing, threads }] : []),
    ];
  });
};
