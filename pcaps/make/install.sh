#!/bin/bash
# Installs the servers, clients and capture tools that make-samples.sh needs (Debian 12, root).
# A policy-rc.d refuses every service start while the packages unpack, so that nothing
# listens on the host itself; whatever policy was there before comes back at the end.
set -euo pipefail

policy=/usr/sbin/policy-rc.d
saved=$(mktemp -d)
restore() {
  rm -f "$policy"
  if [ -e "$saved/policy" ]; then mv "$saved/policy" "$policy"; fi
  rmdir "$saved"
}
if [ -e "$policy" ]; then mv "$policy" "$saved/policy"; fi
trap restore EXIT
printf '#!/bin/sh\nexit 101\n' >"$policy"
chmod 755 "$policy"

export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends \
  iproute2 iputils-ping ethtool procps util-linux python3-minimal \
  tcpdump tshark wireshark-common \
  vsftpd ftp openssh-server openssh-client inetutils-telnetd telnet openbsd-inetd \
  opensmtpd netcat-openbsd dnsmasq-base bind9-dnsutils nginx-light openssl curl \
  dovecot-pop3d chrony bird2 libusrsctp-examples openvswitch-switch
