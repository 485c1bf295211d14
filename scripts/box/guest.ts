/**
 * A guest of QEMU on a disk that `npm run box` made. It writes into an overlay that is thrown away. Nobody has a password for
 * root there: a key made for this run is given to systemd as a credential by the firmware's tables (systemd.system-credentials(7),
 * ssh.authorized_keys.root).
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { execa } from 'execa';
import { $, retry } from 'zx';
import { projectDirectory } from '../../src/engine/paths.ts';
import { hasKvm } from './kvm.ts';

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

export interface Guest {
  /** Puts the project as it is committed into /xiyou, over what the box has; the packages there stay. */
  readonly update: () => Promise<void>;
  /** Runs a command of the guest's shell as root, its output on this program's own; its exit code. */
  readonly run: (command: string) => Promise<number>;
}

/**
 * Boots a guest, waits until it answers, and ends it when `work` is done.
 *
 * @param image a qcow2
 * @param memory MiB
 */
export const withGuest = async <Value>(
  image: string,
  memory: string,
  work: (guest: Guest) => Promise<Value>,
): Promise<Value> => {
  const scratch = mkdtempSync(path.join(tmpdir(), 'xiyou-vm-'));
  const overlay = path.join(scratch, 'disk.qcow2');
  const key = path.join(scratch, 'key');
  await $`qemu-img create -q -f qcow2 -b ${image} -F qcow2 ${overlay}`;
  await $`ssh-keygen -q -t ed25519 -N ${''} -f ${key}`;
  const port = await freePort();
  const credential = Buffer.from(readFileSync(`${key}.pub`)).toString('base64');
  const machine = [
    ...['-machine', 'q35', '-display', 'none', '-no-reboot', '-smp', '2', '-m', memory],
    // A processor that the translator does well; the host's own, where it runs itself.
    ...(hasKvm() ? ['-accel', 'kvm', '-cpu', 'host'] : ['-accel', 'tcg,thread=multi,tb-size=1024', '-cpu', 'Nehalem']),
    ...['-drive', `file=${overlay},if=virtio,format=qcow2,cache=unsafe`],
    ...['-nic', `user,model=virtio-net-pci,hostfwd=tcp:127.0.0.1:${port}-:22`, '-device', 'virtio-rng-pci'],
    ...['-smbios', `type=11,value=io.systemd.credential.binary:ssh.authorized_keys.root=${credential}`],
    ...['-serial', `file:${path.join(scratch, 'serial')}`],
  ];
  const guest = execa('qemu-system-x86_64', machine, { reject: false, stdin: 'ignore' });
  // Whoever stops this program stops the machine with it: the steps fail, and what follows cleans up.
  const stop = (): void => void guest.kill('SIGTERM');
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const options = ['-q', '-i', key, '-p', String(port), '-o', 'StrictHostKeyChecking=no', '-o', 'ConnectTimeout=5'];
    const ssh = [...options, '-o', `UserKnownHostsFile=${path.join(scratch, 'hosts')}`, 'root@127.0.0.1'];
    // A machine without KVM takes a minute to answer, five on a busy host.
    await retry(150, '2s', () => $({ quiet: true, timeout: '15s' })`ssh ${ssh} true`);
    return await work({
      update: async () => {
        // Whoever has changed since the box was made comes newly; what went away does not stay.
        const replace = 'find /xiyou -mindepth 1 -maxdepth 1 ! -name node_modules -exec rm -r {} + && tar -x -C /xiyou';
        await $`git -C ${projectDirectory} archive HEAD | ssh ${ssh} ${replace}`;
      },
      run: async (command) =>
        (await $({ nothrow: true, stdio: ['ignore', 'inherit', 'inherit'] })`ssh ${ssh} ${command}`).exitCode ?? 1,
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
    stop();
    await guest;
    rmSync(scratch, { recursive: true });
  }
};
