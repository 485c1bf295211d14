#!/usr/bin/env bash
# Has the tree trust whom this machine trusts when npm downloads: networks with an authority of their own say so in
# NODE_EXTRA_CA_CERTS. mmdebstrap calls it as a hook with the tree as its argument.
set -euo pipefail
root=$1
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  cp "$NODE_EXTRA_CA_CERTS" "$root/etc/ssl/builder.pem"
  printf '%s=/etc/ssl/builder.pem\n' NODE_EXTRA_CA_CERTS npm_config_cafile >> "$root/etc/environment"
fi
