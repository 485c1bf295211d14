/**
 * The kernel's GTP-U as an independent judge of ours: in the network of helpers/gtp-core.ts the kernel has the place of one or
 * two nodes, so that each of our roles has it at the other end of a tunnel. The kernel is no SGW; where it is beside the eNodeB or
 * the PGW alone, what lies behind it are plain routers.
 */
import test from 'ava';
import { kernelHas } from '../../src/kernel/capabilities.ts';
import type { DataPathKind } from '../../lab/gtp/data-path.ts';
import { withoutBpf } from '../helpers/data-paths.ts';
import { type CoreNetwork, type CoreNode, makeCoreNetwork, transfer } from '../helpers/gtp-core.ts';
import { kernelTunnel, type KernelTunnel } from '../helpers/kernel-gtp.ts';
import { poll } from '../helpers/netns.ts';
import type { Tunnel } from '../../lab/gtp/config.ts';
import type { Direction } from '../../lab/gtp/counters.ts';

const inGuest = process.env['XIYOU_GUEST'] === '1';
const coreNodes: readonly CoreNode[] = ['enb', 'sgw', 'pgw'];
const PHONE = '10.45.0.2';
const SERVER = '203.0.113.2';

interface Arrangement {
  readonly title: string;
  /** Of our nodes: each kind puts headers on with code of its own. What the kernel sends has a UDP checksum, so that threads take it. */
  readonly kind: DataPathKind['kind'];
  /** Our node at the other end of the kernel's tunnel, and which way packets go from it to the kernel. */
  readonly ours: CoreNode;
  readonly outward: Direction;
  /** The kernel's end. */
  readonly node: CoreNode;
  readonly local: string;
  readonly tunnel: Tunnel;
  /** Nodes that only route: what lies behind the kernel. */
  readonly routers: readonly CoreNode[];
}

const arrangements: readonly Arrangement[] = [
  {
    title: 'our eNodeB, and the kernel as its gateway',
    kind: 'threads',
    ours: 'enb',
    outward: 'up',
    node: 'sgw',
    local: '10.1.0.2',
    tunnel: { teidIn: 0x1001, teidOut: 0x2001, peer: '10.1.0.1' },
    routers: ['pgw'],
  },
  {
    title: 'our eNodeB and SGW, and the kernel as PGW',
    kind: 'bpf',
    ours: 'sgw',
    outward: 'up',
    node: 'pgw',
    local: '10.2.0.2',
    tunnel: { teidIn: 0x3001, teidOut: 0x4001, peer: '10.2.0.1' },
    routers: [],
  },
  {
    title: 'our SGW and PGW, and the kernel as eNodeB',
    kind: 'threads',
    ours: 'sgw',
    outward: 'down',
    node: 'enb',
    local: '10.1.0.1',
    tunnel: { teidIn: 0x2001, teidOut: 0x1001, peer: '10.1.0.2' },
    routers: [],
  },
  {
    title: 'our PGW, and the kernel as what is on its S5',
    kind: 'bpf',
    ours: 'pgw',
    outward: 'down',
    node: 'sgw',
    local: '10.2.0.1',
    tunnel: { teidIn: 0x4001, teidOut: 0x3001, peer: '10.2.0.2' },
    routers: ['enb'],
  },
];

/** Where a node that routes sends packets for the Internet and for the phone. */
const ways: Readonly<Record<CoreNode, { readonly up: readonly string[]; readonly down: readonly string[] }>> = {
  enb: { up: ['via', '10.1.0.2'], down: ['dev', 'ue0'] },
  sgw: { up: ['via', '10.2.0.2'], down: ['via', '10.1.0.1'] },
  pgw: { up: [], down: ['via', '10.2.0.1'] },
};

/** Makes the kernel's tunnel, the routes to it, and starts our daemons at the other nodes. */
const arrange = async (
  net: CoreNetwork,
  { node, outward, local, tunnel, routers }: Arrangement,
): Promise<KernelTunnel> => {
  const nodes = [node, ...routers];
  for (const one of nodes) {
    await net.run(one, 'sysctl', '-q', '-w', 'net.ipv4.ip_forward=1');
    // The TUN device of our PGW.
    if (one === 'pgw') await net.ipIn(one, 'link', 'del', 'dev', 'gtp0');
  }
  const kernel = await kernelTunnel(net, node, outward === 'up' ? 'ggsn' : 'sgsn', PHONE, local, tunnel);
  for (const one of nodes) {
    const through = (way: Direction): readonly string[] =>
      one === node && way !== outward ? ['dev', 'gtp0'] : ways[one][way];
    if (one !== 'pgw') await net.ipIn(one, 'route', 'add', 'default', ...through('up'));
    await net.ipIn(one, 'route', 'add', `${PHONE}/32`, ...through('down'));
    // The phone asks for the MAC address of its gateway, which is somewhere behind.
    if (one === 'enb') await net.run(one, 'sysctl', '-q', '-w', 'net.ipv4.conf.ue0.proxy_arp=1');
  }
  await Promise.all(coreNodes.filter((one) => !nodes.includes(one)).map((one) => net.restart(one)));
  return kernel;
};

for (const arrangement of arrangements)
  test.serial(arrangement.title, async (t) => {
    if (!inGuest && !kernelHas('gtp')) return t.pass('not on this kernel');
    const { ours, outward, tunnel } = arrangement;
    const inward = outward === 'up' ? 'down' : 'up';
    const kind = withoutBpf === undefined ? arrangement.kind : 'threads';
    const net = await makeCoreNetwork(t, kind);
    const kernel = await arrange(net, arrangement);
    const ping = (...options: string[]): Promise<string> =>
      net.run('phone', 'ping', '-c', '1', '-W', '10', ...options, SERVER);
    const packets = (direction: Direction): number => net.status(ours).sessions[0]?.[direction].packets ?? 0;

    // 1500 octets are the largest that the phone sends.
    t.regex(await ping('-c', '3', '-i', '0.2'), / 0% packet loss/u);
    t.regex(await ping('-c', '3', '-i', '0.2', '-s', '1472', '-M', 'do'), / 0% packet loss/u);
    await transfer(net, 400_000);
    // Whatever one of them put into the tunnel, the other took out of it.
    const counted = await poll('both have counted the same', async () => {
      const theirs = await kernel.packets();
      return theirs.received === packets(outward) && theirs.sent === packets(inward) && theirs;
    });
    const { dataPath, events } = net.status(ours);
    t.is(dataPath.carried, kind === 'bpf' ? counted.received : undefined, 'all that went to the kernel');
    t.deepEqual(events, { ...events, unknownTeid: 0, malformed: 0, sendErrors: 0 });

    t.is(kernel.echo(), tunnel.peer, 'the kernel takes our Echo Response for one');

    // A TEID that the kernel does not know: what we send is not delivered.
    kernel.use(tunnel.teidIn + 1, tunnel.teidOut);
    await t.throwsAsync(ping('-W', '1'));
    await poll('we have sent one more', () => packets(outward) === counted.received + 1);
    t.is((await kernel.packets()).received, counted.received);
    const inwards = packets(inward);

    // One that we do not know: nothing comes out.
    kernel.use(tunnel.teidIn, tunnel.teidOut + 1);
    await t.throwsAsync(ping('-W', '1'));
    await poll('the unknown TEID is counted', () => net.status(ours).events.unknownTeid === 1);
    t.is(packets(inward), inwards);

    kernel.use(tunnel.teidIn, tunnel.teidOut);
    t.regex(await ping(), / 0% packet loss/u, 'both know it again');
    t.log(`${kind}: the kernel received ${counted.received} and sent ${counted.sent} packets`);
  });
