/**
 * What `xiyou doctor` says of this kernel is what people's own tools find when they try: each ability is tried once by the
 * engine's questions and once by the program that a person would use.
 */
import test from 'ava';
import { execa } from 'execa';
import type { Finding } from '../../src/engine/doctor.ts';
import { labName, xiyou } from '../helpers/lab.ts';

/** Whether a guest runs this, whose kernel is known to have everything asked for here but nf_tables for IP. */
const inGuest = process.env['XIYOU_GUEST'] === '1';

const namespace = labName('doctor');
const works = async (...argv: [string, ...string[]]): Promise<boolean> => {
  const [file, ...rest] = argv;
  return (await execa(file, rest, { reject: false })).exitCode === 0;
};
const inside = (...argv: string[]): Promise<boolean> => works('ip', 'netns', 'exec', namespace, ...argv);
const makes =
  (kind: string, ...more: string[]) =>
  (): Promise<boolean> =>
    works(
      'ip',
      '-n',
      namespace,
      'link',
      'add',
      'name',
      kind,
      ...more,
      'type',
      kind,
      ...(kind === 'vrf' ? ['table', '7'] : []),
    );

/** Row of `doctor` -> the same question by another program. */
const trials: Readonly<Record<string, () => Promise<boolean>>> = {
  'Open vSwitch datapath': () => inside('ovs-dpctl', 'add-dp', 'tried'),
  'link impairment': () => inside('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'netem', 'delay', '1ms'),
  'NAT and firewalls': async () =>
    (await inside('iptables-nft', '-N', 'tried')) && inside('ip6tables-nft', '-N', 'tried'),
  'programs at interfaces': () => inside('tc', 'qdisc', 'add', 'dev', 'lo', 'clsact'),
  VRF: makes('vrf'),
  VXLAN: () =>
    works(
      'ip',
      '-n',
      namespace,
      'link',
      'add',
      'tried1',
      'type',
      'vxlan',
      'id',
      '7',
      'dstport',
      '4789',
      'dev',
      'ground',
    ),
  'VLAN interfaces': () =>
    works('ip', '-n', namespace, 'link', 'add', 'tried2', 'link', 'ground', 'type', 'vlan', 'id', '7'),
  'GTP-U': () => works('ip', '-n', namespace, 'link', 'add', 'tried4', 'type', 'gtp', 'role', 'sgsn'),
};

test.serial('doctor finds what other programs find', async (t) => {
  await execa('ip', ['netns', 'add', namespace]);
  t.teardown(() => execa('ip', ['netns', 'delete', namespace]));
  // VLANs and tunnels stand on something; lo takes none.
  await execa('ip', ['-n', namespace, 'link', 'add', 'ground', 'type', 'veth']);
  const { stdout, stderr } = await xiyou(['doctor', '--json']);
  const findings = JSON.parse(stdout) as Finding[];
  const said = Object.fromEntries(
    Object.keys(trials).map((name) => [name, findings.find((finding) => finding.name === name)?.state === 'ok']),
  );
  const found: Record<string, boolean> = {};
  for (const [name, trial] of Object.entries(trials)) found[name] = await trial();
  t.deepEqual(said, found, stderr);
  const absent = Object.keys(found).filter((name) => found[name] !== true);
  t.log(`absent: ${absent.join(', ') || 'nothing'}`);
  if (!inGuest) return;
  t.deepEqual(absent, ['NAT and firewalls']);
  // As the package's own list says: /usr/share/doc/user-mode-linux/config.gz.
  t.is(findings.find(({ name }) => name === 'conntrack zones')?.state, 'fallback');
});

test.serial('doctor does not load SCTP, and says when somebody has', async (t) => {
  // Loading it would break labs that run elsewhere on the machine.
  if (!inGuest) return t.pass('only in a guest');
  const row = async (): Promise<Finding | undefined> =>
    (JSON.parse((await xiyou(['doctor', '--json'])).stdout) as Finding[]).find(({ name }) => name === 'SCTP');
  t.is((await row())?.state, 'ok');
  t.true(await works('python3', '-c', 'import socket; socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)'));
  const after = await row();
  t.is(after?.state, 'missing');
  t.is(after?.hint, 'modprobe -r sctp');
  const refused = await xiyou(['validate', 'lte']);
  t.is(refused.exitCode, 3);
  return t.regex(refused.stderr, /error\[not-possible-here\].*SCTP/u);
});
