package annotate

import (
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// An everyday is how people say and write a service that IANA registered under another word.
type everyday struct {
	name  string       // IANA's
	proto decode.Proto // ProtoNone for all
	said  string
	label string // name and said, "" where they are the same word
}

// everydays are the rows by IANA's name: first services that people call otherwise or write otherwise, in the order of their ports, then
// names of IANA's whose port is far better known for other software that never registered it. A row for one protocol wins over
// a later one for all.
var everydays = byName([]everyday{
	{name: "ftp-data", said: "FTP data"}, {name: "ftp", said: "FTP"}, {name: "ssh", said: "SSH"}, {name: "telnet", said: "Telnet"},
	{name: "smtp", said: "SMTP"}, {name: "nicname", said: "whois"}, {name: "domain", said: "DNS"}, {name: "bootps", said: "DHCP server"},
	{name: "bootpc", said: "DHCP client"}, {name: "tftp", said: "TFTP"}, {name: "http", said: "HTTP"},
	{name: "kerberos", said: "Kerberos"}, {name: "iso-tsap", said: "TPKT"}, {name: "pop3", said: "POP3"},
	{name: "sunrpc", said: "portmapper"}, {name: "ident", said: "Ident"}, {name: "auth", said: "ident"}, {name: "nntp", said: "NNTP"},
	{name: "ntp", said: "NTP"}, {name: "epmap", said: "MS-RPC"}, {name: "netbios-ns", said: "NetBIOS names"},
	{name: "netbios-dgm", said: "NetBIOS datagrams"}, {name: "netbios-ssn", said: "NetBIOS sessions"}, {name: "imap", said: "IMAP"},
	{name: "snmp", said: "SNMP"}, {name: "snmptrap", said: "SNMP traps"}, {name: "bgp", said: "BGP"}, {name: "irc", said: "IRC"},
	{name: "ldap", said: "LDAP"}, {name: "https", proto: decode.ProtoUDP, said: "QUIC, HTTP/3"}, {name: "https", said: "HTTPS"},
	{name: "microsoft-ds", said: "SMB"}, {name: "kpasswd", said: "Kerberos passwords"}, {name: "submissions", said: "SMTPS"},
	{name: "isakmp", said: "IKE"}, {name: "mbap", said: "Modbus"}, {name: "exec", said: "rexec"}, {name: "comsat", said: "biff"},
	{name: "login", said: "rlogin"}, {name: "shell", said: "rsh"}, {name: "printer", said: "LPD"}, {name: "router", said: "RIP"},
	{name: "ripng", said: "RIPng"}, {name: "dhcpv6-client", said: "DHCPv6 client"}, {name: "dhcpv6-server", said: "DHCPv6 server"},
	{name: "afpovertcp", said: "AFP"}, {name: "rtsp", said: "RTSP"}, {name: "submission", said: "SMTP submission"},
	{name: "ipp", said: "IPP"}, {name: "ldaps", said: "LDAPS"}, {name: "ldp", said: "LDP"}, {name: "mdqs", said: "Doom"},
	{name: "domain-s", proto: decode.ProtoUDP, said: "DNS over QUIC or DTLS"},
	{name: "domain-s", proto: decode.ProtoTCP, said: "DNS over TLS"}, {name: "ftps-data", said: "FTPS data"},
	{name: "ftps", said: "FTPS"}, {name: "imaps", said: "IMAPS"}, {name: "pop3s", said: "POP3S"}, {name: "socks", said: "SOCKS proxy"},
	{name: "openvpn", said: "OpenVPN"}, {name: "ms-sql-s", said: "SQL Server"}, {name: "ms-sql-m", said: "SQL Server browser"},
	{name: "l2tp", said: "L2TP"}, {name: "h323hostcall", said: "H.323"}, {name: "pptp", said: "PPTP"}, {name: "radius", said: "RADIUS"},
	{name: "radius-acct", said: "RADIUS accounting"}, {name: "mqtt", said: "MQTT"}, {name: "ssdp", said: "UPnP"},
	{name: "macromedia-fcs", said: "RTMP"}, {name: "nfs", said: "NFS"}, {name: "gtp-control", said: "GTP-C"},
	{name: "gtp-user", said: "GTP-U"}, {name: "etcd-client", said: "etcd"}, {name: "iscsi-target", said: "iSCSI"},
	{name: "mysql", said: "MySQL"}, {name: "ms-wbt-server", said: "RDP"}, {name: "stun", said: "STUN/TURN"},
	{name: "teredo", said: "Teredo"}, {name: "svn", said: "Subversion"}, {name: "bfd-control", said: "BFD"},
	{name: "diameter", said: "Diameter"}, {name: "ipsec-nat-t", said: "IPsec NAT-T"}, {name: "iax", said: "IAX2"},
	{name: "vxlan", said: "VXLAN"}, {name: "avt-profile-1", said: "RTP"}, {name: "avt-profile-2", said: "RTCP"},
	{name: "sip", said: "SIP"}, {name: "sips", said: "SIP over TLS"}, {name: "xmpp-client", said: "XMPP"},
	{name: "xmpp-server", said: "XMPP"}, {name: "stuns", said: "STUN/TURN over TLS"}, {name: "mdns", said: "mDNS"},
	{name: "llmnr", said: "LLMNR"}, {name: "wsdapi", said: "WSD"}, {name: "postgresql", said: "PostgreSQL"}, {name: "amqp", said: "AMQP"},
	{name: "amqps", said: "AMQP over TLS"}, {name: "coap", said: "CoAP"}, {name: "rfb", said: "VNC"}, {name: "wsman", said: "WinRM"},
	{name: "wsmans", said: "WinRM over TLS"}, {name: "x11", said: "X11"}, {name: "geneve", said: "Geneve"},
	{name: "sflow", said: "sFlow"}, {name: "redis", said: "Redis"}, {name: "ircu", said: "IRC"}, {name: "ircs-u", said: "IRC over TLS"},
	{name: "http-alt", said: "HTTP"}, {name: "secure-mqtt", said: "MQTT over TLS"}, {name: "hp-pdl-datastr", said: "JetDirect"},
	{name: "memcache", said: "memcached"}, {name: "mongodb", said: "MongoDB"}, {name: "s1-control", said: "S1AP"},
	{name: "x2-control", said: "X2AP"}, {name: "ng-control", said: "NGAP"}, {name: "EtherNet-IP-2", said: "EtherNet/IP"},
	{name: "bacnet", said: "BACnet"},

	{name: "ncube-lm", proto: decode.ProtoTCP, said: "Oracle database"}, {name: "ndl-aas", proto: decode.ProtoTCP, said: "Squid proxy"},
	{name: "sun-sr-https", proto: decode.ProtoTCP, said: "Kubernetes API"}, {name: "pcsync-https", proto: decode.ProtoTCP, said: "HTTPS"},
	{name: "XmlIpcRegSvc", proto: decode.ProtoTCP, said: "Kafka"}, {name: "wap-wsp", proto: decode.ProtoTCP, said: "Elasticsearch"},
})

func byName(rows []everyday) map[string][]everyday {
	m := make(map[string][]everyday, len(rows))
	strip := strings.NewReplacer("-", "", " ", "")
	for _, e := range rows {
		if !sameWord(strip, e.name, e.said) {
			e.label = e.name + " (" + e.said + ")"
		}
		m[e.name] = append(m[e.name], e)
	}
	return m
}

// sameWord says whether two names differ in nothing but capitals and what strip takes away, hyphens and spaces, as ftp-data and "FTP data" do.
func sameWord(strip *strings.Replacer, a, b string) bool {
	return strings.EqualFold(strip.Replace(a), strip.Replace(b))
}

// everydayOf finds the row for a service; it is empty where there is none.
func everydayOf(name string, proto decode.Proto) everyday {
	for _, e := range everydays[name] {
		if e.proto == decode.ProtoNone || e.proto == proto {
			return e
		}
	}
	return everyday{}
}
