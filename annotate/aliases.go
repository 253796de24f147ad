package annotate

import (
	"strings"

	"github.com/portsniff/portsniff/decode"
)

// An alias is the common name of a service that IANA registered under another name.
type alias struct {
	service string           // IANA's name
	proto   decode.Transport // ProtoNone for all protocols
	alias   string
	label   string // service and alias, "" if they are the same word
}

// aliases maps IANA's names to rows. Services with another common name or spelling come first, in
// the order of their ports. Then come ports that are better known for unregistered software. A row
// for one protocol takes precedence over a later row for all protocols.
var aliases = byName([]alias{
	{service: "ftp-data", alias: "FTP data"},
	{service: "ftp", alias: "FTP"},
	{service: "ssh", alias: "SSH"},
	{service: "telnet", alias: "Telnet"},
	{service: "smtp", alias: "SMTP"},
	{service: "nicname", alias: "whois"},
	{service: "domain", alias: "DNS"},
	{service: "bootps", alias: "DHCP server"},
	{service: "bootpc", alias: "DHCP client"},
	{service: "tftp", alias: "TFTP"},
	{service: "http", alias: "HTTP"},
	{service: "kerberos", alias: "Kerberos"},
	{service: "iso-tsap", alias: "TPKT"},
	{service: "pop3", alias: "POP3"},
	{service: "sunrpc", alias: "portmapper"},
	{service: "ident", alias: "Ident"},
	{service: "auth", alias: "ident"},
	{service: "nntp", alias: "NNTP"},
	{service: "ntp", alias: "NTP"},
	{service: "epmap", alias: "MS-RPC"},
	{service: "netbios-ns", alias: "NetBIOS names"},
	{service: "netbios-dgm", alias: "NetBIOS datagrams"},
	{service: "netbios-ssn", alias: "NetBIOS sessions"},
	{service: "imap", alias: "IMAP"},
	{service: "snmp", alias: "SNMP"},
	{service: "snmptrap", alias: "SNMP traps"},
	{service: "bgp", alias: "BGP"},
	{service: "irc", alias: "IRC"},
	{service: "ldap", alias: "LDAP"},
	{service: "https", proto: decode.ProtoUDP, alias: "QUIC, HTTP/3"},
	{service: "https", alias: "HTTPS"},
	{service: "microsoft-ds", alias: "SMB"},
	{service: "kpasswd", alias: "Kerberos passwords"},
	{service: "submissions", alias: "SMTPS"},
	{service: "isakmp", alias: "IKE"},
	{service: "mbap", alias: "Modbus"},
	{service: "exec", alias: "rexec"},
	{service: "comsat", alias: "biff"},
	{service: "login", alias: "rlogin"},
	{service: "shell", alias: "rsh"},
	{service: "printer", alias: "LPD"},
	{service: "router", alias: "RIP"},
	{service: "ripng", alias: "RIPng"},
	{service: "dhcpv6-client", alias: "DHCPv6 client"},
	{service: "dhcpv6-server", alias: "DHCPv6 server"},
	{service: "afpovertcp", alias: "AFP"},
	{service: "rtsp", alias: "RTSP"},
	{service: "submission", alias: "SMTP submission"},
	{service: "ipp", alias: "IPP"},
	{service: "ldaps", alias: "LDAPS"},
	{service: "ldp", alias: "LDP"},
	{service: "mdqs", alias: "Doom"},
	{service: "domain-s", proto: decode.ProtoUDP, alias: "DNS over QUIC or DTLS"},
	{service: "domain-s", proto: decode.ProtoTCP, alias: "DNS over TLS"},
	{service: "ftps-data", alias: "FTPS data"},
	{service: "ftps", alias: "FTPS"},
	{service: "imaps", alias: "IMAPS"},
	{service: "pop3s", alias: "POP3S"},
	{service: "socks", alias: "SOCKS proxy"},
	{service: "openvpn", alias: "OpenVPN"},
	{service: "ms-sql-s", alias: "SQL Server"},
	{service: "ms-sql-m", alias: "SQL Server browser"},
	{service: "l2tp", alias: "L2TP"},
	{service: "h323hostcall", alias: "H.323"},
	{service: "pptp", alias: "PPTP"},
	{service: "radius", alias: "RADIUS"},
	{service: "radius-acct", alias: "RADIUS accounting"},
	{service: "mqtt", alias: "MQTT"},
	{service: "ssdp", alias: "UPnP"},
	{service: "macromedia-fcs", alias: "RTMP"},
	{service: "nfs", alias: "NFS"},
	{service: "gtp-control", alias: "GTP-C"},
	{service: "gtp-user", alias: "GTP-U"},
	{service: "etcd-client", alias: "etcd"},
	{service: "iscsi-target", alias: "iSCSI"},
	{service: "mysql", alias: "MySQL"},
	{service: "ms-wbt-server", alias: "RDP"},
	{service: "stun", alias: "STUN/TURN"},
	{service: "teredo", alias: "Teredo"},
	{service: "svn", alias: "Subversion"},
	{service: "bfd-control", alias: "BFD"},
	{service: "diameter", alias: "Diameter"},
	{service: "ipsec-nat-t", alias: "IPsec NAT-T"},
	{service: "iax", alias: "IAX2"},
	{service: "vxlan", alias: "VXLAN"},
	{service: "avt-profile-1", alias: "RTP"},
	{service: "avt-profile-2", alias: "RTCP"},
	{service: "sip", alias: "SIP"},
	{service: "sips", alias: "SIP over TLS"},
	{service: "xmpp-client", alias: "XMPP"},
	{service: "xmpp-server", alias: "XMPP"},
	{service: "stuns", alias: "STUN/TURN over TLS"},
	{service: "mdns", alias: "mDNS"},
	{service: "llmnr", alias: "LLMNR"},
	{service: "wsdapi", alias: "WSD"},
	{service: "postgresql", alias: "PostgreSQL"},
	{service: "amqp", alias: "AMQP"},
	{service: "amqps", alias: "AMQP over TLS"},
	{service: "coap", alias: "CoAP"},
	{service: "rfb", alias: "VNC"},
	{service: "wsman", alias: "WinRM"},
	{service: "wsmans", alias: "WinRM over TLS"},
	{service: "x11", alias: "X11"},
	{service: "geneve", alias: "Geneve"},
	{service: "sflow", alias: "sFlow"},
	{service: "redis", alias: "Redis"},
	{service: "ircu", alias: "IRC"},
	{service: "ircs-u", alias: "IRC over TLS"},
	{service: "http-alt", alias: "HTTP"},
	{service: "secure-mqtt", alias: "MQTT over TLS"},
	{service: "hp-pdl-datastr", alias: "JetDirect"},
	{service: "memcache", alias: "memcached"},
	{service: "mongodb", alias: "MongoDB"},
	{service: "s1-control", alias: "S1AP"},
	{service: "x2-control", alias: "X2AP"},
	{service: "ng-control", alias: "NGAP"},
	{service: "EtherNet-IP-2", alias: "EtherNet/IP"},
	{service: "bacnet", alias: "BACnet"},

	{service: "ncube-lm", proto: decode.ProtoTCP, alias: "Oracle database"},
	{service: "ndl-aas", proto: decode.ProtoTCP, alias: "Squid proxy"},
	{service: "sun-sr-https", proto: decode.ProtoTCP, alias: "Kubernetes API"},
	{service: "pcsync-https", proto: decode.ProtoTCP, alias: "HTTPS"},
	{service: "XmlIpcRegSvc", proto: decode.ProtoTCP, alias: "Kafka"},
	{service: "wap-wsp", proto: decode.ProtoTCP, alias: "Elasticsearch"},
})

func byName(rows []alias) map[string][]alias {
	m := make(map[string][]alias, len(rows))
	strip := strings.NewReplacer("-", "", " ", "")
	for _, e := range rows {
		if !sameWord(strip, e.service, e.alias) {
			e.label = e.service + " (" + e.alias + ")"
		}
		m[e.service] = append(m[e.service], e)
	}
	return m
}

// sameWord reports whether two names differ only in case and in the characters that strip removes,
// such as ftp-data and "FTP data".
func sameWord(strip *strings.Replacer, a, b string) bool {
	return strings.EqualFold(strip.Replace(a), strip.Replace(b))
}

// aliasOf returns the row for a service, or an empty row.
func aliasOf(name string, proto decode.Transport) alias {
	for _, e := range aliases[name] {
		if e.proto == decode.ProtoNone || e.proto == proto {
			return e
		}
	}
	return alias{}
}
