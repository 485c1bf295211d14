/**
 * `npm run box`: a Debian 12 machine with everything in it, from Debian's and npm's packages alone, for class rooms
 * without a network. Makes, in the directory given (./box when left out),
 *
 *     xiyou.qcow2    a disk that any QEMU boots: qemu-system-x86_64 -m 4G -smp 2 -nic user -drive file=xiyou.qcow2,if=virtio
 *     xiyou.box      the same for Vagrant with libvirt: vagrant box add --name xiyou xiyou.box; XIYOU_BOX=xiyou vagrant up
 *
 * `--bare` makes bare.qcow2 and bare.box of a machine as clouds have them, with Debian's kernel for clouds and nothing of Xiyou:
 * the release check (vm.ts) provisions one. It trusts whom this machine's NODE_EXTRA_CA_CERTS trusts: not one to give away.
 *
 * Needs root, and of Debian's packages: mmdebstrap, qemu-utils, fdisk.
 */
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { $, minimist } from 'zx';
import { projectDirectory } from '../../src/engine/paths.ts';
import { makeDisk } from './disk.ts';

/** GiB that the disk looks like; what is free takes no room in the file. */
const diskSize = 8;

/** The machine itself; what Xiyou needs is brought by scripts/machine.sh. */
const base = [
  ...[
    'initramfs-tools',
    'systemd-sysv',
    'udev',
    'dbus',
    'grub-pc-bin',
    'grub2-common',
    'kmod',
    'openssh-server',
    'sudo',
  ],
  ...['rsync', 'procps', 'iproute2', 'ca-certificates', 'vim-tiny', 'less', 'zstd'],
];

/** What a tree gets besides: packages, and the hooks of mmdebstrap that are run in it. */
interface Flavour {
  readonly name: string;
  readonly packages: readonly string[];
  readonly hooks: readonly string[];
}
const full: Flavour = {
  name: 'xiyou',
  packages: ['linux-image-amd64', 'nodejs', 'npm'],
  hooks: ['rootfs.sh', 'debian.sh'],
};
const bare: Flavour = { name: 'bare', packages: ['linux-image-cloud-amd64'], hooks: ['debian.sh', 'trust.sh'] };

/** Drivers that no virtual machine has a device for, and texts that nobody reads there. */
const leftOut = [
  ...['sound', 'drivers/gpu', 'drivers/media', 'drivers/infiniband', 'drivers/staging', 'drivers/isdn', 'drivers/nfc'],
  ...['drivers/bluetooth', 'drivers/iio', 'drivers/net/wireless', 'drivers/usb/gadget', 'fs/ocfs2', 'fs/btrfs'],
].map((directory) => `/lib/modules/*/kernel/${directory}/*`);
const unread = ['/usr/share/man/*', '/usr/share/locale/*', '/usr/share/doc/*'];
const kept = ['/usr/share/doc/*/copyright'];

const say = (text: string): void => void process.stderr.write(`box: ${text}\n`);

/** What the tools are in, when one is missing. */
const tools = { mmdebstrap: 'mmdebstrap', 'qemu-img': 'qemu-utils', sfdisk: 'fdisk', mke2fs: 'e2fsprogs', git: 'git' };

const missing = async (): Promise<string[]> => {
  const found = await Promise.all(
    Object.entries(tools).map(async ([tool, from]) => ((await $({ nothrow: true })`which ${tool}`).ok ? [] : [from])),
  );
  return found.flat();
};

const timed = async <Value>(what: string, work: () => Promise<Value>): Promise<Value> => {
  const began = performance.now();
  const value = await work();
  say(`${what}: ${((performance.now() - began) / 1000).toFixed(0)} s`);
  return value;
};

const build = async (out: string, { name, packages, hooks }: Flavour): Promise<void> => {
  const tree = path.join(out, 'tree');
  const project = path.join(out, 'project');
  for (const directory of [tree, project]) rmSync(directory, { recursive: true, force: true });
  mkdirSync(project, { recursive: true });
  // What is committed, and nothing that happens to lie beside it.
  await $`git -C ${projectDirectory} archive HEAD | tar -x -C ${project}`;
  const mirror = process.env['XIYOU_MIRROR'] ?? 'http://deb.debian.org/debian';
  const options = [
    ...['--variant=minbase', '--mode=root', '--components=main', `--include=${[...base, ...packages].join(',')}`],
    ...[...leftOut, ...unread].map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    ...kept.map((pattern) => `--dpkgopt=path-include=${pattern}`),
    '--aptopt=Acquire::Retries "5"',
    ...hooks.map((hook) => `--customize-hook=${path.join(projectDirectory, 'scripts/box', hook)}`),
  ];
  const suites = [
    `deb ${mirror} bookworm main`,
    `deb ${mirror} bookworm-updates main`,
    `deb ${process.env['XIYOU_SECURITY_MIRROR'] ?? 'http://deb.debian.org/debian-security'} bookworm-security main`,
  ];
  await timed(
    'Debian and npm packages',
    () =>
      $({
        env: { ...process.env, XIYOU_PROJECT: project },
        stdio: ['ignore', 'ignore', 'inherit'],
      })`mmdebstrap --quiet ${options} bookworm ${tree} ${suites}`,
  );
  const disk = path.join(out, 'disk.raw');
  await timed('disk', () => makeDisk(tree, disk, diskSize));
  const image = path.join(out, `${name}.qcow2`);
  await timed('compression', () => $`qemu-img convert -c -O qcow2 ${disk} ${image}`);
  for (const leftover of [tree, project, disk]) rmSync(leftover, { recursive: true, force: true });
  await pack(image, path.join(out, `${name}.box`));
};

/** What Vagrant wants in a box of libvirt (vagrant-libvirt, box format): the disk, its size in GiB, and how to sign in. */
const pack = async (image: string, box: string): Promise<void> => {
  const parts = `${box}.parts`;
  mkdirSync(parts, { recursive: true });
  const write = (name: string, content: string): void => writeFileSync(path.join(parts, name), content);
  write('metadata.json', `${JSON.stringify({ provider: 'libvirt', format: 'qcow2', virtual_size: diskSize })}\n`);
  write('Vagrantfile', "Vagrant.configure('2') { |config| config.ssh.password = 'vagrant' }\n");
  await $`ln -f ${image} ${path.join(parts, 'box.img')}`;
  await $`tar -cf ${box} -C ${parts} metadata.json Vagrantfile box.img`;
  rmSync(parts, { recursive: true });
  for (const file of [image, box]) say(`${file}: ${(statSync(file).size / 2 ** 20).toFixed(0)} MiB`);
};

const argv = minimist(process.argv.slice(2), { boolean: ['bare'] });
const lacking = await missing();
if (process.getuid?.() !== 0) say('building a machine needs root: sudo npm run box');
else if (process.arch !== 'x64') say(`only amd64 can be built so far, and this is ${process.arch}`);
else if (lacking.length > 0) say(`missing; install them: apt-get install --no-install-recommends ${lacking.join(' ')}`);
else {
  await build(path.resolve(argv._[0] ?? 'box'), argv['bare'] === true ? bare : full);
  process.exit(0);
}
process.exitCode = 3;
