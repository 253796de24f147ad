# Runs a command while web pages are fetched over loopback, for a picture of live traffic.
ip link set lo up
cd /usr/share/doc && python3 -m http.server 8080 >/dev/null 2>&1 &
(for i in $(seq 200); do
  curl -s -o /dev/null http://127.0.0.1:8080/ || python3 -c \
    "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/').read()"
  sleep 0.1
done 2>/dev/null) &
exec "$@"
