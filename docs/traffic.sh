# traffic.sh COMMAND...: runs a command as root where eth0 sees real traffic, for pictures. Call it
# with unshare --net. A second network namespace has nginx and dnsmasq; curl and dig ask them ten
# times a second over a pair of virtual interfaces. Needs nginx, dnsmasq, curl, dig, openssl and ip.
tmp=$(mktemp -d)
unshare --net sleep 60 >/dev/null 2>&1 &
server=$!
while [ "$(readlink /proc/$server/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.1; done
ip link set lo up
ip link add eth0 type veth peer name eth1 netns $server
ip address add 192.0.2.10/24 dev eth0
ip link set eth0 up
there() { nsenter --target $server --net "$@"; }
there ip address add 192.0.2.7/24 dev eth1
there ip link set eth1 up
there ip link set lo up

openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=example.test \
  -keyout "$tmp/key" -out "$tmp/crt" 2>/dev/null
echo hello >"$tmp/index.html"
cat >"$tmp/nginx.conf" <<C
daemon off; user root; pid $tmp/pid; error_log /dev/null;
events {}
http {
  access_log off;
  server {
    listen 80; listen 443 ssl; root $tmp;
    ssl_certificate $tmp/crt; ssl_certificate_key $tmp/key;
  }
}
C
nsenter --target $server --net nginx -c "$tmp/nginx.conf" >/dev/null 2>&1 &
nginx=$!
nsenter --target $server --net dnsmasq -k -C /dev/null -R -h -u root --pid-file= --address=/example.test/192.0.2.7 \
  >/dev/null 2>&1 &
dnsmasq=$!
(for i in $(seq 100); do
  dig +short @192.0.2.7 example.test
  curl -s http://192.0.2.7/
  [ $((i % 3)) != 0 ] || curl -sk https://192.0.2.7/
  [ $((i % 10)) != 0 ] || curl -s http://192.0.2.7:8080/
  sleep 0.1
done >/dev/null 2>&1) &
clients=$!
trap 'kill $clients $nginx $dnsmasq $server; rm -r "$tmp"' EXIT
trap exit HUP TERM # also when the terminal is closed
sleep 0.5
"$@"
