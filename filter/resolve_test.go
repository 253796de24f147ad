package filter_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// TestResolve checks that a name matches all its addresses that the qualifiers allow. A failed
// lookup is an error.
func TestResolve(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8:1::10"),
		netip.MustParseAddr("198.51.100.7")}
	unknown := errors.New("no such host")
	opt := filter.Options{Link: linktype.Ethernet,
		Resolve: func(name string) ([]netip.Addr, error) {
			switch name {
			case "server":
				return addrs, nil
			case "v4":
				return addrs[:1], nil
			}
			return nil, unknown
		}}
	list := frames(t)[linktype.Ethernet]
	for named, same := range map[string]string{
		"host server":     "host 192.0.2.10 or host 2001:db8:1::10 or host 198.51.100.7",
		"src server":      "src 192.0.2.10 or src 2001:db8:1::10 or src 198.51.100.7",
		"ip host server":  "ip host 192.0.2.10 or ip host 198.51.100.7",
		"ip6 dst server":  "ip6 dst 2001:db8:1::10",
		"not host server": "not (host 192.0.2.10 or host 2001:db8:1::10 or host 198.51.100.7)",
	} {
		a, err1 := filter.Compile(named, opt)
		b, err2 := filter.Compile(same, opt)
		if err := errors.Join(err1, err2); err != nil {
			t.Errorf("%s: %v", named, err)
			continue
		}
		if got, want := verdicts(a, list), verdicts(b, list); !slices.Equal(got, want) ||
			len(got) == 0 {
			t.Errorf("%s selects %d frames, %s %d", named, len(got), same, len(want))
		}
	}
	for _, expr := range []string{"host client", "ether host server", "tcp host server",
		"net server", "ip6 net server", "ether net server", "ip6 host v4", "arp host server"} {
		if _, err := filter.Compile(expr, opt); err == nil {
			t.Errorf("%s: no error", expr)
		}
	}
}

// TestNetworkAndEther checks that names of networks match like their numbers, and that names of
// hardware addresses match these addresses.
func TestNetworkAndEther(t *testing.T) {
	opt := filter.Options{Link: linktype.Ethernet, Network: func(name string) (uint32, error) {
		return map[string]uint32{"lan": 192<<16 | 2<<0, "test": 192<<24 | 2<<8, "ten": 10}[name],
			nil
	}, Ether: func(string) ([6]byte, error) { return [6]byte{2, 0, 0, 0, 0, 0x10}, nil }}
	list := frames(t)[linktype.Ethernet]
	for named, same := range map[string]string{
		"net test":             "net 192.0.2.0",
		"src net lan":          "src net 12582914",
		"net ten or arp":       "net 10 or arp",
		"ether host router":    "ether host 2:0:0:0:0:10",
		"ether src router":     "ether src 2:0:0:0:0:10",
		"not ether dst router": "not ether dst 2:0:0:0:0:10",
	} {
		a, err1 := filter.Compile(named, opt)
		b, err2 := filter.Compile(same, opt)
		if err := errors.Join(err1, err2); err != nil {
			t.Errorf("%s: %v", named, err)
			continue
		}
		if got, want := verdicts(a, list), verdicts(b, list); !slices.Equal(got, want) {
			t.Errorf("%s selects %d frames, %s %d", named, len(got), same, len(want))
		}
	}
}

// TestNames checks that Names returns the names that compiling resolves, with their positions, and
// no names of services and protocols.
func TestNames(t *testing.T) {
	host, network, ether := filter.HostName, filter.NetworkName, filter.EtherName
	for expr, want := range map[string][]filter.Name{
		"": nil, "tcp port http and ip proto \\icmp": nil, "host 192.0.2.1": nil, "gateway a": nil,
		"tcp host a": nil, "ip6 net a": nil,
		"host a or b and not (src c)": {{"a", host, 5, 6}, {"b", host, 10, 11},
			{"c", host, 25, 26}},
		"ether host a or (b and c)": {{"a", ether, 11, 12}, {"b", ether, 17, 18},
			{"c", ether, 23, 24}},
		"dst net lan and arp host a": {{"lan", network, 8, 11}, {"a", host, 25, 26}},
		"port 80 or http":            nil,
	} {
		if got, err := filter.Names(expr); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", expr, got, err, want)
		}
	}
	var e *filter.Error
	if _, err := filter.Names("host"); !errors.As(err, &e) {
		t.Errorf("half an expression: %v", err)
	}
}

// TestPorts checks that Ports returns the ports in an expression, without those that it excludes.
func TestPorts(t *testing.T) {
	for expr, want := range map[string][]filter.PortSpan{
		"port 80 or 443":                           {{80, 80}, {443, 443}},
		"tcp and not port 22":                      nil,
		"not (port 22 or not udp port 53)":         {{53, 53}},
		"portrange 90-80 or port domain":           {{80, 90}, {53, 53}},
		"host 192.0.2.10":                          nil,
		"port not 80":                              nil,
		"tcp port 443 and (src port 1 or not tcp)": {{443, 443}, {1, 1}},
	} {
		p, err := filter.Compile(expr, filter.Options{Link: linktype.Ethernet, Services: services})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := p.Ports(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", expr, got, want)
		}
	}
}
