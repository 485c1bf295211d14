/**
 * A disk from a tree, without loop devices or mounts: a DOS label with one ext4 partition at 1 MiB, filled by `mke2fs -d`,
 * and GRUB for BIOS in the gap before it (GRUB manual, 3.4).
 */
import { mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { $ } from 'zx';

const sector = 512;
/** Where the partition begins, in sectors: 1 MiB, as all partitioning tools have it. */
const begin = 2048;

/** Kernel messages go to the screen and to the first serial line; interfaces are called eth0 whatever the provider. */
const parameters = 'console=tty0 console=ttyS0 net.ifnames=0 quiet';

/**
 * For the menu that `update-grub` writes in the machine when another kernel is installed there. In text: left to itself that
 * menu draws, and without a display QEMU's BIOS never comes back from that.
 */
const defaults = [
  ...['GRUB_TIMEOUT=0', 'GRUB_TERMINAL=console', 'GRUB_GFXPAYLOAD_LINUX=text', 'GRUB_DISABLE_OS_PROBER=true'],
  ...[`GRUB_CMDLINE_LINUX="${parameters}"`, ''],
].join('\n');

const menu = (version: string): string =>
  [
    'set timeout=0',
    `linux /boot/vmlinuz-${version} root=LABEL=root rw ${parameters}`,
    `initrd /boot/initrd.img-${version}`,
    'boot',
    '',
  ].join('\n');

const early = ['set root=(hd0,msdos1)', 'set prefix=($root)/boot/grub', 'configfile /boot/grub/grub.cfg', ''].join(
  '\n',
);

/** The version of the one kernel in a tree. */
const kernelVersion = (tree: string): string => {
  const [found] = readdirSync(path.join(tree, 'boot')).flatMap((name) => /^vmlinuz-(.+)$/u.exec(name)?.[1] ?? []);
  if (found === undefined) throw new Error(`${tree}/boot has no kernel`);
  return found;
};

/** Writes `disk` (raw) of so many GiB from the tree. */
export const makeDisk = async (tree: string, disk: string, gibibytes: number): Promise<void> => {
  const grub = path.join(tree, 'boot/grub');
  mkdirSync(grub, { recursive: true });
  writeFileSync(path.join(grub, 'grub.cfg'), menu(kernelVersion(tree)));
  writeFileSync(path.join(tree, 'etc/default/grub'), defaults);
  // What that menu loads.
  await $`cp -r ${path.join(tree, 'usr/lib/grub/i386-pc')} ${grub}/`;
  writeFileSync(path.join(tree, 'boot/early.cfg'), early);
  const modules = ['biosdisk', 'part_msdos', 'ext2', 'linux', 'normal', 'configfile', 'boot'];
  const prefix = '(hd0,msdos1)/boot/grub';
  await $`chroot ${tree} grub-mkimage -O i386-pc -o /boot/core.img -c /boot/early.cfg -p ${prefix} ${modules}`;
  rmSync(disk, { force: true });
  writeFileSync(disk, '');
  const size = gibibytes * 2 ** 30;
  truncateSync(disk, size);
  await $({ input: `${begin},,L,*\n` })`sfdisk --quiet ${disk}`;
  // 440 octets: the rest of the first sector is the partition table.
  await $`dd if=${path.join(tree, 'usr/lib/grub/i386-pc/boot.img')} of=${disk} bs=440 count=1 conv=notrunc status=none`;
  await $`dd if=${path.join(tree, 'boot/core.img')} of=${disk} bs=${sector} seek=1 conv=notrunc status=none`;
  rmSync(path.join(tree, 'boot/core.img'));
  rmSync(path.join(tree, 'boot/early.cfg'));
  const offset = begin * sector;
  const options = `offset=${offset},lazy_itable_init=1,lazy_journal_init=1`;
  await $`mke2fs -q -F -t ext4 -b 4096 -L root -E ${options} -d ${tree} ${disk} ${(size - offset) / 4096}`;
};
