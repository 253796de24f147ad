package selection_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/internal/selection"
	"github.com/portsniff/portsniff/linktype"
)

// etcFiles are files in the formats of networks(5) and ethers(5).
var etcFiles = map[string]string{
	"networks": "# comment\ndefault 0.0.0.0\nlan 192.0.2 Office # as .0\nbad 1.2.3.4.5\nworse " +
		"300\n",
	"ethers": "# comment\n02:0:0:0:0:a router\n1:2:3 short\n02:00:00:00:00:0g letter\n",
}

// testResolver returns a resolver that knows the host web and blocks for the host slow. It appends
// the requested hosts to asked.
func testResolver(t *testing.T, lookups *[]string) *selection.Resolver {
	t.Helper()
	dir := t.TempDir()
	for name, text := range etcFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	host := func(ctx context.Context, name string) ([]netip.Addr, error) {
		*lookups = append(*lookups, name)
		if _, limited := ctx.Deadline(); !limited {
			t.Error("the lookup has no time limit")
		}
		switch name {
		case "web":
			return []netip.Addr{netip.MustParseAddr("10.0.0.1"),
				netip.MustParseAddr("2001:db8::1")}, nil
		case "slow":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, Server: "192.0.2.53",
			IsNotFound: true}
	}
	return &selection.Resolver{Host: host, Networks: filepath.Join(dir, "networks"),
		Ethers: filepath.Join(dir, "ethers")}
}

// TestNames checks that each host is looked up once, that names match their values, and that no
// lookup happens after parsing.
func TestNames(t *testing.T) {
	ether := "\x02\x00\x00\x00\x00\x02\x02\x00\x00\x00\x00\x0a\x08\x00" + udpTo53 // from 10.0.0.1
	for expr, match := range map[string]bool{
		"host web or web": true, "dst host web": false, "ether src Router": true,
		"ether dst router": false,
		"net OFFICE":       false, "net lan": false, "net default": false, "not net Office": true,
	} {
		var lookups []string
		r := testResolver(t, &lookups)
		words, err := selection.ParseCaptureFilter(t.Context(), expr, r)
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		if hosts := strings.Count(expr, "web"); len(lookups) != min(hosts, 1) {
			t.Errorf("%s: looked up %v", expr, lookups)
		}
		r.Host, r.Networks, r.Ethers = nil, "", ""
		f, err := selection.New(selection.Options{Capture: words})
		if err != nil {
			t.Fatal(err)
		}
		rec := record(1, ether)
		if got, err := f.Match(&rec); got != match || err != nil {
			t.Errorf("%s: %v, %v", expr, got, err)
		}
	}
}

// TestNetworkNumber checks that a number of fewer than four parts is padded with zeros, as in
// glibc.
func TestNetworkNumber(t *testing.T) {
	var lookups []string
	words, err := selection.ParseCaptureFilter(t.Context(), "src net office",
		testResolver(t, &lookups))
	if err != nil {
		t.Fatal(err)
	}
	f, err := selection.New(selection.Options{Capture: words})
	if err != nil {
		t.Fatal(err)
	}
	for addr, match := range map[string]bool{"\xc0\x00\x02\x00": true, "\xc0\x00\x02\x01": false} {
		rec := record(linktype.Raw, udpTo53[:12]+addr+udpTo53[16:])
		if got, err := f.Match(&rec); got != match || err != nil {
			t.Errorf("%x: %v, %v", addr, got, err)
		}
	}
}

// TestUnknownNames checks that the error points to the name.
func TestUnknownNames(t *testing.T) {
	for expr, problem := range map[string]string{
		"tcp and host db":    `"db": no such host`,
		"host web or db":     `"db": no such host`,
		"net wan":            `"wan": `,
		"net bad":            `"bad": "1.2.3.4.5" in `,
		"net worse":          `"worse": "300" in `,
		"ether src rooter":   `"rooter": `,
		"ether host short":   `"short": "1:2:3" in `,
		"ether host letter":  `"letter": "02:00:00:00:00:0g" in `,
		"host web and slow ": `"slow": context deadline exceeded`,
	} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		var lookups []string
		_, err := selection.ParseCaptureFilter(ctx, expr, testResolver(t, &lookups))
		cancel()
		var e *filter.Error
		if !errors.As(err, &e) || !strings.HasPrefix(err.Error(), "in the filter: "+problem) ||
			!strings.HasPrefix(expr[e.At:], e.Expr[e.At:e.End]) {
			t.Errorf("%s: %v, want %s", expr, err, problem)
		}
	}
	none := &selection.Resolver{Networks: filepath.Join(t.TempDir(), "none")}
	if _, err := selection.ParseCaptureFilter(t.Context(), "net lan", none); err == nil ||
		!strings.Contains(err.Error(), "there is no ") {
		t.Errorf("no file: %v", err)
	}
}

// TestNamesNeedAResolver checks that names are rejected without a resolver.
func TestNamesNeedAResolver(t *testing.T) {
	_, err := selection.ParseCaptureFilter(t.Context(), "tcp and host web", nil)
	var e *filter.Error
	if !errors.As(err, &e) || e.Expr[e.At:e.End] != "web" ||
		!strings.Contains(err.Error(), "--resolve") {
		t.Error(err)
	}
}
