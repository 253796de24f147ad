package main

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/filter"
)

// etcFiles are files as networks(5) and ethers(5) describe them.
var etcFiles = map[string]string{
	"networks": "# comment\ndefault 0.0.0.0\nlan 192.0.2 Office # as .0\nbad 1.2.3.4.5\nworse 300\n",
	"ethers":   "# comment\n02:0:0:0:0:a router\n1:2:3 short\n02:00:00:00:00:0g letter\n",
}

func testResolver(t *testing.T, asked *[]string) resolver {
	t.Helper()
	dir := t.TempDir()
	for name, text := range etcFiles {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return resolver{func(ctx context.Context, name string) ([]netip.Addr, error) {
		*asked = append(*asked, name)
		if _, limited := ctx.Deadline(); !limited {
			t.Error("looking up may take for ever")
		}
		switch name {
		case "web":
			return []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}, nil
		case "slow":
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return nil, &net.DNSError{Err: "no such host", Name: name, Server: "192.0.2.53", IsNotFound: true}
	}, filepath.Join(dir, "networks"), filepath.Join(dir, "ethers")}
}

// TestLookUp wants each host asked for once, and the files' names found.
func TestLookUp(t *testing.T) {
	const expr = "host web or web and net lan or net OFFICE or net default or ether host Router"
	names, err := filter.Names(expr)
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	book, err := testResolver(t, &asked).lookUp(t.Context(), expr, names)
	if err != nil {
		t.Fatal(err)
	}
	want := &phonebook{
		map[string][]netip.Addr{"web": {netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}},
		map[string]uint32{"lan": 0xc0000200, "OFFICE": 0xc0000200, "default": 0},
		map[string][6]byte{"Router": {2, 0, 0, 0, 0, 10}},
	}
	if !reflect.DeepEqual(book, want) || len(asked) != 1 {
		t.Errorf("%v, want %v; asked for %v", book, want, asked)
	}
	if _, err := book.host("other"); !errors.Is(err, errUnknown) {
		t.Errorf("a name that was not looked up: %v", err)
	}
}

// TestLookUpFails wants what is wrong said of the name, at its place.
func TestLookUpFails(t *testing.T) {
	for expr, says := range map[string]string{
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
		names, err := filter.Names(expr)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		var asked []string
		book, err := testResolver(t, &asked).lookUp(ctx, expr, names)
		cancel()
		var e *filter.Error
		if !errors.As(err, &e) || book != nil || !strings.HasPrefix(err.Error(), says) || !strings.HasPrefix(expr[e.At:], e.Expr[e.At:e.End]) {
			t.Errorf("%s: %v, want %s", expr, err, says)
		}
	}
	_, err := networkOf(filepath.Join(t.TempDir(), "none"), "lan")
	if err == nil || !strings.Contains(err.Error(), "there is no ") {
		t.Errorf("no file: %v", err)
	}
}
