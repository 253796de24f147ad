package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/cli"
	"github.com/portsniff/portsniff/internal/clickhouse"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/store"
)

// TestClusterOlderTables ships to servers whose tables an earlier version created. Nothing is sent
// until the schema is loaded again: without its column, a value would be lost silently.
func TestClusterOlderTables(t *testing.T) {
	shards := startCluster(t)
	lack := func(column string) {
		t.Helper()
		for _, s := range shards {
			for _, table := range []string{"flows", "flows_local"} {
				s.Query(t, "portsniff", "ALTER TABLE "+table+" DROP COLUMN "+column)
			}
		}
	}
	const hint = "\nportsniff: to update the tables: portsniff schema clickhouse\n"
	dir := filepath.Join(t.TempDir(), "store")
	run(t, "export", "--demo", "http", "-o", dir, "--community-id")
	for _, column := range []string{"community_id", "a_port_evidence"} {
		lack(column)
		_, errs, status := shipped("ship", dir, "--to", shards[0].URL)
		if status != cli.ExitFailed || !strings.Contains(errs, "No such column "+column) ||
			!strings.HasSuffix(errs, hint) {
			t.Errorf("without %s: %d: %s", column, status, errs)
		}
		for _, table := range store.Tables() {
			if n := shards[1].Query(t, "portsniff", "SELECT count() FROM "+table)[0]; n != "0" {
				t.Errorf("without %s: %s rows of %s", column, n, table)
			}
		}
		if _, errs, status = shipped("services", "--from", shards[0].URL); status == 0 !=
			(column == "community_id") || status != 0 && !strings.HasSuffix(errs, hint) {
			t.Errorf("services without %s: %d: %s", column, status, errs)
		}
		loadSchema(t, shards)
	}
	if _, errs, status := shipped("ship", dir, "--to", shards[0].URL); status != 0 {
		t.Fatalf("%d: %s", status, errs)
	}
	for _, s := range shards {
		const http = "80\t1:XPeQceJ7hKjy5zZwdbtD9W0wlBk=" // tshark's value for its frames
		for _, table := range []string{"flows", "conversations"} {
			got := s.Query(t, "portsniff", "SELECT server_port, community_id FROM "+table)
			if !slices.Equal(got, []string{http}) {
				t.Errorf("%s: %q, want %q", table, got, http)
			}
		}
	}
	got := run(t, "flows", "--from", shards[1].URL, "--community-id", "--format", "csv")
	if want := run(t, "flows", "--from", dir, "--community-id", "--format", "csv"); got != want {
		t.Errorf("--from prints\n%swant\n%s", got, want)
	}
}

// A shipment is a store of one sample that is not sent yet, and the cluster to send it to.
type shipment struct {
	shards []*corpustest.Shard
	args   []string // of the program, to send the store to the first shard
	name   string   // the store's only file of flows
	data   []byte   // its content
}

