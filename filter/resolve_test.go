package filter_test

import (
	"errors"
	"net/netip"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/filter"
)

// TestResolve wants a name to stand for each of its addresses that the qualifiers allow, and for nothing where looking it up fails.
func TestResolve(t *testing.T) {
	addrs := []netip.Addr{netip.MustParseAddr("192.0.2.10"), netip.MustParseAddr("2001:db8:1::10"), netip.MustParseAddr("198.51.100.7")}
	unknown := errors.New("no such host")
	opt := filter.Options{Link: filter.LinkEthernet, Resolve: func(name string) ([]netip.Addr, error) {
		if name != "server" {
			return nil, unknown
		}
		return addrs, nil
	}}
	list := frames(t)[filter.LinkEthernet]
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
		if got, want := verdicts(a, list), verdicts(b, list); !slices.Equal(got, want) || len(got) == 0 {
			t.Errorf("%s selects %d frames, %s %d", named, len(got), same, len(want))
		}
	}
	for _, expr := range []string{"host client", "ether host server", "tcp host server", "net server"} {
		if _, err := filter.Compile(expr, opt); err == nil {
			t.Errorf("%s: no error", expr)
		}
	}
}

// TestPorts wants the ports that an expression asks for, and those that it excludes left out.
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
		p, err := filter.Compile(expr, filter.Options{Link: filter.LinkEthernet, Services: services})
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if got := p.Ports(); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", expr, got, want)
		}
	}
}
