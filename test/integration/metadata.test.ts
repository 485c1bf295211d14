/**
 * The metadata address: two tenants' machines with one address on one hypervisor each are told who they are themselves, by
 * whatever way they have, and nobody is told what is another's. A passport follows a question to the service and back.
 */
import test from 'ava';
import type { Event } from '../../src/engine/events.ts';
import { TestLab, eventOf, xiyou } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';
import { type SwitchDatapath, onDatapath, switchDatapaths } from '../helpers/switch-datapaths.ts';

const text = `
name: metadata
networks:
  hall: {tenant: temple, prefix4: 10.0.1.0/24}
  cave: {tenant: demons, prefix4: 10.0.1.0/24}
  yard: {tenant: demons, prefix4: 10.0.2.0/24, metadata: false}
tenants:
  temple: {router: {exit: gate}, metadata: true, groups: {hall: {in: [{protocol: tcp, ports: 80}], out: []}, wide: {}}}
  demons: {metadata: {tokens: required}}
nodes:
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor}
  world: {kind: host, gateway: none}
  gate:
    kind: gateway
    gateway: none
    nat: {floating: [{address: 203.0.113.80, to: 10.0.1.11, out: world}]}
  buddha: {kind: host, userData: "#cloud-config\\nhostname: buddha\\n"}
  ananda: {kind: host, dhcp: {}}
  novice: {kind: host}
  imp: {kind: host, userData: secret}
  ghost: {kind: host}
links:
  - {endpoints: [hv1, hv2], prefix4: 172.31.0.0/30, mtu: 1600}
  - {endpoints: [{node: gate, addresses: [203.0.113.1/24, 203.0.113.80/24]}, {node: world, addresses: [203.0.113.2/24]}]}
  - {endpoints: [{node: gate, addresses: [10.0.1.2/24]}, hv2], network: hall}
  - {endpoints: [{node: buddha, addresses: [10.0.1.11/24, "2001:db8::11/64"], groups: [hall, wide]}, hv1], network: hall}
  - {endpoints: [{node: ananda, addresses: [10.0.1.12/24]}, hv1], network: hall}
  - {endpoints: [{node: novice, addresses: [10.0.1.13/24], groups: [hall], dhcp: true}, hv2], network: hall}
  - {endpoints: [{node: imp, addresses: [10.0.1.11/24]}, hv1], network: cave}
  - {endpoints: [{node: ghost, addresses: [10.0.2.11/24]}, hv1], network: yard}
`;

const base = 'http://169.254.169.254';