// newShipment starts a cluster and exports a sample.
func newShipment(t *testing.T) *shipment {
	t.Helper()
	s := &shipment{shards: startCluster(t)}
	var dir string
	dir, s.args = shipStore(t, s.shards[0].URL, "dns")
	files, err := filepath.Glob(filepath.Join(dir, "flows", "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(err, files)
	}
	s.name = files[0]
	if s.data, err = os.ReadFile(s.name); err != nil {
		t.Fatal(err)
	}
	return s
}

// count checks the number of rows of a table on each shard.
func (s *shipment) count(t *testing.T, table, want string) {
	t.Helper()
	for _, shard := range s.shards {
		if n := shard.Query(t, "portsniff", "SELECT count() FROM "+table)[0]; n != want {
			t.Errorf("%s: %s rows of %s, want %s", shard.URL, n, table, want)
		}
	}
}

// TestClusterFaults checks that no row of a truncated file is inserted, and that the error names a
// shard that is down.
func TestClusterFaults(t *testing.T) {
	s := newShipment(t)
	shards := s.shards
	for _, n := range []int{0, 5, len(s.data) / 2, len(s.data) - 1} {
		if err := os.WriteFile(s.name, s.data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		_, errs, status := shipped(s.args...)
		if status != cli.ExitFailed || !strings.Contains(errs, filepath.Base(s.name)) {
			t.Errorf("%d of %d bytes: %d: %s", n, len(s.data), status, errs)
		}
	}
	s.count(t, "flows", "0")
	s.count(t, "inputs", "0")
	if err := os.WriteFile(s.name, s.data, 0o600); err != nil {
		t.Fatal(err)
	}
	shards[1].Kill()
	cmd := exec.CommandContext(t.Context(), "portsniff", s.args...)
	errs, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(errs).ReadString('\n')
	if err != nil || !strings.Contains(line, shards[1].Address) ||
		!strings.Contains(line, "trying again in") {
		t.Errorf("%v: %s", err, line)
	}
	for _, table := range []string{"ports", "flows"} {
		out, errs, status := shipped(table, "--from", shards[0].URL)
		if status != cli.ExitFailed || out != "" || !strings.Contains(errs, shards[1].Address) ||
			!strings.Contains(errs, shards[0].URL+": read ") {
			t.Errorf("%s without a shard: %d: %s%s", table, status, out, errs)
		}
	}
	shards[1].Start(t)
	shards[1].Wait(t)
	if err := cmd.Wait(); err != nil {
		t.Errorf("after the shard came back: %v", err)
	}
	s.count(t, "flows", "1")
}

// TestClusterRights checks that a user who may only read gets the tables but cannot send, and that
// the errors for a missing right and a missing table say what to do.
func TestClusterRights(t *testing.T) {
	s := newShipment(t)
	reader := []string{"--user", corpustest.Reader}
	wrong := func(args []string, words ...string) {
		t.Helper()
		out, errs, status := shipped(args...)
		for _, want := range words {
			if status != cli.ExitFailed || !strings.Contains(errs, want) {
				t.Errorf("%q: %d: %s%s, want %q", args, status, out, errs, want)
			}
		}
		if strings.Contains(errs, "trying again") {
			t.Errorf("%q: %s", args, errs)
		}
	}
	wrong(slices.Concat(s.args, reader), "readonly mode",
		"\nportsniff: to read, the user needs SELECT on the database; to ship, INSERT too\n")
	s.count(t, "flows", "0")
	if _, errs, status := shipped(s.args...); status != 0 {
		t.Fatalf("%d: %s", status, errs)
	}
	from := []string{"flows", "--from", s.shards[1].URL}
	if got, want := run(t, slices.Concat(from, reader)...), run(t, from...); got != want {
		t.Errorf("the reader gets\n%swant\n%s", got, want)
	}
	wrong(append(from, "--user", "nobody"), "AUTHENTICATION_FAILED",
		"\nportsniff: to log in: --user")
	s.shards[1].Query(t, "portsniff", "DROP TABLE flows")
	wrong(from, "'flows'", "\nportsniff: to make the tables: portsniff schema clickhouse\n")
	s.shards[0].Query(t, "portsniff", "DROP TABLE flows_local")
	wrong([]string{"flows", "--from", s.shards[0].URL}, s.shards[0].URL)
}

// TestClusterTokens checks that servers deduplicate a file by its token, not by its rows.
func TestClusterTokens(t *testing.T) {
	s := newShipment(t)
	c, err := clickhouse.New(clickhouse.Options{URL: s.shards[0].URL, Database: "portsniff",
		Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ token, flows string }{{"a", "1"}, {"a", "1"}, {"b", "2"},
		{"a", "2"}, {"b", "2"}} {
		if err := c.Insert(t.Context(), "flows", store.ServerColumns("flows"), x.token,
			int64(len(s.data)), bytes.NewReader(s.data)); err != nil {
			t.Fatal(err)
		}
		s.count(t, "flows", x.flows)
	}
}
