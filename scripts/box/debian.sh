#!/usr/bin/env bash
# What turns a bare Debian tree into a machine that Vagrant can use. mmdebstrap calls it as a hook with the tree as its
# argument, while /proc, /sys and /dev are there.
set -euo pipefail
root=$1
in_root() { chroot "$root" "$@"; }

echo xiyou > "$root/etc/hostname"
printf '127.0.0.1 localhost\n127.0.1.1 xiyou\n' > "$root/etc/hosts"
printf 'LABEL=root / ext4 defaults,noatime 0 1\n' > "$root/etc/fstab"
printf '[Match]\nName=en* eth*\n[Network]\nDHCP=yes\n' > "$root/etc/systemd/network/10-dhcp.network"
in_root systemctl enable -q systemd-networkd ssh
in_root systemctl set-default -q multi-user.target
in_root systemctl mask -q apt-daily.timer apt-daily-upgrade.timer

# Vagrant signs in by this password once and puts a key of its own in its place.
in_root useradd --create-home --shell /bin/bash --groups sudo vagrant
echo vagrant:vagrant | in_root chpasswd
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' > "$root/etc/sudoers.d/vagrant"
chmod 440 "$root/etc/sudoers.d/vagrant"
printf 'UseDNS no\nPermitRootLogin prohibit-password\n' > "$root/etc/ssh/sshd_config.d/xiyou.conf"

# Any virtual machine's disk and network card, not only those of the machine this is built on.
sed -i 's/^MODULES=.*/MODULES=most/' "$root/etc/initramfs-tools/initramfs.conf"

# Each machine makes its own.
rm -f "$root"/etc/ssh/ssh_host_*_key* "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
: > "$root/etc/machine-id"
printf '[Unit]\nConditionPathExists=!/etc/ssh/ssh_host_ed25519_key\nBefore=ssh.service\n[Service]\nType=oneshot\nExecStart=/usr/bin/ssh-keygen -A\n[Install]\nWantedBy=multi-user.target\n' \
  > "$root/etc/systemd/system/ssh-host-keys.service"
in_root systemctl enable -q ssh-host-keys
