import t from 'tap';
import { readDaemonsFile } from '../../../src/features/frr/daemons.ts';
import { forwardingOf, idleDaemons, originOf, startedDaemons } from '../../../src/features/frr/files.ts';
import { frr } from '../../../src/features/frr/index.ts';
import { frrSchema } from '../../../src/features/frr/settings.ts';
import type { FrrSettings } from '../../../src/features/frr/settings.ts';
import { contributionOf, fixture } from '../../helpers/topology-fixture.ts';

const settings = (value: unknown): FrrSettings => frrSchema.parse(value);
const text = (...lines: string[]): { text: string } => ({ text: `${lines.join('\n')}\n` });

void t.test('a daemons file says what is started, and with what', (t) => {
  const { enabled, options, problems } = readDaemonsFile(
    [
      'zebra=no',
      '# bgpd=yes is a comment',
      'bgpd=yes   # with a comment',
      "ospfd='yes'",
      'ripd=no',
      'sharpd=yes',
      'watchfrr_enable=yes',
      'vtysh_enable=yes',
      'mgmtd=yes',
      'ospfd_instances=1,2',
      'frr_profile="datacenter"',
      'zebra_options="  -A 127.0.0.1 -s 90000000 --daemon"',
      'bgpd_options="-d --vty_port=2605 -A ::1 -M rpki -e 4"',
    ].join('\n'),
  );
  t.same(enabled, ['zebra', 'staticd', 'bgpd', 'ospfd'], 'zebra and staticd always, the others in their order');
  t.same(options.get('bgpd'), ['-F', 'datacenter', '-M', 'rpki', '-e', '4'], 'without what says where it runs');
  t.same(options.get('zebra'), ['-F', 'datacenter']);
  t.same(
    problems.map(({ line }) => line),
    [6, 10],
    'a daemon that is not there, and several instances',
  );
  t.end();
});

void t.test('without a daemons file, daemons that have something to do are started', (t) => {
  t.same(startedDaemons(settings({})), ['zebra', 'staticd']);
  const own = settings({
    bgpd: text('hostname x', '!', 'router bgp 65001', ' neighbor 10.0.0.1 bfd'),
    // Lines of an integrated file, which vtysh gives to every daemon that could use them.
    ospfd: {
      ...text('! nothing', 'log syslog', 'interface eth0', ' description x', 'exit-vrf', 'line vty', ' exec-timeout 0'),
      lines: [1, 2, 3, 4, 5, 6, 7],
    },
    ripd: {
      ...text('key chain k', ' key 1', '  key-string abc', 'route-map a permit 10', ' match tag 1', ' on-match next'),
      lines: [1, 2, 3, 4, 5, 6],
    },
    pimd: { ...text(' ip pim'), lines: [9] },
  });
  t.same(startedDaemons(own), ['zebra', 'staticd', 'bfdd', 'bgpd', 'pimd'], 'bfdd for a neighbour that wants it');
  t.same(
    startedDaemons(settings({ ospfd: text('') })),
    ['zebra', 'staticd', 'ospfd'],
    'a file of its own is there to run',
  );
  const told = settings({ daemons: text('ospfd=yes'), bgpd: text('router bgp 65001'), ospfd: text('router ospf') });
  t.same(startedDaemons(told), ['zebra', 'staticd', 'ospfd'], 'with one, what it says');
  t.same(idleDaemons(told), ['bgpd']);
  t.end();
});

void t.test('every line knows where it came from', (t) => {
  const own = settings({
    bgpd: [
      { text: 'a\nb\n', file: 'bgpd.conf' },
      { text: 'c\nd\n', file: 'frr.conf', lines: [7, 12] },
    ],
  });
  t.same(originOf(own, 'bgpd'), [
    ['bgpd.conf', 1],
    ['bgpd.conf', 2],
    ['frr.conf', 7],
    ['frr.conf', 12],
  ]);
  t.end();
});

const lab = (features: Record<string, unknown>) =>
  fixture({ r1: { kind: 'router', asn: 65_001, features }, h1: { kind: 'host' } }, [
    ['r1:eth0 10.0.0.1/24', 'h1:eth0 10.0.0.2/24'],
  ]);

void t.test('the files go to the daemons word for word, and nothing else does', (t) => {
  const topology = lab({
    frr: {
      config: { text: 'integrated\n' },
      daemons: { text: 'bgpd=yes\nbgpd_options="-M bmp"\n' },
      zebra: { text: 'no ipv6 forwarding\n' },
      bgpd: [{ text: 'router bgp 1\n neighbor 10.0.0.2 remote-as 2\n' }],
    },
  });
  const { operations, probes } = contributionOf(topology, 'r1');
  const files = new Map(
    operations.flatMap(({ operation }) => (operation.op === 'file' ? [[operation.path, operation.content]] : [])),
  );
  t.equal(files.get('/etc/frr/bgpd.conf'), 'router bgp 1\n neighbor 10.0.0.2 remote-as 2\n');
  t.equal(files.get('/etc/frr/zebra.conf'), 'no ipv6 forwarding\n', 'not the one the kind would write');
  t.equal(files.get('/etc/frr/staticd.conf'), '');
  t.equal(files.get('/etc/frr/frr.conf'), 'integrated\n');
  const started = operations.flatMap(({ operation }) => (operation.op === 'process' ? [operation] : []));
  t.same(
    started.map(({ name }) => name),
    ['zebra', 'staticd', 'bgpd'],
  );
  t.same(started.at(-1)?.argv.slice(-2), ['-M', 'bmp']);
  t.equal(probes.length, 3, 'each is asked whether it took its file');
  const sysctl = (key: string): string | undefined =>
    operations.flatMap(({ operation }) =>
      operation.op === 'sysctl' && operation.key === key ? [operation.value] : [],
    )[0];
  t.equal(sysctl('net.ipv6.conf.all.forwarding'), '0', 'zebra turns it off, and a second up must not turn it on');
  t.equal(sysctl('net.ipv4.ip_forward'), '1');
  t.end();
});

void t.test('the last word on forwarding counts', (t) => {
  const of = (...lines: string[]) => {
    const [node] = lab({ frr: { zebra: text(...lines) } }).nodes;
    return node === undefined ? undefined : forwardingOf(node);
  };
  t.same(of(), { ipv4: true, ipv6: true });
  t.same(of('no ip forwarding', 'no ipv6 forwarding', 'ip forwarding'), { ipv4: true, ipv6: false });
  t.end();
});

void t.test('what would write the same file twice is a problem; so is what a daemons file cannot have', (t) => {
  const topology = lab({ frr: { daemons: { text: 'zebra=yes\nsharpd=yes\n', file: 'd' } }, bgp: {}, bfd: {} });
  const [node] = topology.nodes;
  const problems =
    node === undefined ? [] : (frr.problems?.(node, node.features['frr'] as FrrSettings, topology) ?? []);
  t.same(
    problems.map(({ path, message }) => [path, message]),
    [
      [[], 'r1 has both frr and bgp, and each would write the configuration of bgpd and staticd'],
      [[], 'r1 has both frr and bfd, and each would write the configuration of bfdd'],
      [['daemons'], 'd:2: sharpd is not a daemon of FRR 8.4: not possible here'],
    ],
  );
  t.throws(() => contributionOf(lab({ frr: { bgpd: 'a-path' } }), 'r1'), /was not read/u);
  t.end();
});
