#!/usr/bin/env bash
# Puts everything of Xiyou into the tree of a Debian machine (debian.sh). mmdebstrap calls it as a hook with the tree as its
# argument, while /proc, /sys and /dev are there and the resolver works; XIYOU_PROJECT is a tree of the project.
set -euo pipefail
root=$1
in_root() { chroot "$root" "$@"; }

# The same script as on any machine. A certificate that only the builder's network needs is lent, and not left in the box.
cp -a "$XIYOU_PROJECT" "$root/xiyou"
kernel=$(basename "$root"/lib/modules/*)
lent=$root/tmp/lent-certificates.pem
cp /etc/ssl/certs/ca-certificates.crt "$lent"
NODE_EXTRA_CA_CERTS=/tmp/lent-certificates.pem npm_config_cafile=/tmp/lent-certificates.pem KERNEL=$kernel in_root bash /xiyou/scripts/machine.sh
rm "$lent"
in_root npm cache clean --force > /dev/null 2>&1 || true
