/**
 * `up` puts right what somebody took away or changed in a running lab: the whole of it, and nothing else. What stays is
 * told by process numbers and by the cookies of namespaces; what is done, by the events of `up --json`. The lab has no keeper:
 * what a daemon's end would have become without `up` is a matter of keeper.test.ts.
 */
import { readFileSync, unlinkSync } from 'node:fs';
import test from 'ava';
import type { ExecutionContext } from 'ava';
import { execa } from 'execa';
import { TestLab, eventOf } from '../helpers/lab.ts';
import { smallest } from '../helpers/flagship.ts';
import { poll } from '../helpers/netns.ts';
import { strays } from '../helpers/strays.ts';

const lab = new TestLab('journey', undefined, smallest);
test.before('the lab is up', async () => {
  await lab.up('--no-restart');
});
test.after.always('the lab is gone', () => lab.release());

/** A command of the machine in the node's namespace. */
const inside = (node: string, ...argv: string[]): Promise<unknown> =>
  execa('ip', ['netns', 'exec', `${lab.lab}-${node}`, ...argv]);
const ip = (node: string, ...argv: string[]): Promise<unknown> => execa('ip', ['-n', `${lab.lab}-${node}`, ...argv]);

/** Ends a daemon of a node by the number that the lab tells. */
const killDaemon = async (name: string): Promise<void> => {
  const pid = (await lab.daemons()).get(name);
  if (pid === undefined || pid < 0) throw new Error(`${name} does not run`);
  process.kill(pid, 'SIGKILL');
  await poll(`${name} has ended`, async () => (await lab.daemons()).get(name) === -1);
};

interface Expected {
  /** Nodes in `remake` events, but for those about links. */
  readonly remade?: readonly string[];
  /** Links in `remake` events. The kernel frees a namespace late, so a link of a node made anew may be among them or not. */
  readonly relinked?: readonly string[];
  /** Stages that had anything to do, with the number of operations; `probes` comes always. */
  readonly stages: Readonly<Record<string, number>>;
  /** Daemons that have another process number afterwards, as `node name`. */
  readonly restarted?: readonly string[];
  /** Nodes that have another namespace afterwards. */
  readonly renewed?: readonly string[];
}

const changedKeys = <Value>(before: ReadonlyMap<string, Value>, after: ReadonlyMap<string, Value>): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter((key) => before.get(key) !== after.get(key)).sort();

/** Does the damage, runs `up`, and compares what it did with what is expected; a second `up` finds nothing to do. */
const repairs = async (t: ExecutionContext, damage: () => Promise<unknown>, expected: Expected): Promise<void> => {
  const daemons = await lab.daemons();
  const namespaces = lab.watch.note(lab.lab);
  await damage();
  const events = await lab.up('--no-restart');
  const stages = events.flatMap((event) =>
    event.event === 'stage-start' && event.stage !== 'probes' ? [[event.stage, event.operations] as const] : [],
  );
  t.deepEqual(Object.fromEntries(stages), expected.stages, 'the stages that had something to do');
  const reasons = events.flatMap((event) => (event.event === 'remake' ? [event] : []));
  const [links, others] = [
    reasons.filter(({ reason }) => reason.startsWith('link ')),
    reasons.filter(({ reason }) => !reason.startsWith('link ')),
  ];
  t.deepEqual(
    [...new Set(others.map(({ node }) => node))].sort(),
    [...(expected.remade ?? [])].sort(),
    'what is made anew',
  );
  t.deepEqual(
    links
      .map(({ reason }) => reason)
      .filter((reason) => !(expected.renewed ?? []).some((node) => reason.includes(` ${node}:`))),
    [...(expected.relinked ?? [])],
    'links that are made anew',
  );
  t.deepEqual(
    changedKeys(daemons, await lab.daemons()),
    [...(expected.restarted ?? [])].sort(),
    'daemons that were started anew',
  );
  t.deepEqual(
    changedKeys(namespaces, lab.watch.note(lab.lab)),
    [...(expected.renewed ?? [])].sort(),
    'namespaces that are new',
  );
  t.deepEqual(strays(lab.lab), []);
  t.deepEqual(await lab.failedChecks(), []);
  t.is(eventOf(await lab.up('--no-restart'), 'plan')?.missing, 0, 'nothing is left to do');
};

test.serial('an interface that was set down', (t) =>
  repairs(t, () => ip('c1', 'link', 'set', 'dev', 'to-c2', 'down'), { stages: { network: 1 } }),
);

test.serial('an address that was deleted', (t) =>
  repairs(t, () => ip('pgw', 'address', 'delete', '10.10.3.1/30', 'dev', 'sgi'), { stages: { network: 2 } }),
);

test.serial('a route that was deleted', (t) =>
  repairs(t, () => ip('nat', 'route', 'delete', '10.45.0.0/16'), { stages: { network: 1 } }),
);

test.serial('a sysctl that was changed', (t) =>
  repairs(t, () => inside('nat', 'sysctl', '-qw', 'net.ipv4.ip_forward=0'), { stages: { network: 1 } }),
);

test.serial('a firewall that was flushed', (t) =>
  repairs(t, () => inside('nat', 'iptables', '-t', 'nat', '-F'), { stages: { firewall: 1 } }),
);

