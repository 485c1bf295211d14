/** `xiyou epc`: what the LTE core of a lab knows: subscribers, phones, bearers with both ends of every tunnel. */
import type { Command } from 'commander';
import type { Core, CorePhone, TunnelEnd } from '../../journey/core.ts';
import { printJson } from '../output/json.ts';
import { printTable } from '../output/table.ts';
import { count } from '../output/text.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';

const hex = (value: number): string => `0x${value.toString(16)}`;

/** Octets with the unit that keeps them short; credit and counters are told in powers of ten, as operators bill. */
const octets = (value: number): string => {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const unit = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  return `${unit === 0 ? value : (value / 1000 ** unit).toFixed(1)} ${units[unit] ?? ''}`;
};

/** One direction of a tunnel: packets of `from` to `to` carry the TEID that `to` allocated. */
export interface Direction {
  readonly phone: string;
  readonly bearer: number | undefined;
  readonly interface: TunnelEnd['name'];
  readonly from: string;
  readonly to: string;
  readonly teid: number;
  readonly toldIn: string | undefined;
}

const nameOf = (core: Core, imsi: string | undefined): string =>
  core.phones.find((phone) => imsi !== undefined && phone.imsi === imsi)?.node ?? imsi ?? '?';

/** The tunnels of a core, a row for each direction, in the order of the packets' way. */
export const directionsOf = (core: Core): Direction[] => {
  const order: readonly TunnelEnd['name'][] = ['S1-U', 'S5-U', 'S11', 'S5-C'];
  return core.ends
    .flatMap(({ name, node, remote, peer, learntFrom, imsi, ebi }): Direction[] =>
      remote === undefined || peer === undefined
        ? []
        : [
            {
              ...{ phone: nameOf(core, imsi), bearer: ebi, interface: name },
              ...{ from: node, to: core.owners(peer)[0] ?? peer, teid: remote, toldIn: learntFrom },
            },
          ],
    )
    .sort(
      (a, b) =>
        a.phone.localeCompare(b.phone, 'en', { numeric: true }) ||
        order.indexOf(a.interface) - order.indexOf(b.interface),
    );
};

const state = ({ state: atMme, own, connected }: CorePhone): string => {
  const words = atMme ?? own ?? 'unknown';
  return words === 'registered' ? `${words}, ${connected ? 'connected' : 'idle'}` : words;
};

const counter = (value: CorePhone['up']): string =>
  value === undefined ? '' : `${value.packets} / ${octets(value.octets)}`;

const cell = ({ enodeb, cell: id }: CorePhone): string =>
  [enodeb, id === undefined ? undefined : hex(id)].filter((text) => text !== undefined).join(' ');

const section = (title: string, heading: readonly string[], rows: readonly (readonly string[])[]): void => {
  process.stdout.write(`${title}\n`);
  printTable(heading, rows, '  none');
  process.stdout.write('\n');
};

const printCore = (core: Core): void => {
  section(
    'subscribers, by HSS and OCS',
    ['IMSI', 'PHONE', 'BARRED', 'SQN', 'CREDIT', 'RESERVED', 'USED', 'SERVED BY'],
    core.subscribers.map(({ imsi, barred, sqn, mme, credit }) => [
      imsi,
      core.phones.find((phone) => phone.imsi === imsi)?.node ?? '',
      barred === undefined ? '' : `cause ${barred}`,
      sqn === undefined ? '' : `${sqn}`,
      ...(credit === undefined ? ['', '', ''] : [octets(credit.left), octets(credit.reserved), octets(credit.used)]),
      mme?.split('.')[0] ?? '',
    ]),
  );
  section(
    'phones, by the MME',
    ['PHONE', 'IMSI', 'STATE', 'GUTI', 'CELL', 'ADDRESS', 'BEARER', 'UP', 'DOWN'],
    core.phones.map((phone) => [
      phone.node ?? '',
      phone.imsi,
      state(phone),
      phone.guti ?? '',
      cell(phone),
      phone.addresses.pgw ?? phone.addresses.mme ?? '',
      phone.ebi === undefined ? '' : `${phone.ebi}, QCI ${phone.qci ?? '?'}, ${phone.apn ?? ''}`,
      counter(phone.up),
      counter(phone.down),
    ]),
  );
  section(
    'tunnels: who sends to whom with which TEID, and how the sender learnt it',
    ['PHONE', 'BEARER', 'TUNNEL', 'FROM', 'TO', 'TEID', 'ALLOCATED BY', 'TOLD IN'],
    directionsOf(core).map(({ phone, bearer, interface: name, from, to, teid, toldIn }) => [
      ...[phone, bearer === undefined ? '' : `${bearer}`, name, from, to, hex(teid), to, toldIn ?? ''],
    ]),
  );
  section(
    'eNodeBs, by themselves and by the MME',
    ['ENODEB', 'ID', 'S1', 'KNOWN TO THE MME', 'PHONES'],
    core.enodebs.map(({ node, id, s1, known, phones }) => [
      ...[node, id === undefined ? '' : hex(id), s1 ?? '', known ? 'yes' : 'no', `${phones}`],
    ]),
  );
  const paths = Object.entries(core.dataPaths).map(([node, path]) => `${node} ${path}`);
  if (paths.length > 0) process.stdout.write(`user plane: ${paths.join(', ')}\n`);
};

export const epc = (program: Command): void => {
  const command = program
    .command('epc')
    .description('show what the LTE core of a lab knows: subscribers, phones, tunnels, and what does not fit together')
    .argument('[lab]', 'name of the lab; the only one when left out');
  withExamples(
    withJson(withLab(command)),
    ['xiyou epc', 'tables; exit code 1 when the functions do not agree with each other'],
    ['xiyou epc lte --json', 'the same for machines'],
  ).action(async (name: string | undefined, options: CommonOptions) => {
    const [{ withLab: open }, { viewCore }, { XiyouError }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/epc.ts'),
      import('../../errors.ts'),
    ]);
    await open(name ?? options.lab, async (lab) => {
      const { core, inconsistencies } = await viewCore(lab);
      if (options.json === true) {
        const { subscribers, phones, enodebs, dataPaths } = core;
        printJson({
          ...{ lab: lab.paths.lab, subscribers, phones, enodebs, tunnels: directionsOf(core), dataPaths },
          inconsistencies,
        });
      } else printCore(core);
      if (inconsistencies.length > 0)
        throw new XiyouError(
          'core-inconsistent',
          `the functions do not agree: ${count(inconsistencies.length, 'finding')}`,
          {
            details: inconsistencies,
          },
        );
      if (options.json !== true) process.stdout.write('every tunnel has both its ends, and all functions agree\n');
    });
  });
};
