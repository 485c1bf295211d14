/**
 * `npm run test:vm`: the release check. Boots the disk that `npm run box` made under QEMU, with KVM where it is real and
 * without it elsewhere, and in it places an order through the flagship and runs tests of ava: as somebody would who has
 * just typed `vagrant up`. Each step is printed with its time. Parameters: the directory of the box (./box when left
 * out), then the test files (a few of test/integration when left out).
 *
 * The machine writes into an overlay that is thrown away. Nobody has a password for root there: a key made for this run
 * is given to systemd as a credential by the firmware's tables (systemd.system-credentials(7), ssh.authorized_keys.root).
 */
import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { $, argv, retry } from 'zx';

const say = (text: string): void => void process.stdout.write(`vm: ${text}\n`);

/** Milliseconds since the start of this program, for people. */
const clock = (): string => `${(performance.now() / 1000).toFixed(1)} s`;

const usable = (file: string, mode: number): boolean => {
  try {
    accessSync(file, mode);
    return true;
  } catch {
    return false;
  }
};

/** Some cloud machines have a /dev/kvm that runs only kernels made for it (kvm-pvm); a stock kernel hangs there. */
const hasKvm = (): boolean =>
  usable('/dev/kvm', constants.R_OK | constants.W_OK) &&
  !existsSync('/sys/module/kvm_pvm') &&
  /\b(?:svm|vmx)\b/u.test(readFileSync('/proc/cpuinfo', 'utf8'));

/** A TCP port that nobody uses now. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });

const tests = ['checks', 'capture', 'tenants', 'firewall'].map((name) => `test/integration/${name}.test.ts`);

const run = async (image: string, files: readonly string[]): Promise<boolean> => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'xiyou-vm-'));
  const overlay = path.join(scratch, 'disk.qcow2');
  const key = path.join(scratch, 'key');
  await $`qemu-img create -q -f qcow2 -b ${image} -F qcow2 ${overlay}`;
  await $`ssh-keygen -q -t ed25519 -N ${''} -f ${key}`;
  const port = await freePort();
  const kvm = hasKvm();
  const credential = Buffer.from(readFileSync(`${key}.pub`)).toString('base64');
  const machine = [
    ...['-machine', 'q35', '-display', 'none', '-no-reboot', '-smp', '2', '-m', process.env['XIYOU_MEMORY'] ?? '4096'],
    // A processor that the translator does well; the host's own, where it runs itself.
    ...(kvm ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', 'Nehalem']),
    ...['-drive', `file=${overlay},if=virtio,format=qcow2,cache=unsafe`],
    ...['-nic', `user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${port}-:22`, '-device', 'virtio-rng-pci'],
    ...['-smbios', `type=11,value=io.systemd.credential.binary:ssh.authorized_keys.root=${credential}`],
    ...['-serial', `file:${path.join(scratch, 'serial')}`],
  ];
  say(`${image}, ${kvm ? 'KVM' : 'QEMU without KVM (TCG): some 5 to 30 times slower'}`);
  const guest = $({ nothrow: true, quiet: true })`qemu-system-x86_64 ${machine}`;
  // Whoever stops this program stops the machine with it: the steps fail, and what follows cleans up.
  const stop = (): void => void guest.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const options = ['-q', '-i', key, '-p', String(port), '-o', 'StrictHostKeyChecking=no', '-o', 'ConnectTimeout=5'];
    const ssh = [...options, '-o', `UserKnownHostsFile=${path.join(scratch, 'hosts')}`, 'root@127.0.0.1'];
    // A machine without KVM takes a minute to answer, five on a busy host.
    await retry(150, '2s', () => $({ quiet: true, timeout: '15s' })`ssh ${ssh} true`);
    say(`answers after ${clock()}`);
    const inside = async (what: string, command: string): Promise<boolean> => {
      const began = performance.now();
      const { exitCode } = await $({ nothrow: true, stdio: ['ignore', 'inherit', 'inherit'] })`ssh ${ssh} ${command}`;
      say(`${what}: exit code ${exitCode} after ${((performance.now() - began) / 1000).toFixed(1)} s`);
      return exitCode === 0;
    };
    const steps = [
      await inside('what this machine can do', 'uname -a; xiyou doctor'),
      await inside('npm run lab', 'cd /xiyou && npm run lab'),
      await inside('npm run lab:down', 'cd /xiyou && npm run lab:down'),
      await inside('ava', `cd /xiyou && PATH=$PWD/node_modules/.bin:$PATH ava --timeout=20m ${files.join(' ')}`),
    ];
    return steps.every(Boolean);
  } finally {
    await guest.kill('SIGTERM').catch(() => undefined);
    await guest;
    rmSync(scratch, { recursive: true });
  }
};

const [directory = 'box', ...files] = argv._;
const image = path.resolve(directory, 'xiyou.qcow2');
if (existsSync(image)) process.exitCode = (await run(image, files.length > 0 ? files : tests)) ? 0 : 1;
else {
  say(`there is no ${image}; make it: sudo npm run box`);
  process.exitCode = 3;
}
