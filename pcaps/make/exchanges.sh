# What the clients do: one function an exchange, over IPv4 or, after v6, IPv6; sourced by make-samples.sh.

v4() { at=$server4 from=$client4 url=$server4 family=4; }
v6() { at=$server6 from=$client6 url="[$server6]" family=6; }

# say HOST PORT LINES...: types lines into a TCP connection, as a patient person would.
say() {
  local host=$1 port=$2; shift 2
  (for line in "$@"; do sleep 0.4; printf '%s\r\n' "$line"; done) | C nc -q 3 "$host" "$port"
}

ftp() { # active mode; epsv4 off gives the classic PORT command
  printf '%s\n' 'user anonymous guest@example.test' 'passive off' 'epsv4 off' 'get hello.txt /dev/null' quit |
    C /usr/bin/ftp -A -n -v $at
}
ssh() {
  C /usr/bin/ssh -F none -i "$tmp/userkey" -o BatchMode=yes -o StrictHostKeyChecking=no \
    -o UserKnownHostsFile=/dev/null root@$at true
}
telnet() { (sleep 1; echo hi; sleep 1) | C /usr/bin/telnet $at; }
smtp() {
  say $at 25 'EHLO client.example.test' 'MAIL FROM:<a@example.test>' 'RCPT TO:<mail@example.test>' DATA \
    $'Subject: hello\r\n\r\nhello\r\n.' QUIT
}
dns() { C dig +noall +answer +nocookie +tries=1 +time=2 @$at example.test A; }
dnstcp() { C dig +noall +answer +nocookie +tcp +tries=1 +time=2 @$at example.test AAAA; }
http() { C curl -s -m 4 -H 'Host: example.test' "http://$url/"; }
https() { C curl -s -m 4 --cacert "$tmp/crt" --resolve "example.test:443:$url" https://example.test/; }
pop3() { say $at 110 'USER mail' 'PASS secret' STAT QUIT; }
ntp() { C chronyd -Q -t 5 -u root -f /dev/null "server $at iburst maxsamples 2" "pidfile $tmp/chrony-c.pid" 'cmdport 0'; }

bgp() { # the client's router opens the session and shuts it down again
  local channel=ipv4 prefix=203.0.113.0/25 other
  [ $family = 4 ] || channel=ipv6 prefix=2001:db8:a::/48
  start_bird $family
  bird_config $from 64496 $at 64497 off $channel $prefix >"$tmp/bird-c.conf"
  ip netns exec psn-client bird -f -c "$tmp/bird-c.conf" -s "$tmp/bird-c.ctl" &
  other=$!
  sleep 5
  birdc -s "$tmp/bird-c.ctl" down
  sleep 0.5
  kill $bird
  wait $other $bird
}

refused() { C curl -s -m 2 "http://$url:81/"; }
closed() { echo hi | C nc -u -w 1 $at 33434; }
big() { # 3000 bytes to inetd's echo and back
  head -c 3000 /dev/zero | tr '\0' x >"$tmp/big"
  C nc -u -w 1 $at 7 <"$tmp/big"
}
pings() {
  neighbors_known no
  v4; C ping -c 2 -i 0.3 $at
  v6; C ping -c 2 -i 0.3 $at
  v4; neighbors_known yes
}
port2049() { C curl -s -m 4 -H 'Host: example.test' --local-port 2049 "http://$url/"; }

udplite() { # one datagram and its answer
  local serving
  S python3 "$here/udplite.py" serve $at 5004 &
  serving=$!
  until_true 10 S grep -q :138C /proc/net/udplite # port 5004
  C python3 "$here/udplite.py" ask $at 5004
  wait $serving
}
sctp() { # in user space: usrsctp's client asks usrsctp's daytime server
  local serving
  S timeout 6 /usr/lib/usrsctp/daytime_server &
  serving=$!
  until_true 10 S grep -q :0084 /proc/net/raw # protocol 132
  sleep 0.5
  sleep 1 | C timeout 3 /usr/lib/usrsctp/client $at 13 0
  wait $serving
}
join() { # the server listens to MCAST-TEST-NET for a second
  ip -n psn-server addr add 233.252.0.1/32 dev psn-s autojoin
  sleep 1.2
  ip -n psn-server addr del 233.252.0.1/32 dev psn-s
  sleep 1.2
}
