package annotate

import (
	"math/rand/v2"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// flow returns the facts of a flow with known ports and first sender.
func flow(proto decode.Transport, a, b uint16, first Side) RoleFacts {
	return RoleFacts{Proto: proto, PortA: a, PortB: b, FirstFrom: first}
}

func TestDecide(t *testing.T) {
	for _, c := range []struct {
		why    string
		facts  RoleFacts
		client Side
		by     Evidence
	}{
		{"a SYN beats the ports", RoleFacts{tcp, 443, 51514, SideA, NoSide, SideB}, SideA, "syn"},
		{"a SYN beats a SYN-ACK of the same side, as after a port's reuse",
			RoleFacts{tcp, 51514, 443, SideA, SideA, SideA}, SideA, "syn"},
		{"a SYN-ACK comes from the server", RoleFacts{tcp, 443, 51514, NoSide, SideB, SideB}, SideA,
			"syn-ack"},
		{"a SYN-ACK, the usual way round", RoleFacts{tcp, 51514, 443, NoSide, SideB, SideB}, SideA,
			"syn-ack"},
		{"SCTP's INIT between equal ports", RoleFacts{sctp, 36412, 36412, SideB, NoSide, SideA},
			SideB, "syn"},
		{"DCCP's Response", RoleFacts{dccp, 5004, 5004, NoSide, SideA, NoSide}, SideB, "syn-ack"},
		{"active FTP: port 20 opens", RoleFacts{tcp, 20, 40001, SideA, SideB, SideA}, SideA, "syn"},

		{"registered against dynamic", flow(tcp, 51514, 443, SideB), SideA, "registered-port"},
		{"the same from the other side", flow(tcp, 443, 51514, SideA), SideB, "registered-port"},
		{"registered in the user range", flow(tcp, 51514, 3306, SideB), SideA, "registered-port"},
		{"registered above an unregistered port", flow(tcp, 1027, 3306, SideB), SideA,
			"registered-port"},
		{"a number that Linux deals out counts not against 80", flow(tcp, 40000, 80, SideB), SideA,
			"registered-port"},
		{"44818 is EtherNet/IP's against another ephemeral one", flow(tcp, 50123, 44818, SideB),
			SideA, "registered-port"},
		{"44818 is a client's against 8446, which is not registered", flow(tcp, 44818, 8446, SideB),
			SideA, "lower-port"},
		{"UDP-Lite uses UDP's registrations", flow(udplite, 50000, 53, SideB), SideA,
			"registered-port"},
		{"SCTP has registrations of its own", flow(sctp, 50000, 3868, SideB), SideA,
			"registered-port"},
		{"VXLAN's source port is a hash", flow(udp, 4789, 60123, SideB), SideB, "registered-port"},
		{"source port 0 expects no answer", flow(udp, 0, 514, SideB), SideA, "registered-port"},

		{"SCTP: 38412 is registered, 9999 is not", flow(sctp, 38412, 9999, SideA), SideB,
			"registered-port"},
		{"Kibana against a rarely used registered number", flow(tcp, 1366, 5601, SideB), SideA,
			"well-known-use"},
		{"WireGuard against an ephemeral port", flow(udp, 51820, 45001, SideA), SideB,
			"well-known-use"},
		{"the same from the other side", flow(udp, 45001, 51820, SideA), SideA, "well-known-use"},
		{"WireGuard's number, dealt to a client of 8446", flow(udp, 51820, 8446, SideB), SideA,
			"lower-port"},
		{"a system port beats Kibana", flow(tcp, 5601, 70, SideB), SideA, "lower-port"},
		{"two well-known ports", flow(tcp, 5601, 3306, SideB), SideA, "lower-port"},
		{"5601 is known over TCP only", flow(udp, 1366, 5601, SideA), SideB, "lower-port"},

		{"two registered ports: nfs and http", flow(tcp, 2049, 80, SideB), SideA, "lower-port"},
		{"two registered ports in the user range", flow(tcp, 8080, 3306, SideA), SideA,
			"lower-port"},
		{"two dynamic ports", flow(udp, 50000, 60000, SideA), SideB, "lower-port"},
		{"two unregistered ports", flow(tcp, 10514, 8446, SideB), SideA, "lower-port"},

		{"DHCP", flow(udp, 68, 67, SideB), SideA, "registered-port"},
		{"DHCPv6: the client's number is the lower", flow(udp, 546, 547, SideB), SideA,
			"registered-port"},
		{"DHCPv6 answered", flow(udp, 547, 546, SideA), SideB, "registered-port"},
		{"a trap sent from the agent's own port", flow(udp, 161, 162, SideB), SideA,
			"registered-port"},
		{"NFS from a low port that is registered for telnets", flow(tcp, 992, 2049, SideB), SideA,
			"registered-port"},
		{"NFS's low ports begin at 665", flow(tcp, 665, 2049, SideB), SideA, "registered-port"},
		{"and end at 1023", flow(udp, 1023, 2049, SideB), SideA, "registered-port"},
		{"over UDP-Lite, too", flow(udplite, 992, 2049, SideB), SideA, "registered-port"},
		{"646 is LDP's, no NFS client's", flow(tcp, 646, 2049, SideA), SideB, "lower-port"},
		{"DHCP is UDP's", flow(tcp, 546, 547, SideA), SideB, "lower-port"},

		{"NTP between servers", flow(udp, 123, 123, SideB), SideB, "first-sender"},
		{"DNS between servers", flow(udp, 53, 53, SideA), SideA, "first-sender"},
		{"equal dynamic ports", flow(udp, 50000, 50000, SideB), SideB, "first-sender"},
		{"port 0 is not the lower one", flow(udp, 0, 50000, SideB), SideB, "first-sender"},
		{"port 0 is not the lower one, from the other side", flow(udp, 50000, 0, SideB), SideB,
			"first-sender"},
		{"no first sender", flow(udp, 123, 123, NoSide), NoSide, ""},
		{"no transport protocol", flow(decode.ProtoNone, 80, 50000, SideA), NoSide, ""},
	} {
		if d := Decide(c.facts); d.Client() != c.client || d.Evidence() != c.by {
			t.Errorf("%s: client %d by %q, want %d by %q", c.why, d.Client(), d.Evidence(),
				c.client,
				c.by)
		}
	}
}

func TestServicePort(t *testing.T) {
	for _, c := range []struct {
		why   string
		facts RoleFacts
		port  uint16
		side  Side
	}{
		{"the server's port", RoleFacts{tcp, 51514, 443, SideA, NoSide, SideA}, 443, SideB},
		{"active FTP: the opener's port 20", RoleFacts{tcp, 20, 40001, SideA, NoSide, SideA}, 20,
			SideA},
		{"active FTP to a port registered for nfs", RoleFacts{tcp, 2049, 20, SideB, NoSide, SideB},
			20, SideB},
		{"active FTP over TLS", RoleFacts{tcp, 51000, 989, SideB, NoSide, SideB}, 989, SideB},
		{"a client that takes port 20 for a web server",
			RoleFacts{tcp, 20, 80, SideA, NoSide, SideA}, 80, SideB},
		{"a client that takes port 53", RoleFacts{tcp, 53, 40001, SideA, NoSide, SideA}, 40001,
			SideB},
		{"a client that takes port 20 for a BMP station",
			RoleFacts{tcp, 20, 1790, SideA, NoSide, SideA}, 1790, SideB},
		{"active FTP to a port that Linux dealt out, though gRPC has it",
			RoleFacts{tcp, 20, 50051, SideA, NoSide, SideA}, 20, SideA},
		{"UDP port 20 opens nothing", RoleFacts{udp, 20, 40001, SideA, NoSide, SideA}, 40001,
			SideB},
		{"active FTP in the middle", flow(tcp, 20, 40001, SideB), 20, SideA},
		{"DHCPv6", flow(udp, 546, 547, SideA), 547, SideB},
		{"equal ports", flow(udp, 123, 123, SideB), 123, SideA},
		{"equal ports, no first sender", flow(udp, 123, 123, NoSide), 123, SideA},
		{"nothing known", flow(decode.ProtoNone, 80, 443, SideA), 0, NoSide},
		{"two zeros", flow(udp, 0, 0, NoSide), 0, NoSide},
	} {
		if port, side := Decide(c.facts).ServicePort(); port != c.port || side != c.side {
			t.Errorf("%s: port %d of side %d, want %d of %d", c.why, port, side, c.port, c.side)
		}
	}
}

func TestService(t *testing.T) {
	for _, c := range []struct {
		why   string
		facts RoleFacts
		a, b  string
	}{
		{"a client's dynamic port", RoleFacts{tcp, 51514, 443, SideA, NoSide, SideA}, "", "https"},
		{"a client's port that is registered for nfs",
			RoleFacts{tcp, 2049, 80, SideA, NoSide, SideA}, "", "http"},
		{"the same without a SYN", flow(tcp, 80, 2049, SideA), "http", ""},
		{"a client's port that Linux deals out", flow(tcp, 40000, 22, SideA), "", "ssh"},
		{"an NFS client's low port", flow(tcp, 992, 2049, SideA), "", "nfs"},
		{"active FTP", RoleFacts{tcp, 20, 40001, SideA, SideB, SideA}, "ftp-data", ""},
		{"active FTP to a port registered for nfs", RoleFacts{tcp, 2049, 20, SideB, SideA, SideA},
			"", "ftp-data"},
		{"a client that takes port 20 for a web server",
			RoleFacts{tcp, 20, 80, SideA, NoSide, SideA}, "ftp-data", "http"},
		{"a client that takes port 20 for a BMP station",
			RoleFacts{tcp, 20, 1790, SideA, NoSide, SideA}, "ftp-data", "nmsp"},
		{"DHCP", flow(udp, 68, 67, SideA), "bootpc", "bootps"},
		{"DHCPv6", flow(udp, 547, 546, SideA), "dhcpv6-server", "dhcpv6-client"},
		{"a trap", flow(udp, 161, 162, SideA), "", "snmptrap"},
		{"NTP between servers", flow(udp, 123, 123, SideA), "ntp", "ntp"},
		{"IKE", flow(udp, 500, 500, NoSide), "isakmp", "isakmp"},
		{"BGP between equal ports", RoleFacts{tcp, 179, 179, SideA, NoSide, SideA}, "bgp", "bgp"},
		{"equal dynamic ports", flow(udp, 50000, 50000, SideA), "", ""},
		{"a server without a name", RoleFacts{tcp, 51514, 8446, SideA, NoSide, SideA}, "", ""},
	} {
		d := Decide(c.facts)
		if a, b := d.Service(SideA), d.Service(SideB); a != c.a || b != c.b {
			t.Errorf("%s: %q and %q, want %q and %q", c.why, a, b, c.a, c.b)
		}
		odd := c.facts
		odd.Proto = 200
		if name := Decide(odd).Service(SideB); name != "" {
			t.Errorf("%s: protocol 200 has the service %q", c.why, name)
		}
		if d.Service(NoSide) != "" || (Decision{}).Service(SideA) != "" {
			t.Errorf("%s: a name for no side, or without a decision", c.why)
		}
	}
}

// TestClientsPort checks flows with a SYN, whose roles are certain. A client's port has a name only
// if a specification fixes it.
func TestClientsPort(t *testing.T) {
	for _, c := range []struct {
		proto  decode.Transport
		client uint16
		want   string
	}{
		{tcp, 443, ""}, {tcp, 2049, ""}, {udp, 68, "bootpc"}, {tcp, 68, ""},
		{udp, 546, "dhcpv6-client"}, {tcp, 20, "ftp-data"}, {udp, 20, ""}, {tcp, 989, "ftps-data"},
		{udp, 161, ""}, {tcp, 800, ""}, {tcp, 44818, ""}, {tcp, 40000, ""},
	} {
		d := Decide(RoleFacts{Proto: c.proto, PortA: c.client, PortB: 8446, SYNFrom: SideA})
		if got := d.Service(SideA); got != c.want {
			t.Errorf("%d/%v: %q, want %q", c.client, c.proto, got, c.want)
		}
	}
}

// TestSides exchanges the ends of flows: only the sides in the result may change.
func TestSides(t *testing.T) {
	known := []uint16{0, 20, 53, 67, 68, 80, 161, 162, 443, 546, 547, 700, 989, 1790, 2049, 5601,
		8446, 38412, 40000, 44818, 51514, 51820}
	r := rand.New(rand.NewPCG(1, 2))
	port := func() uint16 {
		if r.IntN(4) == 0 {
			return uint16(r.IntN(65536))
		}
		return known[r.IntN(len(known))]
	}
	for range 100_000 {
		f := RoleFacts{decode.Protos()[r.IntN(5)], port(), port(), Side(r.IntN(3)), Side(r.IntN(3)),
			Side(r.IntN(3))}
		g := RoleFacts{f.Proto, f.PortB, f.PortA, f.SYNFrom.Other(), f.SYNACKFrom.Other(),
			f.FirstFrom.Other()}
		d, m := Decide(f), Decide(g)
		if m.Client() != d.Client().Other() || m.Evidence() != d.Evidence() {
			t.Fatalf("%+v: client %d by %q, mirrored %d by %q", f, d.Client(), d.Evidence(),
				m.Client(), m.Evidence())
		}
		if (d.Client() == NoSide) != (d.Evidence() == NoEvidence) {
			t.Fatalf("%+v: client %d by %q", f, d.Client(), d.Evidence())
		}
		if d.Service(SideA) != m.Service(SideB) || d.Service(SideB) != m.Service(SideA) {
			t.Fatalf("%+v: services %q, %q, mirrored %q, %q", f, d.Service(SideA),
				d.Service(SideB), m.Service(SideA), m.Service(SideB))
		}
		p, side := d.ServicePort()
		if q, mirrored := m.ServicePort(); p != q || mirrored != side.Other() &&
			f.PortA != f.PortB {
			t.Fatalf("%+v: service port %d of %d, mirrored %d of %d", f, p, side, q, mirrored)
		}
	}
}

func TestOther(t *testing.T) {
	for s, want := range map[Side]Side{SideA: SideB, SideB: SideA, NoSide: NoSide, 9: NoSide} {
		if got := s.Other(); got != want {
			t.Errorf("the other side of %d is %d, want %d", s, got, want)
		}
	}
}
