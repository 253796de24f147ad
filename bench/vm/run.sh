#!/usr/bin/env bash
# Tries, in a virtual machine without a network or a disk, what can't be tried on a machine that others use: the clock is set back an hour and forward two
# while four captures run, and the kernel is booted without Landlock. Arguments: a kernel (vmlinuz) and the folder of its modules, /lib/modules/VERSION. A
# Debian kernel's package unpacked by dpkg-deb -x has both. Needs qemu-system-x86_64, a static busybox and cpio. Ends with status 0 if all was as it should be.
set -euo pipefail
kernel=$(realpath "${1:?a kernel}") modules=$(realpath "${2:?the folder of its modules}")
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"/{bin,proc,sys,dev,tmp,etc,mod}
cp "$(command -v busybox)" "$root/bin/"
CGO_ENABLED=0 go build -o "$root/bin/" ./cmd/portsniff ./bench/vm/steps
cp "$modules"/kernel/net/ipv4/{inet,tcp,udp}_diag.ko "$root/mod/"
printf 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n' >"$root/etc/passwd"
printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
cp bench/vm/init "$root/init"
chmod +x "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1 >"$work/initrd.gz")

boot() { # the kernel's list of security modules, the file for what it says
  timeout "${BOOT_TIMEOUT:-600}" qemu-system-x86_64 -accel tcg,thread=multi -cpu max -m 512 -nographic -no-reboot -nic none \
    -kernel "$kernel" -initrd "$work/initrd.gz" -append "console=ttyS0 quiet panic=-1 tsc=unstable lsm=$1" </dev/null | tr -d '\r' >"$2"
}
failed=0
want() { # file, pattern: there is such a line
  grep -qE -e "$2" "$1" && return
  echo "no line of $1 has: $2"
  failed=1
}
never() { # file, pattern: there is none
  ! grep -E -e "$2" "$1" || failed=1
}

echo 'the clock is set while captures run'
boot landlock,lockdown,yama "$work/clock"
cat "$work/clock"
want "$work/clock" '^steps: 0$'
want "$work/clock" '^"proto":"tcp" .*"start":"2.*"end":"2'
want "$work/clock" '^thread Uid: 65534 65534 65534 65534 CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2$'
never "$work/clock" '^thread .*(Uid: 0|CapEff: 0*[1-9a-f]|NoNewPrivs: 0|Seccomp: 0)'
never "$work/clock" '-[0-9.]+ s$|"duration[a-z_]*":-'
want "$work/clock" '^durations: [67][0-9]{3}\.[0-9]+ [67][0-9]{3}\.[0-9]+ $'
want "$work/clock" '^all four agree: yes$'
want "$work/clock" '^require: 0$'

echo 'a kernel without Landlock'
boot lockdown,yama "$work/without"
cat "$work/without"
want "$work/without" '^portsniff: the sandbox is not complete: Landlock: '
want "$work/without" '^require: 1$'
want "$work/without" '^portsniff: sandbox without Landlock: '
want "$work/without" '^all four agree: yes$'
[ "$failed" = 0 ] && echo "all was as it should be"
exit "$failed"
