/**
 * 200 phones on 4 eNodeBs, each phone a node of its own: all attached at the same time, all talking, and, switched on
 * in the same moment, served by the MME, the HSS and the gateways side by side.
 */
import test from 'ava';
import { locate } from '../../src/engine/files.ts';
import { type Lab, withLab } from '../../src/index.ts';
import { askControl } from '../../src/kernel/control.ts';
import { runIn } from '../../src/kernel/process.ts';
import { TestLab, eventOf } from '../helpers/lab.ts';

const PHONES = 200;
const lab = new TestLab('generated/cells');
const server = '203.0.113.2';
/** Milliseconds for an answer when everybody asks at once: longer than T3410 (15 s), at which a phone gives up. */
const patience = 20_000;
/** Processes that talk at the same time. */
const side = 8;

const phones = Array.from({ length: PHONES }, (_, index) => `phone${index + 1}`);

interface Answer {
  readonly ok?: boolean;
  readonly error?: string;
  readonly state?: string;
  readonly address?: string;
  readonly milliseconds?: number;
  readonly bearer?: { readonly address: string };
  readonly pools?: readonly { readonly given: number }[];
  readonly phones?: readonly unknown[];
  readonly sessions?: readonly unknown[];
}

const ask = async (open: Lab, node: string, what: string): Promise<Answer> => {
  const answer = await askControl(locate(open.rootOf(node), '/run/epc/control.sock'), { do: what }, patience);
  return answer === undefined ? {} : (answer as Answer);
};
const askAll = (what: string): Promise<Answer[]> =>
  withLab(lab.lab, (open) => Promise.all(phones.map((phone) => ask(open, phone, what))));

/** Runs work for every phone, a few at a time. */
const each = async (work: (phone: string) => Promise<void>): Promise<void> => {
  const queue = [...phones];
  const worker = async (): Promise<void> => {
    for (let phone = queue.shift(); phone !== undefined; phone = queue.shift()) await work(phone);
  };
  await Promise.all(Array.from({ length: side }, worker));
};

/** How many phones each part of the core believes to be there. */
const counts = () =>
  withLab(lab.lab, async (open) => {
    const [mme, sgw, pgw] = await Promise.all(['mme', 'sgw', 'pgw'].map((node) => ask(open, node, 'status')));
    const enodebs = await Promise.all(['enb1', 'enb2', 'enb3', 'enb4'].map((node) => ask(open, node, 'status')));
    return {
      sgw: sgw?.sessions?.length,
      pgw: pgw?.sessions?.length,
      addresses: pgw?.pools?.[0]?.given,
      phones: mme?.phones?.length,
      cells: enodebs.map((enodeb) => enodeb.phones?.length),
    };
  });

const everybody = { sgw: PHONES, pgw: PHONES, addresses: PHONES, phones: PHONES, cells: [50, 50, 50, 50] };

test.after.always('the lab is gone', () => lab.release());

test.serial('200 phones in 4 cells are up, attached at the same time, each with an address of its own', async (t) => {
  const events = await lab.up();
  t.log(`up in ${eventOf(events, 'done')?.seconds} s`);
  const answers = await askAll('status');
  t.deepEqual([...new Set(answers.map(({ state }) => state))], ['registered']);
  t.is(new Set(answers.map(({ bearer }) => bearer?.address)).size, PHONES);
  t.deepEqual(await counts(), everybody);
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0, 'there is nothing to do the second time');
});

test.serial('every one of them talks to the server', async (t) => {
  const silent: string[] = [];
  await withLab(lab.lab, (open) =>
    each(async (phone) => {
      const place = await open.insideMachine(phone);
      const { exitCode } = await runIn(place, ['ping', '-q', '-c', '2', '-i', '0.02', '-W', '5', server], {
        anyExit: true,
      });
      if (exitCode !== 0) silent.push(phone);
    }),
  );
  t.deepEqual(silent, []);
});

test.serial('all leave in the same moment, and all come back in the same moment', async (t) => {
  t.deepEqual(
    (await askAll('off')).filter(({ ok }) => ok !== true),
    [],
  );
  const began = performance.now();
  const answers = await askAll('on');
  const times = answers.map(({ milliseconds }) => milliseconds ?? 0).sort((one, other) => one - other);
  t.log(
    `all attached ${((performance.now() - began) / 1000).toFixed(1)} s later; one of them after ${times[100]?.toFixed(0)} ms (median)`,
  );
  t.deepEqual(
    answers.filter(({ ok }) => ok !== true),
    [],
  );
  t.is(new Set(answers.map(({ address }) => address)).size, PHONES);
  t.deepEqual(await counts(), everybody, 'nothing is left of the attaches of before');
});

test.serial('in the end all goes away', async (t) => {
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});
