#!/bin/bash
# The init of a guest of user-mode-linux.ts: User-Mode Linux whose root is the host's own file system, read-only. Everything
# that anybody writes to lies over it in memory, so nothing of a run reaches the host. Runs one command and powers off.
#
# XIYOU_PROJECT, XIYOU_PACKAGES (where node_modules really is), XIYOU_MODULES and XIYOU_COMMAND (its words with commas between)
# come from the kernel's command line. What the command says goes to the first serial line; the console has the kernel's own
# words.
export PATH=$XIYOU_PROJECT/node_modules/.bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/tmp/home TERM=dumb LANG=C.UTF-8 FORCE_COLOR=0 CI=true XIYOU_GUEST=1
exec < /dev/null

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
for directory in /dev/shm /run /tmp /var/tmp /var/log /var/lib/openvswitch /etc/openvswitch /root; do
  if [ -d "$directory" ]; then mount -t tmpfs tmpfs "$directory"; fi
done
mount -t cgroup2 cgroup2 /sys/fs/cgroup

# What lies below one of those directories is covered now, and is mounted there again.
show() {
  [ -e "$1" ] && return
  mkdir -p "$1" && mount -t hostfs -o "ro,$1" hostfs "$1"
}
show "$XIYOU_PROJECT"
show "$XIYOU_PACKAGES"
show "$XIYOU_MODULES"
mkdir -p "$HOME" /run/xiyou

# The kernel loads modules when somebody asks for what they bring, as on any machine, from the package's own folder.
mkdir -p /run/modules/lib/modules
mount -t hostfs -o "ro,$XIYOU_MODULES" hostfs /run/modules/lib/modules
printf '#!/bin/sh\nexec /sbin/modprobe -d /run/modules "$@"\n' > /run/modprobe
chmod 755 /run/modprobe
echo /run/modprobe > /proc/sys/kernel/modprobe
# These have no name to be asked by.
/run/modprobe -a overlay tun veth bridge mpls_router

# ava keeps notes there, and Node what it compiled, which the host has for the most part.
cache=$XIYOU_PACKAGES/.cache
mkdir -p /run/cache/upper /run/cache/work
mount -t overlay -o "lowerdir=$cache,upperdir=/run/cache/upper,workdir=/run/cache/work" overlay "$cache"

ip link set lo up
hostname guest
result=97
if cd "$XIYOU_PROJECT"; then
  stty -F /dev/ttyS0 raw 2> /dev/null
  echo "# guest: Linux $(uname -r), first command $(cut -d' ' -f1 /proc/uptime) s after the boot" > /dev/ttyS0
  ${XIYOU_COMMAND//,/ } > /dev/ttyS0 2>&1
  result=$?
fi
echo "# guest: exit code $result after $(cut -d' ' -f1 /proc/uptime) s" > /dev/ttyS0
sync
echo o > /proc/sysrq-trigger
# An init that ends before the kernel has powered off would be its panic.
read -rt 60 < /dev/ttyS0
