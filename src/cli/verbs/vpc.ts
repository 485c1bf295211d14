/** `xiyou vpc`: the tenants' private networks: who is in them, behind which guards, and how they get out. */
import type { Command } from 'commander';
import type { FlowLogRecord } from '../../packet/flow-log.ts';
import type { VpcGateway } from '../../engine/gateways.ts';
import type { Lab } from '../../engine/lab.ts';
import type { Vpc, VpcTenant } from '../../engine/vpc.ts';
import { type CommonOptions, withExamples, withJson, withLab } from '../options.ts';
import { printBalancers } from '../output/balancers.ts';
import { XiyouError } from '../../errors.ts';
import { printJson } from '../output/json.ts';
import { printTable } from '../output/table.ts';

const printTenant = ({ name, title, exits, networks, machines, public: own }: VpcTenant): void => {
  const who = name === '' ? 'networks of no tenant' : `tenant ${title === undefined ? name : `${title} (${name})`}`;
  process.stdout.write(
    `${who}${exits.length === 0 ? '' : `, way${exits.length > 1 ? 's' : ''} out ${exits.join(', ')}`}\n`,
  );
  printTable(
    ['NETWORK', 'VNI', 'PREFIXES', 'ROUTER'],
    networks.map(({ name: network, vni, prefixes, router }) => [
      ...[network, `${vni}`, prefixes.join(' ')],
      router.map((cidr) => cidr.split('/')[0]).join(' '),
    ]),
    '',
  );
  process.stdout.write('\n');
  printTable(
    ['MACHINE', 'NETWORK', 'ADDRESS', 'MAC', 'HYPERVISOR', 'PORT', 'GROUPS', 'CONNECTIONS'],
    machines.map(({ node, network, addresses, mac, hypervisor, port, groups, connections }) => [
      ...[node, network, addresses[0] ?? '', mac, hypervisor, port],
      groups === undefined ? 'not filtered' : groups.join(' ') || '(none)',
      connections === undefined ? '' : `${connections}`,
    ]),
    'no machines',
  );
  if (own.length > 0) {
    process.stdout.write('\n');
    printTable(
      ['PUBLIC ADDRESS', 'PORT', 'FOR', 'AT'],
      own.map(({ gateway, address, port, to }) => [address, port, to, gateway]),
      '',
    );
  }
  process.stdout.write('\n');
};

/** The way to the world in a word; empty where BGP has no say in it. */
const worldText = ({ state, world }: VpcGateway): string =>
  state === 'stopped' || world === undefined ? '' : world.stands ? world.because : `no way: ${world.because}`;

const printGateways = (gateways: readonly VpcGateway[]): void => {
  process.stdout.write('\n');
  printTable(
    [
      'WAY OUT',
      'STATE',
      'TO THE WORLD',
      'BGP SESSIONS',
      'TRANSLATED WITHOUT STATE',
      'PACKETS',
      'SOURCE ADDRESSES',
      'CONNECTIONS',
    ],
    gateways.map((gateway) => {
      const { node, state, sessions, stateless, sources, connections } = gateway;
      return [
        ...[node, state, worldText(gateway)],
        sessions === undefined ? '' : `${sessions.established} of ${sessions.all}`,
        // Each translation counts both ways.
        stateless.length === 0 ? '' : `${stateless.length / 2}`,
        stateless.length === 0 ? '' : `${stateless.reduce((sum, { packets }) => sum + packets, 0)}`,
        ...[sources.join(' '), `${connections}`],
      ];
    }),
    '',
  );
};

const print = ({ tenants, hypervisors, gateways, balancers }: Vpc): void => {
  for (const tenant of tenants) printTenant(tenant);
  printTable(
    ['HYPERVISOR', 'VTEP', 'MACHINES', 'FLOWS'],
    hypervisors.map(({ node, vtep, machines, flows }) => [node, vtep, `${machines}`, `${flows}`]),
    'the lab has no hypervisor',
  );
  if (gateways.length > 0) printGateways(gateways);
  if (balancers.length === 0) return;
  process.stdout.write('\n');
  printBalancers(balancers);
};

const endText = (address: string, port: number | undefined): string =>
  port === undefined ? address : address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;

const printFlows = (records: readonly FlowLogRecord[]): void =>
  printTable(
    ['BEGAN', 'MACHINE', '', 'ACTION', 'PROTOCOL', 'FROM', 'TO', 'PACKETS', 'OCTETS', 'STATE'],
    records.map((one) => [
      ...[one.start.slice(11, 23), one.machine, one.direction, one.action],
      one.icmpType === undefined ? one.protocol : `${one.protocol} ${one.icmpType}/${one.icmpCode ?? 0}`,
      endText(one.source, one.sourcePort),
      endText(one.destination, one.destinationPort),
      `${one.packets} + ${one.answerPackets}`,
      `${one.octets} + ${one.answerOctets}`,
      one.state,
    ]),
    'no connection is logged yet',
  );

const showFlows = async (lab: Lab, asJson: boolean): Promise<void> => {
  const { keepsFlowLog, readFlowLog } = await import('../../engine/flow-log.ts');
  if (!keepsFlowLog(lab))
    throw new XiyouError('command-line', `lab ${lab.paths.lab} logs no connections`, {
      hint: 'say flow-log: true at a tenant or a network, and run up again',
    });
  const records = readFlowLog(lab);
  if (asJson) printJson(records);
  else printFlows(records);
};

export const vpc = (program: Command): void => {
  const command = program
    .command('vpc')
    .description('show the private networks of tenants: machines, ports, groups, connections, public addresses')
    .argument('[lab]', 'name of the lab; the only one when left out')
    .option('--flows', 'show the flow log: a line for each connection at a machine’s guard');
  withExamples(
    withJson(withLab(command)),
    ['xiyou vpc', 'a section for each tenant'],
    ['xiyou vpc tenants --json', 'the same for machines'],
    ['xiyou vpc --flows', 'connections that machines began or were begun with, let through and held back'],
  ).action(async (name: string | undefined, options: CommonOptions & { flows?: boolean }) => {
    const [{ withLab: open }, { viewVpc }] = await Promise.all([
      import('../../engine/open.ts'),
      import('../../engine/vpc.ts'),
    ]);
    await open(name ?? options.lab, async (lab) => {
      if (options.flows === true) return showFlows(lab, options.json === true);
      const view = await viewVpc(lab);
      if (options.json === true) printJson({ lab: lab.paths.lab, ...view });
      else print(view);
    });
  });
};
