/**
 * VRFs of FRR's files, where the kernel has them: a router between two customers with the same addresses, whom it tells
 * apart by nothing but the table that a link belongs to.
 */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import test from 'ava';
import { kernelHas } from '../../src/kernel/capabilities.ts';
import { testLab } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';

const inGuest = process.env['XIYOU_GUEST'] === '1';

const tables = { red: 10, blue: 20 } as const;
const colours = Object.keys(tables) as (keyof typeof tables)[];

const topology = [
  'name: vrf',
  'nodes:',
  '  pe:',
  '    kind: router',
  '    loopback: []',
  '    frr: {config: pe.conf}',
  '    commands:',
  ...colours.flatMap((name) => [
    `      - {run: [ip, link, add, ${name}, type, vrf, table, ${tables[name]}]}`,
    `      - {run: [ip, link, set, ${name}, up]}`,
    `      - {run: [ip, link, set, to-${name}, master, ${name}]}`,
  ]),
  ...colours.map(
    (name) =>
      `  ce-${name}: {kind: router, asn: 65001, routerId: 192.0.2.${tables[name]}, loopback: [10.9.0.1/32], frr: {config: ce.conf}}`,
  ),
  'links:',
  ...colours.map(
    (name) =>
      `  - {endpoints: [{node: pe, interface: to-${name}, addresses: [10.0.0.1/30]}, {node: ce-${name}, interface: up, addresses: [10.0.0.2/30]}]}`,
  ),
  '',
].join('\n');

const provider = colours.flatMap((name) => [
  `router bgp 65000 vrf ${name}`,
  ' no bgp ebgp-requires-policy',
  ' neighbor 10.0.0.2 remote-as 65001',
  ' neighbor 10.0.0.2 timers 1 3',
  ' neighbor 10.0.0.2 timers connect 1',
  'exit',
]);
const customer = [
  'router bgp 65001',
  ' no bgp ebgp-requires-policy',
  ' neighbor 10.0.0.1 remote-as 65000',
  ' neighbor 10.0.0.1 timers 1 3',
  ' neighbor 10.0.0.1 timers connect 1',
  ' address-family ipv4 unicast',
  '  network 10.9.0.1/32',
  ' exit-address-family',
  'exit',
];

test('two customers with the same addresses, each in a VRF of its own', async (t) => {
  if (!inGuest && !kernelHas('vrf')) return t.pass('not on this kernel');
  const lab = testLab(t, 'vrf.yml', topology);
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(path.join(path.dirname(lab.file), name), `${lines.join('\n')}\n`);
  write('pe.conf', provider);
  write('ce.conf', customer);
  await lab.up();
  for (const name of colours) {
    await poll(`BGP has told of the customer in ${name}`, async () =>
      (await lab.exec('pe', 'ip', 'route', 'show', 'vrf', name)).stdout.includes('10.9.0.1'),
    );
    const { stdout } = await lab.exec('pe', 'ip', 'route', 'show', 'vrf', name);
    t.regex(stdout, new RegExp(`^10\\.9\\.0\\.1 .*via 10\\.0\\.0\\.2 dev to-${name} proto bgp`, 'mu'));
    const echo = await lab.exec('pe', 'ping', '-c', '1', '-W', '5', '-I', name, '10.9.0.1');
    t.is(echo.exitCode, 0, echo.stdout);
  }
  t.notRegex((await lab.exec('pe', 'ip', 'route')).stdout, /10\.9\.0\.1/u, 'the main table knows neither');
  // Whose echoes they are: one customer gone, the other still answers under the same address.
  t.is((await lab.run('node', 'stop', 'ce-red')).exitCode, 0);
  await poll('the red one has no way any more', async () => {
    const { stdout } = await lab.exec('pe', 'ip', 'route', 'show', 'vrf', 'red');
    return !stdout.includes('10.9.0.1');
  });
  const blue = await lab.exec('pe', 'ping', '-c', '1', '-W', '5', '-I', 'blue', '10.9.0.1');
  t.is(blue.exitCode, 0, blue.stdout);
  t.is((await lab.down()).exitCode, 0);
  return t.deepEqual(await lab.left(), []);
});
