package filter_test

import (
	"errors"
	"net/netip"
	"testing"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// TestSeen checks that decoded ports, hosts and protocols match although the frame does not contain
// them: by direction, by protocol, and with negations. All other filters must match as without
// decoded facts.
func TestSeen(t *testing.T) {
	seen := &filter.Decoded{
		Ports: []filter.DecodedPorts{{Proto: "udp", Src: 4000, Dst: 4789},
			{Proto: "tcp", Src: 5000, Dst: 80}, {Proto: "dccp", Src: 7, Dst: 9}},
		Addrs: []filter.DecodedAddrs{{Src: netip.MustParseAddr("10.1.2.3"),
			Dst: netip.MustParseAddr("10.9.0.1")},
			{Src: netip.MustParseAddr("2001:db8::1"), Dst: netip.MustParseAddr("fe80::2")}},
		Protos: []string{"eth", "ip", "udp", "vxlan", "ip6", "tcp"},
	}
	frame := ethernet(0x0806, []byte(
		"\x00\x01\x08\x00\x06\x04\x00\x01\x02\x00\x00\x00\x00\x01\xc0\x00\x02\x01\x00\x00\x00"+
			"\x00\x00\x00\xc0\x00\x02\x02")).data
	for expr, want := range map[string]bool{
		"port 80": true, "tcp port 80": true, "udp port 80": false, "src port 80": false,
		"dst port 80": true, "src and dst port 80": false,
		"src or dst port 5000": true, "port 4789": true, "port 9": false, "portrange 70-90": true,
		"tcp portrange 4000-4999": false, "port 81 or 80": true,
		"not port 80": false, "not port 81": true, "port not 81": true, "port http": true,
		"udp port http": false,
		"host 10.9.0.1": true, "src host 10.9.0.1": false, "dst 10.9.0.1": true,
		"ip src 10.1.2.3": true, "arp host 10.9.0.1": false,
		"net 10.0.0.0/8": true, "src and dst net 10": true, "net 11": false,
		"host 2001:db8::1": true, "dst 2001:db8::1": false, "net fe80::/10": true,
		"not host 10.9.0.1": false, "port 80 and not net 10.1.0.0/16": false,
		"port 80 and not net 10.2.0.0/16": true,
		"tcp":                             true, "ip6": true, "sctp": false,
		"tcp and port 80": true, "not tcp": false,
		"host 192.0.2.1": true, "arp": true,
		"vlan and port 80": false, "port 80 and len > 1000": false, "ip proto 6": false,
		"ether[0] = 1": true, "tcp[13] >= 0": false,
	} {
		p, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet, Decoded: true,
			Services: services})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := p.MatchDecoded(frame, len(frame), seen); got != want {
			t.Errorf("%s: %v", expr, got)
		}
	}
	p, err := filter.Compile("port 80", filter.Options{Link: linktype.Ethernet, Decoded: true})
	if err != nil {
		t.Fatal(err)
	}
	if p.MatchDecoded(frame, len(frame), &filter.Decoded{}) || p.Match(frame, len(frame)) {
		t.Error("a port is found where none was seen")
	}
	if _, err := p.Raw(); !errors.Is(err, filter.ErrDecoded) {
		t.Errorf("the kernel evaluated a test of decoded headers: %v", err)
	}
}