test.serial('a rule that was added', (t) =>
  repairs(t, () => inside('nat', 'iptables', '-t', 'nat', '-I', 'PREROUTING', '-j', 'ACCEPT'), {
    stages: { firewall: 1 },
  }),
);

test.serial('a port that was taken from Open vSwitch', (t) =>
  repairs(t, () => lab.exec('host-a', 'ovs-vsctl', 'del-port', 'br-int', 'to-balancer'), { stages: { switches: 1 } }),
);

test.serial('flows that were deleted', (t) =>
  repairs(t, () => lab.exec('host-b', 'ovs-ofctl', '-O', 'OpenFlow15', 'del-flows', 'br-int'), {
    stages: { tunnels: 1 },
  }),
);

test.serial('zebra, killed', (t) =>
  repairs(t, () => killDaemon('c1 zebra'), {
    remade: ['c1'],
    stages: { processes: 4 },
    restarted: ['c1 zebra', 'c1 ospfd', 'c1 ospf6d', 'c1 bgpd'],
  }),
);

test.serial('bgpd, killed', (t) =>
  repairs(t, () => killDaemon('c2 bgpd'), { stages: { processes: 1 }, restarted: ['c2 bgpd'] }),
);

test.serial('ovs-vswitchd, killed', (t) =>
  repairs(t, () => killDaemon('host-b ovs-vswitchd'), {
    stages: { switches: 1, tunnels: 1 },
    restarted: ['host-b ovs-vswitchd'],
  }),
);

test.serial('haproxy, killed', (t) =>
  repairs(t, () => killDaemon('balancer haproxy'), { stages: { processes: 1 }, restarted: ['balancer haproxy'] }),
);

test.serial('a serving gateway, killed', (t) =>
  repairs(t, () => killDaemon('sgw epc'), { stages: { processes: 1 }, restarted: ['sgw epc'] }),
);

test.serial('a link of a switch that was deleted', (t) =>
  repairs(t, () => ip('post', 'link', 'delete', 'dev', 'to-mme'), { stages: { network: 5 } }),
);

test.serial('a link whose end was deleted below a daemon', (t) =>
  repairs(t, () => ip('sgw', 'link', 'delete', 'dev', 's5'), { stages: { network: 7 } }),
);

test.serial('a link of a hypervisor that was deleted', (t) =>
  repairs(t, () => ip('host-a', 'link', 'delete', 'dev', 'to-balancer'), { stages: { network: 6, switches: 1 } }),
);

test.serial('an interface with another MAC', (t) =>
  repairs(t, () => ip('phone', 'link', 'set', 'dev', 'eth0', 'address', '02:00:00:99:99:99'), {
    remade: ['enb', 'phone'],
    relinked: ['link phone:eth0 - enb:radio is made anew'],
    stages: { network: 5, processes: 1, commands: 1 },
    restarted: ['enb epc', 'phone epc'],
  }),
);

test.serial('a namespace that was deleted by its name', (t) =>
  repairs(t, () => execa('ip', ['netns', 'delete', `${lab.lab}-c1`]), {
    remade: ['c1'],
    renewed: ['c1'],
    stages: { network: 39, files: 6, processes: 4 },
    restarted: ['c1 zebra', 'c1 ospfd', 'c1 ospf6d', 'c1 bgpd'],
  }),
);

test.serial('a name of a namespace that was removed', (t) =>
  repairs(t, async () => unlinkSync(`/run/netns/${lab.lab}-phone`), { stages: { network: 1 } }),
);

test.serial('the init process of a node, killed', (t) =>
  repairs(
    t,
    async () => {
      const init = Number(
        /^PPid:\s+(\d+)$/mu.exec(
          readFileSync(`/proc/${(await lab.daemons()).get('controller order')}/status`, 'utf8'),
        )?.[1],
      );
      process.kill(init, 'SIGKILL');
      await poll('the order service has ended', async () => (await lab.daemons()).get('controller order') === -1);
    },
    { stages: { processes: 1 }, restarted: ['controller order'] },
  ),
);

test.serial('a file of a node that was edited', (t) =>
  repairs(t, () => lab.exec('c1', 'sh', '-c', 'echo "! mine" >> /etc/frr/bgpd.conf'), {
    remade: ['c1'],
    renewed: ['c1'],
    stages: { network: 39, files: 6, processes: 4 },
    restarted: ['c1 zebra', 'c1 ospfd', 'c1 ospf6d', 'c1 bgpd'],
  }),
);

test.serial('a file of a node that was edited, and that its daemon reads again', (t) =>
  repairs(t, () => lab.exec('balancer', 'sh', '-c', 'echo "# mine" >> /etc/haproxy/haproxy.cfg'), {
    stages: { files: 1 },
  }),
);

test.serial('a file of a node that was removed', (t) =>
  repairs(t, () => lab.exec('a1', 'rm', '/etc/frr/bgpd.conf'), { stages: { files: 1 } }),
);

test.serial('in the end all goes away', async (t) => {
  t.is((await lab.down()).exitCode, 0);
  t.deepEqual(await lab.left(), []);
});
