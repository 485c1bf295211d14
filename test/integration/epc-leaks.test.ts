/** Nothing stays behind in a function of the LTE core, however often phones come and go. */
import test, { type ExecutionContext } from 'ava';
import { type EpcNetwork, makeEpcNetwork } from '../helpers/epc-network.ts';
import type { Json } from '../helpers/epc-process.ts';
import { poll } from '../helpers/netns.ts';

/** Phones that attach and leave side by side; phone 2 is at the second base station. */
const phones = [1, 2, 6, 7];
const ROUNDS = Number(process.env['XIYOU_ROUNDS'] ?? 1000);
const functions = ['mme', 'hss', 'sgw', 'pgw', 'ocs', 'enb1', 'enb2', ...phones.map((phone) => `phone${phone}`)];

interface Resources {
  readonly rss: number;
  readonly heapUsed: number;
  readonly external: number;
  readonly waiting: Readonly<Record<string, number>>;
}

const resourcesOf = async (lab: EpcNetwork, node: string): Promise<Resources> =>
  (await lab.ask(node, { do: 'resources' })) as unknown as Resources;

/** What a function knows of phones, in numbers: all that a phone's coming adds and its leaving takes away. */
const countsOf = async (lab: EpcNetwork, node: string): Promise<Json> => {
  const status = await lab.ask(node, { do: 'status' });
  const list = (name: string): readonly Json[] => (status[name] ?? []) as readonly Json[];
  const plane = (status['userPlane'] ?? status) as { readonly sessions?: readonly unknown[] };
  return {
    sessions: list('sessions').length,
    phones: list('phones').length,
    connected: list('phones').filter(({ connected, pdn }) => connected === true || pdn !== undefined).length,
    connections: list('enodebs').reduce((sum, { connections }) => sum + Number(connections), 0),
    addresses: list('pools').reduce((sum, { given }) => sum + Number(given), 0),
    reserved: list('accounts').reduce((sum, { reserved }) => sum + Number(reserved), 0),
    tunnels: plane.sessions?.length,
    transactions: status['transactions'],
    teids: status['teids'],
    numbers: status['numbers'],
    state: status['state'],
  };
};

interface Snapshot {
  readonly counts: Json;
  readonly resources: Resources;
}

/** What every function holds when all is quiet: no request waits, no answer is kept for a repetition any more. */
const snapshot = async (lab: EpcNetwork): Promise<ReadonlyMap<string, Snapshot>> => {
  const quiet = { requests: 0, answers: 0 };
  for (const [node, expected] of [
    ['mme', quiet],
    ['sgw', { s11: quiet, s5: quiet }],
    ['pgw', quiet],
  ] as const)
    await poll(
      `${node} has forgotten its last answers`,
      async () => JSON.stringify((await lab.ask(node, { do: 'status' }))['transactions']) === JSON.stringify(expected),
      30,
    );
  const all = new Map<string, Snapshot>();
  for (const node of functions)
    all.set(node, { counts: await countsOf(lab, node), resources: await resourcesOf(lab, node) });
  return all;
};

/** Each phone attaches and leaves so many times, beside the others. */
const comeAndGo = async (t: ExecutionContext, lab: EpcNetwork, rounds: number): Promise<void> => {
  const failures: string[] = [];
  const live = async (phone: number, times: number): Promise<void> => {
    for (let round = 0; round < times; round += 1) {
      const attached = await lab.ask(`phone${phone}`, { do: 'on' });
      // Every fourth time the phone is switched off, which waits for nobody.
      const left = await lab.ask(`phone${phone}`, { do: round % 4 === 3 ? 'off' : 'detach' });
      for (const answer of [attached, left])
        if (answer['ok'] !== true) failures.push(`phone ${phone}, round ${round}: ${JSON.stringify(answer)}`);
    }
  };
  await Promise.all(phones.map((phone) => live(phone, rounds / phones.length)));
  t.deepEqual(failures.slice(0, 5), []);
};

const megabytes = (octets: number): string => (octets / 2 ** 20).toFixed(1);

/** Octets of heap and buffers that a function may have more than at first: compiled code and caches settle. */
const HEAP_TOLERANCE = 1 << 20;
/** Timers that may be there by chance: a delayed acknowledgement of SCTP, a heartbeat, the status file. */
const TIMERS = 4;

test.serial(`after ${ROUNDS} rounds of attach and detach every function is as it was`, async (t) => {
  t.timeout(10 * 60_000);
  const timers = { t3Response: 500 };
  const lab = await makeEpcNetwork(t, { phones, more: { mme: { timers }, sgw: { timers } }, flags: ['--expose-gc'] });
  // The first rounds compile code and fill caches: what is there after a fifth has to be there at the end.
  await comeAndGo(t, lab, Math.max(phones.length, ROUNDS / 5));
  const before = await snapshot(lab);
  const started = performance.now();
  await comeAndGo(t, lab, ROUNDS);
  t.log(`${ROUNDS} rounds in ${((performance.now() - started) / 1000).toFixed(1)} s`);
  const after = await snapshot(lab);
  const memory = ({ resources }: Snapshot): number => resources.heapUsed + resources.external;
  const waiting = ({ resources }: Snapshot): number => resources.waiting['Timeout'] ?? 0;
  const pairs = functions.flatMap((node) => {
    const [first, last] = [before.get(node), after.get(node)];
    return first === undefined || last === undefined ? [] : [{ node, first, last }];
  });
  for (const { node, first, last } of pairs)
    t.log(
      `${node}: heap ${megabytes(memory(first))} -> ${megabytes(memory(last))} MB, ` +
        `RSS ${megabytes(first.resources.rss)} -> ${megabytes(last.resources.rss)} MB, ` +
        `timers ${waiting(first)} -> ${waiting(last)}`,
    );
  t.is(pairs.length, functions.length);
  for (const { node, first, last } of pairs) {
    t.deepEqual(last.counts, first.counts, node);
    const growth = memory(last) - memory(first);
    t.true(growth < HEAP_TOLERANCE, `${node} holds ${megabytes(growth)} MB more`);
    t.true(waiting(last) <= waiting(first) + TIMERS, `${node} has ${waiting(last)} timers, at first ${waiting(first)}`);
  }
});
