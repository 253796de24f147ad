#!/usr/bin/env bash
# Looks for mistakes in packaging/, with the tools that are there. PORTSNIFF_REQUIRE_ORACLES=1 makes
# a missing tool an error.
set -euo pipefail
cd "$(dirname "$0")/.."
GO=${GO:-go}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# have reports whether a tool is there.
have() {
  command -v "$1" >/dev/null && return 0
  echo "SKIPPED: $1 is not installed, $2 was not looked at"
  [ "${PORTSNIFF_REQUIRE_ORACLES:-}" != 1 ] || exit 1
  return 1
}

if have systemd-analyze packaging/systemd; then
  for unit in packaging/systemd/*@.service; do
    instance=$tmp/$(basename "${unit/@/@eth0}")
    # the program need not be installed here
    sed 's|/usr/bin/portsniff|/bin/true|; s|^Documentation=man:.*||' "$unit" >"$instance"
    out=$(systemd-analyze verify --man=no "$instance" 2>&1) && [ -z "$out" ] ||
      { echo "$unit: $out"; exit 1; }
    # the exposure that systemd computes from what a unit gives up, in tenths
    systemd-analyze security --offline=yes --threshold=40 "$instance" >"$tmp/security" ||
      { cat "$tmp/security"; exit 1; }
  done
  echo "systemd units: ok"
fi
if have ruby packaging/homebrew; then
  ruby -wc packaging/homebrew/portsniff.rb >/dev/null
  echo "Homebrew formula: ok"
fi
if have makepkg packaging/arch; then
  mkdir "$tmp/arch"
  cp packaging/arch/PKGBUILD "$tmp/arch"
  as=() # makepkg refuses to be root, and to be without pacman
  if [ "$(id -u)" = 0 ]; then
    chmod 755 "$tmp"
    chown -R 65534:65534 "$tmp/arch"
    as=(setpriv --reuid 65534 --regid 65534 --clear-groups)
  fi
  (cd "$tmp/arch" && PACMAN=true HOME=$tmp/arch "${as[@]}" makepkg --printsrcinfo) >"$tmp/srcinfo"
  grep -q '^pkgname = portsniff-git$' "$tmp/srcinfo"
  echo "PKGBUILD: ok"
fi
if have nix-hash packaging/nix; then
  export NIX_REMOTE=$tmp/nix # its store is of no use here
  nix-instantiate --parse packaging/nix/default.nix >/dev/null
  "$GO" mod vendor -o "$tmp/vendor"
  want=sha256-$(nix-hash --type sha256 "$tmp/vendor" | xxd -r -p | base64)
  grep -qF "vendorHash = \"$want\";" packaging/nix/default.nix ||
    { echo "packaging/nix/default.nix: vendorHash has to be $want"; exit 1; }
  echo "Nix expression: ok"
fi
for script in packaging/*.sh packaging/extcap packaging/postinst packaging/postrm; do
  bash -n "$script"
done
