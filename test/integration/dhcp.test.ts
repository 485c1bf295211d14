/**
 * Addresses by DHCP in networks of two tenants with the same numbers: who asks is given what the topology knows it by, with
 * the names and the router of its own network and none of the other's, on whichever hypervisor the server is. A machine
 * behind a guard that answers as a server is not heard.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'ava';
import { registry } from '../../src/engine/load.ts';
import { openCapture } from '../../src/kernel/capture.ts';
import { loadText } from '../../src/topology/load.ts';
import { eventOf, TestLab } from '../helpers/lab.ts';
import { poll } from '../helpers/netns.ts';
import { record, tshark, writeCapture } from '../helpers/pcap.ts';

const text = `
name: dhcp
networks:
  hall: {vni: 5001, tenant: thunderclap, prefix4: 10.0.1.0/24}
  cave: {vni: 6001, tenant: pretender, prefix4: 10.0.1.0/24}
tenants:
  thunderclap:
    router: {}
    groups:
      hall: {in: [{protocol: icmp}]}
      open: {in: [{}]}
      porter: {in: [{protocol: udp, ports: 53}]}
  # Its machine may neither begin anything nor be spoken to; it asks for its address all the same.
  pretender: {groups: {guarded: {out: []}}}
nodes:
  hv1: {kind: hypervisor}
  hv2: {kind: hypervisor}
  porter: {kind: host, dhcp: {}}
  buddha: {kind: host}
  ananda: {kind: host}
  thief: {kind: host}
  warden: {kind: host, dhcp: {domain: cave.example, lease: 600}}
  imp: {kind: host}
  office: {kind: switch}
  clerk: {kind: host, dhcp: {}}
  scribe: {kind: host}
links:
  - {endpoints: [hv1, hv2], prefix4: 172.31.0.0/30, mtu: 1600}
  - {endpoints: [{node: porter, addresses: [10.0.1.2/24], groups: [porter]}, hv1], network: hall}
  - {endpoints: [{node: buddha, addresses: [10.0.1.11/24], groups: [hall], dhcp: true}, hv2], network: hall}
  - {endpoints: [hv1, {node: ananda, addresses: [10.0.1.12/24], groups: [hall], dhcp: true}], network: hall}
  - {endpoints: [{node: thief, addresses: [10.0.1.66/24], groups: [open]}, hv2], network: hall}
  - {endpoints: [{node: warden, addresses: [10.0.1.2/24]}, hv2], network: cave}
  - {endpoints: [{node: imp, addresses: [10.0.1.11/24], groups: [guarded], dhcp: true}, hv1], network: cave}
  - {endpoints: [{node: clerk, addresses: [10.9.0.1/24]}, office]}
  - {endpoints: [{node: scribe, addresses: [10.9.0.2/24], dhcp: true}, office]}
checks:
  - {name: by the lease to the other hypervisor, from: buddha, to: ananda, passes: [hv2, hv1]}
  - {name: on a switch too, from: scribe, to: clerk}
  - {name: the router answers, from: buddha, to: 10.0.1.1}
`;

const topology = loadText(text, 'dhcp.yml', registry);
const macOf = (node: string): string => topology.nodes.find(({ name }) => name === node)?.interfaces[0]?.mac ?? '';
const lab = new TestLab('topologies/dhcp.yml', text);
const directory = mkdtempSync(path.join(os.tmpdir(), 'xiyou-dhcp-'));
test.before('the lab is up', async () => {
  await lab.up();
});
test.after.always('the lab is gone', async () => {
  await lab.release();
  rmSync(directory, { recursive: true, force: true });
});

interface Lease {
  readonly address: string;
  readonly router: string;
  readonly server: string;
  readonly seconds: number;
}

const output = async (node: string, ...argv: string[]): Promise<string> => (await lab.exec(node, ...argv)).stdout;
const leaseOf = async (node: string): Promise<Lease> =>
  JSON.parse(await output(node, 'cat', '/run/dhcp/eth0.json')) as Lease;
/** What an application of the node gets for a name from the server that its lease names. */
const resolved = (node: string, name: string): Promise<string> =>
  output(node, 'busybox', 'nslookup', '-type=a', name, '10.0.1.2');

test.serial('everybody has the address of the file, the router and the names of its own network', async (t) => {
  t.deepEqual(await leaseOf('buddha'), {
    address: '10.0.1.11/24',
    router: '10.0.1.1',
    server: '10.0.1.2',
    seconds: 3600,
  });
  t.deepEqual(await leaseOf('imp'), { address: '10.0.1.11/24', router: '', server: '10.0.1.2', seconds: 600 });
  t.is(await output('buddha', 'cat', '/etc/resolv.conf'), 'search thunderclap\nnameserver 10.0.1.2\n');
  t.is(await output('imp', 'cat', '/etc/resolv.conf'), 'search cave.example\nnameserver 10.0.1.2\n');
  t.regex(await output('buddha', 'ip', 'route'), /^default via 10\.0\.1\.1 dev eth0 $/mu);
  t.notRegex(await output('imp', 'ip', 'route'), /default/u, 'its tenant has no router');
  t.regex(await resolved('buddha', 'ananda.thunderclap'), /10\.0\.1\.12/u);
  t.notRegex(await resolved('buddha', 'imp.thunderclap'), /10\.0\.1\.11/u, 'a name of the other tenant');
  t.deepEqual(await lab.failedChecks(), []);
});

