package sockets

import (
	"net/netip"
	"testing"

	"github.com/portsniff/portsniff/decode"
)

// world returns a host with a server and clients, one container with its own addresses, and two
// containers with the same address.
func world() *Snapshot {
	nginx := []Process{{PID: 10, Name: "nginx"}, {PID: 11, Name: "nginx"}}
	s := &Snapshot{
		spaces: []space{
			{0, map[netip.Addr]bool{netip.MustParseAddr("192.0.2.1"): true,
				netip.MustParseAddr("2001:db8::1"): true}},
			{7, map[netip.Addr]bool{netip.MustParseAddr("10.0.0.2"): true}},
			{8, map[netip.Addr]bool{netip.MustParseAddr("10.9.9.9"): true}},
			{9, map[netip.Addr]bool{netip.MustParseAddr("10.9.9.9"): true}},
		},
		Sockets: []Socket{
			{Proto: decode.ProtoTCP, Local: end("[::]:80"), Remote: end("[::]:0"), State: Listen,
				Inode: 1, Processes: nginx},
			{Proto: decode.ProtoTCP, Local: end("192.0.2.1:80"), Remote: end("198.51.100.7:5000"),
				State: Established, Inode: 2, Processes: nginx[1:]},
			// not accepted yet
			{Proto: decode.ProtoTCP, Local: end("192.0.2.1:80"), Remote: end("198.51.100.7:5001"),
				State: Established},
			{Proto: decode.ProtoTCP, Local: end("192.0.2.1:40000"), Remote: end("198.51.100.7:22"),
				State: "time-wait"},
			{Proto: decode.ProtoTCP, Local: end("192.0.2.1:40001"), Remote: end("198.51.100.7:22"),
				State: Established, Inode: 3, UID: 5, User: "five"},
			{Proto: decode.ProtoUDP, Local: end("0.0.0.0:53"), Remote: end("0.0.0.0:0"),
				State: Unconnected, Inode: 4, Processes: []Process{{PID: 20, Name: "wide"}}},
			{Proto: decode.ProtoUDP, Local: end("127.0.0.1:53"), Remote: end("0.0.0.0:0"),
				State: Unconnected, Inode: 5, Processes: []Process{{PID: 21, Name: "narrow"}}},
			{Proto: decode.ProtoTCP, Local: end("[::]:81"), Remote: end("[::]:0"), State: Listen,
				Inode: 6, V6Only: true, Processes: nginx},
			{Proto: decode.ProtoTCP, Local: end("0.0.0.0:80"), Remote: end("0.0.0.0:0"),
				State: Listen, Inode: 7, Namespace: 7,
				Processes: []Process{{PID: 30, Name: "inside"}}},
			{Proto: decode.ProtoTCP, Local: end("0.0.0.0:80"), Remote: end("0.0.0.0:0"),
				State: Listen, Inode: 8, Namespace: 8,
				Processes: []Process{{PID: 31, Name: "one"}}},
			{Proto: decode.ProtoTCP, Local: end("0.0.0.0:80"), Remote: end("0.0.0.0:0"),
				State: Listen, Inode: 9, Namespace: 9,
				Processes: []Process{{PID: 32, Name: "two"}}},
			{Proto: decode.ProtoTCP, Local: end("0.0.0.0:22"), Remote: end("0.0.0.0:0"),
				State: Listen, Inode: 10, Processes: []Process{{PID: 1, Name: "sshd"}}},
			{Proto: decode.ProtoTCP, Local: end("192.0.2.1:22"), Remote: end("198.51.100.7:6000"),
				State: Established, Inode: 11, UID: 5, User: "five"},
		},
	}
	s.index()
	return s
}

func TestOwner(t *testing.T) {
	for _, c := range []struct {
		name          string
		proto         decode.Transport
		local, remote string
		pid, more     int
		sure          Confidence
		user          string // if one process may not be read
	}{
		{"a connection", decode.ProtoTCP, "192.0.2.1:80", "198.51.100.7:5000", 11, 0, Exact, ""},
		{"not accepted yet: who listens, two of them", decode.ProtoTCP, "192.0.2.1:80",
			"198.51.100.7:5001", 10, 1, Listener, ""},
		{"a stranger's first packet", decode.ProtoTCP, "192.0.2.1:80", "203.0.113.9:1", 10, 1,
			Listener, ""},
		{"the same over IPv6", decode.ProtoTCP, "[2001:db8::1]:80", "[2001:db8::2]:1", 10, 1,
			Listener, ""},
		{"a listener for IPv6 only", decode.ProtoTCP, "192.0.2.1:81", "203.0.113.9:1", 0, 0, Gone,
			""},
		{"left in time-wait", decode.ProtoTCP, "192.0.2.1:40000", "198.51.100.7:22", 0, 0, Gone,
			""},
		{"held by an unread process", decode.ProtoTCP, "192.0.2.1:40001", "198.51.100.7:22", 0, 0,
			Gone, "five"},
		{"never the listener where the flow has a socket", decode.ProtoTCP, "192.0.2.1:22",
			"198.51.100.7:6000", 0, 0, Gone, "five"},
		{"a closed port", decode.ProtoTCP, "192.0.2.1:9", "203.0.113.9:1", 0, 0, Gone, ""},
		{"UDP to the address with a socket of its own", decode.ProtoUDP, "127.0.0.1:53",
			"127.0.0.1:7", 21, 0, Listener, ""},
		{"UDP to another address", decode.ProtoUDP, "192.0.2.1:53", "127.0.0.1:7", 20, 0, Listener,
			""},
		{"UDP is not TCP", decode.ProtoTCP, "192.0.2.1:53", "127.0.0.1:7", 0, 0, Gone, ""},
		{"a container's address", decode.ProtoTCP, "10.0.0.2:80", "192.0.2.1:5", 30, 0, Listener,
			""},
		{"an address that two have", decode.ProtoTCP, "10.9.9.9:80", "192.0.2.1:5", 0, 0, Unknown,
			""},
		{"the other end of a connection", decode.ProtoTCP, "198.51.100.7:5000", "192.0.2.1:80", 0,
			0, Unknown, ""},
		{"loopback is this namespace's", decode.ProtoTCP, "127.0.0.1:80", "127.0.0.1:9", 10, 1,
			Listener, ""},
	} {
		s := world()
		got := s.Owner(Flow{c.proto, end(c.local), end(c.remote)})
		if got.PID != c.pid || got.More != c.more || got.Confidence != c.sure || got.User != "" {
			t.Errorf("%s: %+v, want PID %d, %d more, %q", c.name, got, c.pid, c.more, c.sure)
		}
		if c.user == "" {
			continue
		}
		s.Unread = 1
		if got := s.Owner(Flow{c.proto, end(c.local), end(c.remote)}); got.PID != 0 ||
			got.Name != "" || got.User != c.user || got.Confidence != Unknown {
			t.Errorf("%s, with a process that may not be read: %+v", c.name, got)
		}
	}
}

func TestLack(t *testing.T) {
	s := world()
	if got, want := s.Lack(s.Sockets), (Lack{NoHolder: 2, Kept: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	s.Unread = 1
	if got, want := s.Lack(s.Sockets), (Lack{NoHolder: 2, Denied: 2}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}
