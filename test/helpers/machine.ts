/**
 * What a lab could leave on the machine, before and after. What is the machine's own - links, firewall and sysctls of
 * the root namespace, /etc/hosts, the host name - may not change at all. Of what labs make - processes, mounts, names,
 * files, namespaces - the one lab's is looked at: other labs may come and go on the machine meanwhile.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { execa } from 'execa';
import { identify } from '../../src/kernel/pid.ts';
import { cookieOf, heldNamespaces, orElse, processNumbers } from './held-namespaces.ts';
import { poll } from './netns.ts';

export interface Snapshot {
  /** What no lab may change: what it is -> its value. */
  readonly own: ReadonlyMap<string, string>;
  /** What carries the lab's name or mark, one line each. */
  readonly lab: readonly string[];
}

const runDirectory = '/run/xiyou';
const namesDirectory = '/run/netns';

/** Sysctls that can be read; what is below conf/ and neigh/ of an interface is there only with the interface. */
const sysctls = (directory: string): [string, string][] =>
  readdirSync(directory, { withFileTypes: true }).flatMap((entry): [string, string][] => {
    const file = path.join(directory, entry.name);
    if (entry.isDirectory()) return sysctls(file);
    const value = orElse<string | undefined>(undefined, () => readFileSync(file, 'utf8').trim());
    return value === undefined ? [] : [[`sysctl ${file}`, value]];
  });

/** Rules without comments (they hold the time) and counters. */
const firewall = async (program: string): Promise<[string, string]> => {
  const { stdout } = await execa(program, { reject: false });
  const rules = stdout.split('\n').filter((line) => !line.startsWith('#'));
  return [program, rules.map((line) => line.replace(/ \[\d+:\d+\]$/u, '')).join('\n')];
};

const links = (): [string, string][] =>
  readdirSync('/sys/class/net').map((name) => {
    const read = (attribute: string): string =>
      orElse('?', () => readFileSync(`/sys/class/net/${name}/${attribute}`, 'utf8').trim());
    return [`link ${name}`, `${read('address')} mtu ${read('mtu')} flags ${read('flags')}`];
  });

const own = async (): Promise<Map<string, string>> => {
  const addresses = await execa('ip', ['-oneline', 'address']);
  const routes = await execa('ip', ['route']);
  return new Map([
    ...links(),
    ['addresses', addresses.stdout.replaceAll(/ (?:valid|preferred)_lft \S+/gu, '')],
    ['routes', routes.stdout],
    await firewall('iptables-save'),
    await firewall('ip6tables-save'),
    ['/etc/hosts', createHash('sha256').update(readFileSync('/etc/hosts')).digest('hex')],
    ['host name', readFileSync('/proc/sys/kernel/hostname', 'utf8').trim()],
    ...['ipv4', 'ipv6', 'core'].flatMap((family) => sysctls(`/proc/sys/net/${family}`)),
  ]);
};

/** Mounts that this process sees, below the lab's directory or under its names. */
const mounts = (lab: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const point = line.split(' ')[4] ?? '';
      return `${point}/`.startsWith(`${runDirectory}/${lab}/`) || point.startsWith(`${namesDirectory}/${lab}-`)
        ? [`mount ${point}`]
        : [];
    });

const names = (lab: string): string[] => [
  ...orElse<string[]>([], () => readdirSync(runDirectory)).flatMap((name) =>
    name === lab || name === `${lab}.lock` ? [`file ${runDirectory}/${name}`] : [],
  ),
  ...orElse<string[]>([], () => readdirSync(namesDirectory)).flatMap((name) =>
    name.startsWith(`${lab}-`) ? [`name ${namesDirectory}/${name}`] : [],
  ),
];

/** Processes with the lab's mark in their environment, or with its directory in their arguments. */
const processes = (lab: string): string[] =>
  processNumbers().flatMap((pid) => {
    const environment = orElse('', () => readFileSync(`/proc/${pid}/environ`, 'utf8'));
    const command = orElse('', () => readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim());
    const ours = `\0${environment}`.includes(`\0XIYOU_LAB=${lab}\0`) || command.includes(`${runDirectory}/${lab}/`);
    return ours ? [`process ${pid} started at ${identify(pid)?.startTime ?? '?'} (${command.slice(0, 120)})`] : [];
  });

export const snapshot = async (lab: string): Promise<Snapshot> => ({
  own: await own(),
  lab: [...processes(lab), ...mounts(lab), ...names(lab)],
});

const changed = (before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] => [
  ...[...before].flatMap(([what, value]) => {
    const now = after.get(what);
    return now === value ? [] : [`changed: ${what} was ${value}, is ${now ?? 'gone'}`];
  }),
  // A module that was loaded brings new sysctls; nothing else may appear.
  ...[...after.keys()].filter((what) => !before.has(what) && !what.startsWith('sysctl ')).map((what) => `new: ${what}`),
];

/** Differences as lines for people; empty when the machine is as it was. */
export const difference = (before: Snapshot, after: Snapshot): string[] => [
  ...changed(before.own, after.own),
  ...after.lab.filter((line) => !before.lab.includes(line)).map((line) => `left: ${line}`),
  ...before.lab.filter((line) => !after.lab.includes(line)).map((line) => `gone: ${line}`),
];

/** Remembers a lab's namespaces while it is up, to see later that nothing holds them any more. */
export class NamespaceWatch {
  readonly #seen = new Map<bigint, string>();

  /** Notes the namespaces that the lab has now; returns node -> cookie. */
  note(lab: string): Map<string, bigint> {
    const directory = `${runDirectory}/${lab}/netns`;
    const nodes = existsSync(directory) ? readdirSync(directory) : [];
    const root = cookieOf('/proc/self/ns/net');
    const now = new Map<string, bigint>();
    for (const node of nodes) {
      const cookie = orElse(undefined, () => cookieOf(path.join(directory, node)));
      // A file that nothing is mounted on is no namespace.
      if (cookie === undefined || cookie === root) continue;
      this.#seen.set(cookie, node);
      now.set(node, cookie);
    }
    return now;
  }

  /** Those that something still holds, and who. */
  held(): string[] {
    const held = heldNamespaces();
    return [...this.#seen].flatMap(([cookie, node]) => {
      const holders = held.get(cookie);
      return holders === undefined ? [] : [`held: namespace of ${node} by ${holders.join(', ')}`];
    });
  }
}

/**
 * What the lab left behind. The lab's own has to be gone at once; the machine's own may be changed for a moment by
 * other tests, so it gets a moment to come back.
 */
export const leftovers = async (lab: string, before: Snapshot, watch: NamespaceWatch): Promise<string[]> => {
  const after = await snapshot(lab);
  const ofLab = [
    ...difference({ own: before.own, lab: before.lab }, { own: before.own, lab: after.lab }),
    ...watch.held(),
  ];
  let ofMachine = changed(before.own, after.own);
  if (ofMachine.length > 0)
    await poll(
      'the machine is as it was',
      async () => {
        ofMachine = changed(before.own, await own());
        return ofMachine.length === 0;
      },
      3,
    ).catch(() => undefined);
  return [...ofLab, ...ofMachine];
};
