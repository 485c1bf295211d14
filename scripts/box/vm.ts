/**
 * `npm run test:vm`: the release check, on Debian's own kernel with systemd, as somebody has it who has just typed
 * `vagrant up`. Boots the disk that `npm run box` made under QEMU, with KVM where it is real and without it elsewhere, places
 * an order through the flagship in it and runs tests of ava; then has Vagrant make a machine of the box. Each step is printed
 * with its time. Parameters: the directory of the box (./box when left out), then the test files (those that want what a full
 * kernel has, when left out). `--only lab`, `ava` or `vagrant` takes one part.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { argv } from 'zx';
import { withGuest } from './guest.ts';
import { hasKvm } from './kvm.ts';
import { type Vagrant, missingForVagrant, withVagrant } from './vagrant.ts';

const say = (text: string): void => void process.stdout.write(`vm: ${text}\n`);

const seconds = (began: number): string => `${((performance.now() - began) / 1000).toFixed(1)} s`;

/** Whether it ended well, said with its time. */
const step = async (what: string, work: () => Promise<number>): Promise<boolean> => {
  const began = performance.now();
  const code = await work();
  say(`${what}: exit code ${code} after ${seconds(began)}`);
  return code === 0;
};

/** MiB of a machine: the flagship takes half of it. */
const memory = process.env['XIYOU_MEMORY'] ?? '4096';

/**
 * Without KVM two processors are too slow for the whole flagship: its daemons alone take a third of a processor of the machine
 * itself while nothing happens, with BFD three times a second nearly a whole one. So the order goes through one region, with one
 * of everything, and who watches looks every five seconds.
 */
const smallest = '-p regions=1 -p zones=1 -p members=1 -p computes=2 -p tenants=1 -p bfd=5000';

/** Tests of what other kernels lack: both of Open vSwitch's datapaths with security groups, netem, the tables of nftables. */
const tests = ['checks', 'capture', 'tenants', 'gateways', 'metadata', 'flow-log', 'wrong-vni', 'firewall'].map(
  (name) => `test/integration/${name}.test.ts`,
);

const parts = ['lab', 'ava', 'vagrant', 'bare'] as const;
type Part = (typeof parts)[number];

const inGuest = (image: string, files: readonly string[], wanted: ReadonlySet<Part>): Promise<boolean> => {
  const began = performance.now();
  return withGuest(image, memory, async (guest) => {
    say(`the guest answers after ${seconds(began)}`);
    await guest.update();
    let ok = await step('what this machine can do', () => guest.run('uname -a; xiyou doctor'));
    if (wanted.has('lab')) {
      const lab = `npm run lab${hasKvm() ? '' : ` -- ${smallest}`}`;
      ok = (await step(lab, () => guest.run(`cd /xiyou && ${lab}`))) && ok;
      ok = (await step('npm run lab:down', () => guest.run('cd /xiyou && npm run lab:down'))) && ok;
    }
    if (wanted.has('ava')) {
      const ava = `cd /xiyou && PATH=$PWD/node_modules/.bin:$PATH ava --timeout=20m --concurrency=1 ${files.join(' ')}`;
      ok = (await step('ava', () => guest.run(ava))) && ok;
    }
    return ok;
  });
};

/** A lab in the machine that Vagrant has made. */
const slowLink = async (vagrant: Vagrant): Promise<boolean> => {
  const inside = (command: string) =>
    step(`vagrant ssh: ${command}`, () => vagrant.run('ssh', '-c', `cd /xiyou && ${command}`));
  return (await inside('sudo xiyou up slow-link && sudo xiyou check')) && (await inside('sudo xiyou down slow-link'));
};

const inVagrant = async (box: string, wayOut: boolean): Promise<boolean> => {
  const lacks = await missingForVagrant(wayOut);
  if (lacks.length > 0) {
    say(`vagrant up is left out; for it: apt-get install --no-install-recommends ${lacks.join(' ')}`);
    return true;
  }
  return withVagrant({ box, memory, wayOut }, async (vagrant) => {
    if (!(await step('vagrant up', () => vagrant.run('up')))) return false;
    if (wayOut && !(await step('the kernel now', () => vagrant.run('ssh', '-c', 'uname -r')))) return false;
    return (
      (await slowLink(vagrant)) &&
      (await step('vagrant halt', () => vagrant.run('halt'))) &&
      (await step('vagrant up again', () => vagrant.run('up')))
    );
  });
};

const [directory = 'box', ...files] = argv._;
const only = parts.find((part) => part === argv['only']);
const wanted = new Set<Part>(only === undefined ? ['lab', 'ava', 'vagrant'] : [only]);
const flavour = wanted.has('bare') ? 'bare' : 'xiyou';
const image = path.resolve(directory, `${flavour}.qcow2`);
const box = path.resolve(directory, `${flavour}.box`);
if (!existsSync(image) || !existsSync(box)) {
  say(`there is no ${image} with its box; make them: sudo npm run box${wanted.has('bare') ? ' -- --bare' : ''}`);
  process.exitCode = 3;
} else if (process.getuid?.() !== 0) {
  say('namespaces for libvirt are made by root: sudo npm run test:vm');
  process.exitCode = 3;
} else {
  say(`${image}, ${hasKvm() ? 'KVM' : 'QEMU without KVM (TCG): some 5 to 30 times slower'}`);
  let ok = true;
  if (wanted.has('lab') || wanted.has('ava')) ok = await inGuest(image, files.length > 0 ? files : tests, wanted);
  if (wanted.has('vagrant') || wanted.has('bare')) ok = (await inVagrant(box, wanted.has('bare'))) && ok;
  process.exitCode = ok ? 0 : 1;
}
