#!/usr/bin/env bash
# Installs the package that $1 names in a Debian system of its own that has nothing else, as root,
# and tries there what the package promises. The packages of Debian come from its archive.
set -euo pipefail
deb=${1:?which package, as dist/portsniff_*.deb}
root=$(mktemp -d)
trap 'rm -rf --one-file-system "$root"' EXIT

debootstrap --variant=minbase --include=libcap2-bin,man-db "${SUITE:-bookworm}" \
  "$root" >"$root.log" 2>&1 || { tail -20 "$root.log"; rm "$root.log"; exit 1; }
rm "$root.log"
cp "$deb" "$root/tmp/portsniff.deb"

in_root() { chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
expect() { # WHAT PATTERN COMMAND...
  local what=$1 pattern=$2 out
  shift 2
  out=$(in_root "$@" 2>&1) || { echo "$out"; echo "FAILED: $what: $*"; exit 1; }
  grep -qE -- "$pattern" <<<"$out" || { echo "$out"; echo "FAILED: $what: no $pattern"; exit 1; }
  echo "ok: $what"
}

# Debian's dependencies are there, so that dpkg alone has to be content.
expect "the package installs" "Setting up portsniff" dpkg -i /tmp/portsniff.deb
expect "it is whole" '^$' dpkg --verify portsniff
expect "a sample is read" '80/tcp +http' portsniff --demo http
expect "the group exists" '^portsniff:' getent group portsniff
expect "only the group captures" '^root portsniff 750$' stat -c '%U %G %a' \
  /usr/bin/portsniff-capture
expect "it has CAP_NET_RAW alone" '^/usr/bin/portsniff-capture cap_net_raw=ep$' getcap \
  /usr/bin/portsniff-capture
expect "there are manual pages" '^portsniff-extcap.1.gz$' ls /usr/share/man/man1
expect "man reads them" 'where is the port' sh -c \
  'zcat /usr/share/man/man1/portsniff.1.gz | man -l - | tr A-Z a-z'
expect "bash knows the completion" '^complete -o default .*-F __start_portsniff portsniff$' bash -c '
  . /usr/share/bash-completion/completions/portsniff && complete -p portsniff'
expect "commands are completed" '^extcap' portsniff __complete ext
expect "Wireshark's interface answers" '^interface \{value=portsniff-lo\}' sh -c \
  '/usr/lib/*-linux-gnu/wireshark/extcap/portsniff --extcap-interfaces'
expect "Wireshark's profile is there" '^colorfilters enabled_protos preferences $' sh -c \
  'cd /usr/share/wireshark/profiles/portsniff && ls | tr "\n" " "'
expect "the licenses are there" 'gopacket' zcat /usr/share/doc/portsniff/third-party.txt.gz
expect "it is purged" 'Purging configuration files for portsniff' dpkg -P portsniff
expect "nothing stays" '^$' sh -c 'getent group portsniff; find /usr /etc /var/lib -name "*portsniff*"'