test.serial('a second up has nothing to do', async (t) => {
  t.is(eventOf(await lab.up(), 'plan')?.missing, 0);
});

test.serial(
  'a capture shows discover, offer, request and acknowledge, through the fabric and at the server',
  async (t) => {
    const capture = openCapture({
      namespaces: [
        { node: 'porter', path: `${lab.directory}/netns/porter`, interfaces: ['eth0'] },
        { node: 'hv1', path: `${lab.directory}/netns/hv1`, interfaces: ['to-hv2'] },
      ],
    });
    t.teardown(() => capture.close());
    const stop = record(capture);
    t.is((await lab.run('node', 'stop', 'buddha')).exitCode, 0);
    t.is((await lab.run('node', 'start', 'buddha')).exitCode, 0, 'it waits for the lease');
    const file = path.join(directory, 'hall.pcapng');
    writeCapture(file, await stop());
    const server = 'frame.interface_name == "porter:eth0" && dhcp.hw.mac_addr == ';
    const seen = await tshark(
      file,
      `${server}${macOf('buddha')}`,
      ...['dhcp.option.dhcp', 'ip.src', 'dhcp.ip.your', 'dhcp.option.dhcp_server_id', 'dhcp.option.router'],
    );
    // What was lost on the way was said again: each word once, in the order in which they were first said.
    const words = new Map(
      seen.map((line): [string, string] => [line.split(' ', 1)[0] ?? '', line] as const).toReversed(),
    );
    t.deepEqual(
      [...words.values()].toSorted().map((line) => line.trimEnd()),
      [
        '1 0.0.0.0 0.0.0.0',
        '2 10.0.1.2 10.0.1.11 10.0.1.2 10.0.1.1',
        '3 0.0.0.0 0.0.0.0 10.0.1.2',
        '5 10.0.1.2 10.0.1.11 10.0.1.2 10.0.1.1',
      ],
    );
    t.deepEqual([...new Set(seen.map((line) => line.split(' ', 1)[0]))], ['1', '2', '3', '5']);
    const fabric = await tshark(file, 'vxlan && dhcp', 'vxlan.vni');
    t.deepEqual([...new Set(fabric)], ['5001'], 'on the fabric it is in the tunnel of the network');
  },
);

test.serial('a machine behind a guard that answers as a server gives nobody an address', async (t) => {
  const log = '/var/log/thief.log';
  t.is((await lab.run('node', 'stop', 'porter')).exitCode, 0);
  const rogue = await lab.exec(
    'thief',
    ...['dnsmasq', '--conf-file=/dev/null', '--user=root', '--pid-file=/run/thief.pid', '--port=0', '--interface=eth0'],
    ...['--dhcp-range=10.0.1.200,10.0.1.250', '--dhcp-authoritative', '--no-ping', '--log-dhcp'],
    ...['--dhcp-leasefile=/run/thief.leases', `--log-facility=${log}`],
  );
  t.is(rogue.exitCode, 0, rogue.stderr);
  await lab.run('node', 'stop', 'buddha');
  t.is((await lab.run('node', 'start', 'buddha')).exitCode, 0, 'no server is there to be waited for');
  const offers = async (): Promise<boolean> =>
    [...(await output('thief', 'cat', log)).matchAll(/DHCPOFFER\(eth0\)/gu)].length >= 3;
  await t.notThrowsAsync(poll('the thief has offered', offers));
  t.notRegex(await output('thief', 'cat', log), /DHCPREQUEST/u, 'nobody heard of it');
  t.not((await lab.exec('buddha', 'test', '-e', '/run/dhcp/eth0.json')).exitCode, 0);
  t.is((await lab.run('node', 'start', 'porter')).exitCode, 0);
  const leased = async (): Promise<boolean> =>
    (await lab.exec('buddha', 'test', '-e', '/run/dhcp/eth0.json')).exitCode === 0;
  await t.notThrowsAsync(poll('the porter is back', leased));
  t.is((await leaseOf('buddha')).server, '10.0.1.2');
});

test.serial('a link that is joined again brings the default route of the lease back', async (t) => {
  const routed = async (): Promise<boolean> => (await output('ananda', 'ip', 'route')).includes('default via 10.0.1.1');
  t.true(await routed());
  t.is((await lab.run('link', 'hv1', 'ananda', 'down')).exitCode, 0);
  t.false(await routed(), 'the kernel dropped it');
  t.is((await lab.run('link', 'hv1', 'ananda', 'up')).exitCode, 0);
  await t.notThrowsAsync(poll('the client has asked again', routed));
});
