#!/usr/bin/env bash
# Makes a whole Debian machine Xiyou's: a kernel with all it can use, its modules at every boot, what scripts/setup.sh
# brings, and the command in everybody's path. For machines that exist for this alone: the Vagrantfile's provisioning and
# the box (scripts/box) call it; on a machine of your own `npm run setup` is enough. Safe to run again.
#
# KERNEL is the version of the kernel that will run, where it is not the one that runs now (in a tree that is being made).
set -euo pipefail
cd "$(dirname "$0")/.."
export DEBIAN_FRONTEND=noninteractive
say() { printf '%s\n' "machine: $*" >&2; }
# Networks of class rooms are what they are.
apt=(apt-get -q -o Acquire::Retries=5 -o Dpkg::Use-Pty=0)

# What Xiyou asks the kernel for and Debian has as modules, and what is compared with it: kernels for clouds lack some.
# sctp is not among them: the kernel would answer for what the mobile core says (docs/machine.md).
modules=(overlay tun openvswitch sch_netem vrf vxlan 8021q mpls_router mpls_iptunnel nft_ct gtp)

if ! modinfo -k "${KERNEL:-$(uname -r)}" "${modules[@]}" > /dev/null 2>&1; then
  say "the kernel ${KERNEL:-$(uname -r)} lacks modules: Debian's full kernel takes its place"
  "${apt[@]}" update > /dev/null
  "${apt[@]}" install -y --no-install-recommends "linux-image-$(dpkg --print-architecture)" debconf > /dev/null
  # GRUB's menu sorts the cloud kernel first, so it has to go, although it is running.
  mapfile -t cloud < <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' 'linux-image*cloud*' 2> /dev/null | awk '/^i/ { print $2 }')
  if [ "${#cloud[@]}" -gt 0 ]; then
    echo 'linux-base linux-base/removing-running-kernel boolean false' | debconf-set-selections
    "${apt[@]}" purge -y "${cloud[@]}" > /dev/null
  fi
  # In memory, so that it is gone with the boot that it asks for; the Vagrantfile looks for it.
  touch /run/xiyou-reboot
  say 'it runs after the next boot'
fi
printf '%s\n' "${modules[@]}" > /etc/modules-load.d/xiyou.conf
# In a tree that is being made there is nothing to load; before the next boot the kernel may have taken its modules with it.
if [ -z "${KERNEL:-}" ] && [ ! -e /run/xiyou-reboot ]; then modprobe -a "${modules[@]}"; fi

if ! command -v npm > /dev/null; then
  say 'npm'
  "${apt[@]}" update > /dev/null
  "${apt[@]}" install -y --no-install-recommends nodejs npm > /dev/null
fi
# What a download that broke off has brought stays: the second try begins where the first has ended.
for try in 1 2 3; do
  if bash scripts/setup.sh; then break; fi
  if [ "$try" = 3 ]; then exit 1; fi
  say 'once more'
done
# A lab runs its own daemons; the packaged ones would come up at the next boot beside them.
systemctl disable -q haproxy frr openvswitch-switch 2> /dev/null || true
ln -sf "$PWD/src/cli/xiyou" /usr/local/bin/xiyou
