# Starts every server in the server's namespace, with its configuration in $tmp; sourced by make-samples.sh.

start_vsftpd() {
  mkdir -p "$tmp/ftp" /run/vsftpd/empty
  echo hello >"$tmp/ftp/hello.txt"
  cat >"$tmp/vsftpd.conf" <<E
listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
anon_root=$tmp/ftp
connect_from_port_20=YES
pasv_enable=NO
seccomp_sandbox=NO
secure_chroot_dir=/run/vsftpd/empty
E
  spawn vsftpd "$tmp/vsftpd.conf"
}

start_sshd() {
  mkdir -p /run/sshd
  ssh-keygen -q -t ed25519 -N '' -C server.example.test -f "$tmp/hostkey"
  ssh-keygen -q -t ed25519 -N '' -C client.example.test -f "$tmp/userkey"
  spawn /usr/sbin/sshd -D -f /dev/null -h "$tmp/hostkey" -o PidFile=none -o StrictModes=no \
    -o PermitRootLogin=yes -o "AuthorizedKeysFile=$tmp/userkey.pub"
}

# inetd hands telnet to a greeting in place of a login, and answers echo (7/udp) by itself.
start_inetd() {
  printf '#!/bin/sh\necho hello from server.example.test\nread line\necho "you said: $line"\n' >"$tmp/greet"
  chmod 755 "$tmp/greet"
  local v
  for v in '' 6; do
    echo "telnet stream tcp$v nowait root /usr/sbin/telnetd telnetd -h -E $tmp/greet"
    echo "echo dgram udp$v wait root internal"
  done >"$tmp/inetd.conf"
  spawn inetd -i "$tmp/inetd.conf"
}

start_smtpd() {
  cat >"$tmp/smtpd.conf" <<E
listen on $server4 hostname server.example.test
listen on $server6 hostname server.example.test
action keep maildir "$tmp/mail"
match from any for domain example.test action keep
E
  spawn smtpd -d -f "$tmp/smtpd.conf"
}

start_dnsmasq() {
  spawn dnsmasq -k -C /dev/null -R -h -u root --pid-file= \
    --address=/example.test/$server4 --address=/example.test/$server6
}

start_nginx() {
  mkdir -p "$tmp/www"
  echo hello >"$tmp/www/index.html"
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj /CN=example.test \
    -addext subjectAltName=DNS:example.test -keyout "$tmp/key" -out "$tmp/crt" 2>/dev/null
  cat >"$tmp/nginx.conf" <<E
daemon off; user root; error_log $tmp/log; worker_processes 1;
events {}
http {
  access_log off;
  server {
    listen 80; listen [::]:80; listen 443 ssl; listen [::]:443 ssl;
    ssl_certificate $tmp/crt; ssl_certificate_key $tmp/key;
    root $tmp/www;
  }
}
E
  spawn nginx -c "$tmp/nginx.conf" -g "pid $tmp/nginx.pid;"
}

start_dovecot() {
  mkdir -p "$tmp/mailbox"
  chown mail:mail "$tmp/mailbox"
  cat >"$tmp/dovecot.conf" <<E
base_dir=$tmp/dovecot
protocols=pop3
ssl=no
disable_plaintext_auth=no
log_path=$tmp/log
mail_location=maildir:$tmp/mailbox
first_valid_uid=1
passdb {
  driver=static
  args=password=secret
}
userdb {
  driver=static
  args=uid=mail gid=mail home=$tmp/mailbox
}
E
  spawn dovecot -F -c "$tmp/dovecot.conf"
}

start_chronyd() {
  printf 'local stratum 5\nallow\npidfile %s/chrony.pid\nbindcmdaddress /\ncmdport 0\n' "$tmp" >"$tmp/chrony.conf"
  spawn chronyd -d -x -u root -f "$tmp/chrony.conf"
}

bird_config() { # LOCAL-ADDRESS LOCAL-AS NEIGHBOR NEIGHBOR-AS PASSIVE CHANNEL PREFIX
  cat <<E
router id 192.0.2.$(($2 - 64400));
protocol device {}
protocol static { $6; route $7 blackhole; }
protocol bgp {
  local $1 as $2; neighbor $3 as $4; multihop 2; passive $5;
  connect delay time 1; hold time 90;
  $6 { import all; export all; };
}
E
}

# start_bird FAMILY: the server's router, which waits for its neighbor to call.
start_bird() {
  bird_config $server4 64497 $client4 64496 on ipv4 203.0.113.128/25 >"$tmp/bird-s4.conf"
  bird_config $server6 64497 $client6 64496 on ipv6 2001:db8:b::/48 >"$tmp/bird-s6.conf"
  spawn bird -f -c "$tmp/bird-s$1.conf" -s "$tmp/bird-s.ctl"
  bird=$!
  sleep 0.5
}

# listening NAMESPACE PORT: a TCP server is there.
listening() { [ -n "$(ip netns exec "$1" ss -Htln "sport = :$2")" ]; }

servers() {
  local s p
  for s in vsftpd sshd inetd smtpd dnsmasq nginx dovecot chronyd; do start_$s; done
  for p in 21 22 23 25 53 80 110 443; do until_true 15 listening psn-server $p; done
}