const suite = (datapath: SwitchDatapath): void => {
  const lab = new TestLab('topologies/metadata.yml', onDatapath(text, datapath));
  test.after.always(`${datapath}: the lab is gone`, () => lab.release());
  const curl = async (node: string, ...argv: string[]): Promise<string> =>
    (await lab.exec(node, 'curl', '-s', '-m', '5', ...argv)).stdout;
  const ask = (node: string, path: string): Promise<string> => curl(node, `${base}/latest/${path}`);
  let first: readonly Event[] = [];

  test.serial(`${datapath}: a machine is told who it is`, async (t) => {
    first = await lab.up();
    t.is(await curl('buddha', `${base}/`), '2009-04-04\n2021-03-23\nlatest');
    t.is(await ask('buddha', ''), 'meta-data/\nuser-data');
    t.is(
      await ask('buddha', 'meta-data/'),
      'hostname\ninstance-id\nlocal-hostname\nlocal-ipv4\nmac\nnetwork/\npublic-ipv4\nsecurity-groups',
    );
    t.is(await ask('buddha', 'meta-data/hostname'), 'buddha');
    t.is(await ask('buddha', 'meta-data/local-ipv4'), '10.0.1.11');
    t.is(await ask('buddha', 'meta-data/public-ipv4'), '203.0.113.80');
    t.is(await ask('buddha', 'meta-data/security-groups'), 'hall\nwide');
    t.is(await ask('buddha', 'user-data'), '#cloud-config\nhostname: buddha\n');
    const mac = await ask('buddha', 'meta-data/mac');
    t.is(await ask('buddha', `meta-data/network/interfaces/macs/${mac}/subnet-ipv4-cidr-block`), '10.0.1.0/24');
    t.is(await ask('buddha', `meta-data/network/interfaces/macs/${mac}/ipv6s`), '2001:db8::11');
    t.is(await curl('buddha', '-o', '/dev/null', '-w', '%{http_code}', `${base}/latest/meta-data/ami-id`), '404');
  });

  test.serial(
    `${datapath}: another machine with the same address is told of itself, and only with a token`,
    async (t) => {
      t.is(await curl('imp', '-o', '/dev/null', '-w', '%{http_code}', `${base}/latest/user-data`), '401');
      const token = await curl(
        'imp',
        ...['-X', 'PUT', '-H', 'X-aws-ec2-metadata-token-ttl-seconds: 60', `${base}/latest/api/token`],
      );
      const header = `X-aws-ec2-metadata-token: ${token}`;
      t.is(await curl('imp', '-H', header, `${base}/latest/user-data`), 'secret');
      t.is(await curl('imp', '-H', header, `${base}/latest/meta-data/hostname`), 'imp');
      t.is(
        await curl('buddha', '-o', '/dev/null', '-w', '%{http_code}', '-H', header, `${base}/latest/user-data`),
        '401',
      );
      const id = await ask('buddha', 'meta-data/instance-id');
      t.regex(id, /^i-[0-9a-f]{17}$/u);
      t.not(await curl('imp', '-H', header, `${base}/latest/meta-data/instance-id`), id);
    },
  );

  test.serial(`${datapath}: with a lease, and at a way out whose default route is the world's`, async (t) => {
    t.is(await ask('novice', 'meta-data/hostname'), 'novice');
    t.is(await ask('gate', 'meta-data/local-ipv4'), '10.0.1.2');
    t.is(await ask('ananda', 'meta-data/security-groups'), 'not found\n', 'it is in none');
  });

  test.serial(`${datapath}: where a network has none, nobody answers`, async (t) => {
    t.is((await lab.exec('ghost', 'curl', '-s', '-m', '2', `${base}/`)).exitCode, 7, 'it has no way there');
  });

  test.serial(`${datapath}: nobody asks in the name of another`, async (t) => {
    // Ananda's port is not filtered; with the Buddha's address it asks, and with his MAC address too.
    const question = ['curl', '-s', '-m', '2', '--interface', '10.0.1.11', `${base}/latest/user-data`];
    const asTheBuddha = () => lab.exec('ananda', ...question);
    await lab.exec('ananda', 'ip', 'address', 'add', '10.0.1.11/32', 'dev', 'eth0');
    const stolen = await asTheBuddha();
    t.is(stolen.exitCode, 28, stolen.stdout);
    const told = await xiyou([
      ...['trace', lab.lab, '--from', 'ananda', '--'],
      ...['curl', '-s', '-m', '1', '--interface', '10.0.1.11', `${base}/latest/user-data`],
    ]);
    t.regex(
      told.stdout,
      /lost at hv1: [12] packets?; the metadata address takes TCP to port 80, from ananda's own address: -i to-ananda -d 169\.254\.169\.254 -j DROP counted [12]/u,
    );
    await lab.exec('ananda', 'ip', 'link', 'set', 'dev', 'eth0', 'address', '02:00:00:00:05:00');
    const masked = await asTheBuddha();
    t.is(masked.exitCode, 28, masked.stdout);
    // Nor does a machine reach the service behind the address, or who stands for another there.
    for (const address of ['169.254.0.1', '169.254.169.254:22']) {
      await lab.exec('buddha', 'ip', 'route', 'replace', '169.254.0.0/16', 'dev', 'eth0');
      const { exitCode } = await lab.exec('buddha', 'curl', '-s', '-m', '2', `http://${address}/`);
      t.true([7, 28].includes(exitCode), address);
    }
    // What a gateway passes on for others is no question of its own.
    await lab.exec('world', 'ip', 'route', 'replace', '169.254.169.254/32', 'via', '203.0.113.1');
    t.is((await lab.exec('world', 'curl', '-s', '-m', '2', `${base}/latest/meta-data/`)).exitCode, 28);
    await lab.up();
    const own = async (): Promise<boolean> => (await ask('ananda', 'meta-data/hostname')) === 'ananda';
    await t.notThrowsAsync(poll('up has given it its own again', own));
  });

  test.serial(`${datapath}: a passport follows the question and the answer`, async (t) => {
    const { stdout } = await xiyou([
      ...['trace', lab.lab, '--from', 'buddha', '--'],
      ...['curl', '-s', `${base}/latest/meta-data/local-ipv4`],
    ]);
    t.regex(stdout, /metadata service of hv1: buddha asks, by its port to-buddha/u);
    t.regex(stdout, /metadata service of hv1: the answer to buddha, at its port to-buddha/u);
    t.regex(stdout, /every change is explained\n/u);
    t.regex(stdout, / 0 lost/u);
    const why = await lab.run('why', 'buddha', '169.254.169.254', '--flow', 'tcp/80');
    t.regex(why.stdout, /answered by the metadata service of hv1\n$/u);
  });

  test.serial(`${datapath}: changed user data is there without a new machine, and nothing else is done`, async (t) => {
    t.true((eventOf(first, 'plan')?.missing ?? 0) > 0);
    t.is(eventOf(await lab.up(), 'plan')?.missing, 0, 'a second up has nothing to do');
    lab.write(onDatapath(text.replace('userData: secret', 'userData: changed'), datapath));
    await lab.up();
    const header = 'X-aws-ec2-metadata-token-ttl-seconds: 60';
    const changed = async (): Promise<boolean> => {
      const token = await curl('imp', '-X', 'PUT', '-H', header, `${base}/latest/api/token`);
      return (await curl('imp', '-H', `X-aws-ec2-metadata-token: ${token}`, `${base}/latest/user-data`)) === 'changed';
    };
    await t.notThrowsAsync(poll('the service has read it', changed));
  });
};

for (const datapath of switchDatapaths) suite(datapath);
