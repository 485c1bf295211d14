/**
 * The LTE user plane under load: TCP and small UDP datagrams, up and down, by plain routing and by the two data paths. All
 * three take turns in one network, so that a noisy moment of the machine meets them all. A node's processors are everybody's:
 * with two of them, sender, receiver and five nodes share what there is, and only the ratios say something.
 */
import { arrived, compileTraffic } from './load.ts';
import { type Carrier, carriers, address, MobileNet } from './mobile-net.ts';
import type { Row } from './report.ts';
import { median } from './timed.ts';
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

const load = (work: Workspace, net: MobileNet, program: string, one: Measure): Promise<number> =>
  arrived(work, program, {
    protocol: one.protocol,
    sink: (...words) => net.inside(one.to, ...words),
    source: (...words) => net.inside(one.from, ...words),
    address: address[one.to],
    port: PORT,
    seconds: SECONDS,
    datagram: DATAGRAM,
  });

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
  const program = await compileTraffic(work);
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
