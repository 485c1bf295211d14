#!/usr/bin/env bash
# Makes a Debian machine ready for Xiyou: Debian packages, npm packages, Node 24 (the npm package "node").
# Idempotent: a machine that is ready is left in a fraction of a second. `npm run lab`, `npm test` and the
# Vagrantfile's provisioning all call this one script.
set -euo pipefail
cd "$(dirname "$0")/.."

# What each package is for stands in docs/machine-packages.md; the commands are what `xiyou doctor` looks for.
packages=(
  iproute2 iptables ethtool conntrack procps catatonit   # namespaces, firewall, the init of a node
  frr frr-rpki-rtrlib openvswitch-switch haproxy         # routers, hypervisors, balancers
  dnsmasq-base udhcpc                                    # DHCP: who gives addresses, and who asks
  curl openssl iputils-ping traceroute tcpdump tshark    # what people run inside a lab
  graphviz                                               # `xiyou graph -o lab.svg`
  make g++ python3                                       # node-pty has no prebuilt binary for Linux
  ca-certificates
)
stamp=node_modules/.xiyou-setup
# `|| true`: a first run has no lock file yet.
fingerprint() { { cat scripts/setup.sh package.json package-lock.json 2> /dev/null || true; } | sha256sum | cut -d' ' -f1; }
want=$(fingerprint)

say() { printf '%s\n' "setup: $*" >&2; }
fail() { printf '%s\n' "setup: $1" "  what to do: $2" >&2; exit 3; }

if [ "$(cat "$stamp" 2>/dev/null || true)" = "$want" ] && [ -x node_modules/.bin/node ] \
  && dpkg-query -W -f '${db:Status-Status}\n' "${packages[@]}" 2>/dev/null | awk '$1 != "installed" { bad = 1 } END { exit bad }'; then
  exit 0
fi

command -v npm > /dev/null || fail "npm is not installed" "install Node.js 18 or newer with npm"
missing=()
for package in "${packages[@]}"; do
  [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
done
if [ "${#missing[@]}" -gt 0 ]; then
  command -v apt-get > /dev/null || fail "missing: ${missing[*]}" "install them; Xiyou is made for Debian 12 and uses its packages"
  [ "$(id -u)" = 0 ] || fail "missing packages (${missing[*]}) and not root" "run this as root: sudo npm run lab"
  say "Debian packages: ${missing[*]}"
  # The packaged services must not start: every node of a lab runs its own. A policy that is already there is kept.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy" && chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt=(apt-get -q -o Acquire::Retries=3 -o Dpkg::Use-Pty=0)
  "${apt[@]}" update > /dev/null
  "${apt[@]}" install -y --no-install-recommends "${missing[@]}" > /dev/null \
    || fail "apt-get could not install: ${missing[*]}" "look at the lines above, mend, run again"
fi

say "npm packages"
# node-pty is compiled against Node-API, which any Node's headers have: those that are here need not be downloaded.
if [ -z "${npm_config_nodedir:-}" ] && [ -e /usr/include/node/common.gypi ]; then export npm_config_nodedir=/usr; fi
# Not `npm ci`: it refuses a lock file that leaves out optional binaries for other platforms, which some mirrors lack.
npm install --no-save --no-audit --no-fund --loglevel=error >&2
[ -x node_modules/.bin/node ] || fail "the npm package \"node\" brought no binary" "is its install script allowed? see allowScripts in package.json"
printf '%s' "$(fingerprint)" > "$stamp"
say "ready: node $(node_modules/.bin/node --version)"
