#!/usr/bin/env bash
# A libvirtd of its own, for `npm run test:vm`: the init of new namespaces (`unshare --mount --net --pid --fork`), with its
# folders below DIRECTORY in the place of the machine's, so that the machine's libvirt, where it has one, is left alone, and
# everything ends with this process. The namespace has no way out: what works here works in a room without a network. With a
# second argument it has one that others make, and that is the address of the resolver there.
set -euo pipefail
directory=$1
resolver=${2:-}
mount --make-rprivate /
mount -t proc proc /proc
for place in run var/lib var/cache var/log etc; do
  mkdir -p "$directory/$place" "/$place/libvirt"
  if [ "$place" = etc ]; then cp -a /etc/libvirt/. "$directory/etc/"; fi
  mount --bind "$directory/$place" "/$place/libvirt"
done
mkdir -p /var/lib/libvirt/{images,qemu,dnsmasq}
# No user of its own, no confinement, no groups of processes: none of them is ours to set up.
cat > /etc/libvirt/qemu.conf <<'C'
user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
security_default_confined = 0
namespaces = []
cgroup_controllers = []
stdio_handler = "file"
clear_emulator_capabilities = 0
C
cat > /etc/libvirt/libvirtd.conf <<C
auth_unix_ro = "none"
auth_unix_rw = "none"
unix_sock_group = "root"
log_outputs = "2:file:$directory/libvirtd.log"
C
if [ -n "$resolver" ]; then
  echo "nameserver $resolver" > "$directory/resolv.conf"
  mount --bind "$directory/resolv.conf" /etc/resolv.conf
fi
ip link set lo up
exec catatonit -- libvirtd -f /etc/libvirt/libvirtd.conf -p "$directory/libvirtd.pid"
