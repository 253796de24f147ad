package annotate

import (
	"slices"

	"github.com/portsniff/portsniff/decode"
)

// A use is a common use of a port by software that IANA did not register for it: a default in the
// software's documentation.
type use struct {
	port  uint16
	proto decode.Transport
	name  string
}

// notRegistered describes a use.
const notRegistered = "well-known use, not registered with IANA"

// uses are sorted by port.
var uses = [...]use{
	{1514, decode.ProtoTCP, "Wazuh"},
	{1521, decode.ProtoTCP, "Oracle database"},
	{1790, decode.ProtoTCP, "BMP, BGP monitoring"},
	{2003, decode.ProtoTCP, "Graphite"},
	{2181, decode.ProtoTCP, "ZooKeeper"},
	{3000, decode.ProtoTCP, "Grafana"},
	{3100, decode.ProtoTCP, "Loki"},
	{3128, decode.ProtoTCP, "Squid proxy"},
	{4222, decode.ProtoTCP, "NATS"},
	{4505, decode.ProtoTCP, "Salt publisher"},
	{4506, decode.ProtoTCP, "Salt requests"},
	{5044, decode.ProtoTCP, "Logstash, Beats"},
	{5201, decode.ProtoTCP, "iperf3"},
	{5201, decode.ProtoUDP, "iperf3"},
	{5555, decode.ProtoTCP, "Android Debug Bridge, adb"},
	{5601, decode.ProtoTCP, "Kibana"},
	{5665, decode.ProtoTCP, "Icinga"},
	{5800, decode.ProtoTCP, "VNC in a browser"},
	{5938, decode.ProtoTCP, "TeamViewer"},
	{6443, decode.ProtoTCP, "Kubernetes API"},
	{6650, decode.ProtoTCP, "Pulsar"},
	{6881, decode.ProtoTCP, "BitTorrent"},
	{6881, decode.ProtoUDP, "BitTorrent DHT"},
	{7000, decode.ProtoTCP, "AirPlay"},
	{7001, decode.ProtoTCP, "WebLogic"},
	{7070, decode.ProtoTCP, "AnyDesk"},
	{7077, decode.ProtoTCP, "Spark"},
	{8006, decode.ProtoTCP, "Proxmox"},
	{8009, decode.ProtoTCP, "Chromecast, AJP"},
	{8086, decode.ProtoTCP, "InfluxDB"},
	{8123, decode.ProtoTCP, "Home Assistant, ClickHouse"},
	{8125, decode.ProtoUDP, "StatsD"},
	{8200, decode.ProtoTCP, "Vault"},
	{8332, decode.ProtoTCP, "Bitcoin RPC"},
	{8333, decode.ProtoTCP, "Bitcoin"},
	{8388, decode.ProtoTCP, "Shadowsocks"},
	{8388, decode.ProtoUDP, "Shadowsocks"},
	{8472, decode.ProtoUDP, "VXLAN of Linux, flannel"},
	{8500, decode.ProtoTCP, "Consul"},
	{8600, decode.ProtoTCP, "Consul DNS"},
	{8600, decode.ProtoUDP, "Consul DNS"},
	{8888, decode.ProtoTCP, "Jupyter"},
	{8983, decode.ProtoTCP, "Solr"},
	{9000, decode.ProtoTCP, "MinIO, SonarQube, PHP-FPM"},
	{9001, decode.ProtoTCP, "Tor relay"},
	{9042, decode.ProtoTCP, "Cassandra"},
	{9050, decode.ProtoTCP, "Tor SOCKS proxy"},
	{9090, decode.ProtoTCP, "Prometheus, Cockpit"},
	{9092, decode.ProtoTCP, "Kafka"},
	{9093, decode.ProtoTCP, "Alertmanager"},
	{9100, decode.ProtoTCP, "Prometheus node exporter"},
	{9115, decode.ProtoTCP, "Prometheus blackbox exporter"},
	{9200, decode.ProtoTCP, "Elasticsearch, OpenSearch"},
	{9222, decode.ProtoTCP, "Chrome DevTools"},
	{9229, decode.ProtoTCP, "Node.js debugger"},
	{9300, decode.ProtoTCP, "Elasticsearch nodes"},
	{9411, decode.ProtoTCP, "Zipkin"},
	{9870, decode.ProtoTCP, "Hadoop NameNode"},
	{9987, decode.ProtoUDP, "TeamSpeak"},
	{9993, decode.ProtoUDP, "ZeroTier"},
	{9997, decode.ProtoTCP, "Splunk"},
	{10000, decode.ProtoTCP, "Webmin"},
	{10250, decode.ProtoTCP, "Kubernetes kubelet"},
	{11210, decode.ProtoTCP, "Couchbase"},
	{12345, decode.ProtoTCP, "NetBus"},
	{15672, decode.ProtoTCP, "RabbitMQ management"},
	{16686, decode.ProtoTCP, "Jaeger"},
	{18080, decode.ProtoTCP, "Monero"},
	{19132, decode.ProtoUDP, "Minecraft Bedrock"},
	{19999, decode.ProtoTCP, "Netdata"},
	{22000, decode.ProtoTCP, "Syncthing"},
	{22000, decode.ProtoUDP, "Syncthing"},
	{24007, decode.ProtoTCP, "GlusterFS"},
	{24224, decode.ProtoTCP, "Fluentd, Fluent Bit"},
	{25565, decode.ProtoTCP, "Minecraft"},
	{25672, decode.ProtoTCP, "RabbitMQ nodes"},
	{26379, decode.ProtoTCP, "Redis Sentinel"},
	{27015, decode.ProtoTCP, "Steam, Source engine"},
	{27015, decode.ProtoUDP, "Steam, Source engine"},
	{28015, decode.ProtoTCP, "RethinkDB"},
	{29418, decode.ProtoTCP, "Gerrit"},
	{30303, decode.ProtoTCP, "Ethereum"},
	{30303, decode.ProtoUDP, "Ethereum"},
	{31337, decode.ProtoUDP, "Back Orifice"},
	{34197, decode.ProtoUDP, "Factorio"},
	{37777, decode.ProtoTCP, "Dahua cameras"},
	{41641, decode.ProtoUDP, "Tailscale"},
	{50000, decode.ProtoTCP, "Jenkins agents"},
	{50051, decode.ProtoTCP, "gRPC"},
	{51820, decode.ProtoUDP, "WireGuard"},
	{60001, decode.ProtoUDP, "Mosh"},
	{61613, decode.ProtoTCP, "STOMP of ActiveMQ"},
	{61616, decode.ProtoTCP, "ActiveMQ"},
	{62078, decode.ProtoTCP, "iPhone sync, lockdown"},
	{64738, decode.ProtoTCP, "Mumble"},
	{64738, decode.ProtoUDP, "Mumble"},
}

// webUses are the ports of uses with HTTP, with TLS or without, whatever IANA assigned them
// to.
var webUses = []uint16{3000, 3100, 5601, 5800, 6443, 7001, 8006, 8086, 8123, 8200, 8500, 8888, 8983,
	9000, 9090, 9093, 9100, 9115, 9200, 9222, 9229, 9411, 9870, 10000, 10250, 15672, 16686, 19999,
	50051}

// isWebUse reports whether a port is widely used for HTTP.
func isWebUse(proto decode.Transport, port uint16) bool {
	return proto == decode.ProtoTCP && slices.Contains(webUses, port)
}

// match returns the match for a use.
func (u *use) match() Match {
	s := Service{Alias: u.name, Description: notRegistered, Proto: u.proto, Port: u.port,
		label: u.name}
	return Match{Service: s, High: u.port}
}
