package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"math/rand/v2"
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
)

// startCluster starts two ClickHouse servers with the tables and views of a cluster. There is no
// keeper to distribute the statements, so each server gets them directly.
func startCluster(t *testing.T) []*corpustest.Shard {
	t.Helper()
	shards := corpustest.Cluster(t, 2)
	loadSchema(t, shards)
	return shards
}

// loadSchema creates the tables and views on each server.
func loadSchema(t *testing.T, shards []*corpustest.Shard) {
	t.Helper()
	schema := run(t, "schema", "clickhouse", "--cluster", "main", "--ttl", "900y", "--ttl-ports",
		"900y")
	for _, s := range shards {
		for _, sql := range strings.Split(strings.ReplaceAll(schema, " ON CLUSTER main", ""),
			";\n") {
			if sql = strings.TrimSpace(sql); sql != "" {
				s.Query(t, "default", sql)
			}
		}
	}
}

// cutCapture splits the packets of a pcap file into several files.
func cutCapture(t *testing.T, name string, pieces int) (names []string) {
	t.Helper()
	const fileHeader, recordHeader = 24, 16
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var ends []int // offsets of the ends of records
	for at := fileHeader; at < len(data); {
		at += recordHeader + int(binary.LittleEndian.Uint32(data[at+8:]))
		ends = append(ends, at)
	}
	from := fileHeader
	for i := range pieces {
		to := ends[len(ends)*(i+1)/pieces-1]
		piece := filepath.Join(t.TempDir(), fmt.Sprintf("%d.pcap", i))
		if err := os.WriteFile(piece, slices.Concat(data[:fileHeader], data[from:to]),
			0o600); err != nil {
			t.Fatal(err)
		}
		names, from = append(names, piece), to
	}
	return names
}

// cells returns some columns of CSV as sorted lines.
func cells(t *testing.T, text string, columns ...string) (lines []string) {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var line []string
		for _, c := range columns {
			line = append(line, row[slices.Index(rows[0], c)])
		}
		lines = append(lines, strings.Join(line, "\t"))
	}
	slices.Sort(lines)
	return lines
}

// clusterTables lists tables per port: flags of the command, its columns, and the view.
var clusterTables = []struct {
	flags   []string
	columns []string
	view    string
}{
	{nil, []string{"proto", "port", "packets_to", "bytes_to", "packets_from", "bytes_from"},
		"port_totals"},
	{[]string{"--wide"}, []string{"proto", "port", "flows", "clients", "servers", "packets",
		"bytes"}, "port_flows"},
}

// sameInCluster checks that the views of all shards and of DuckDB have the rows of the whole
// capture. A store of all pieces must print the same rows.
func sameInCluster(t *testing.T, shards []*corpustest.Shard, whole, store string) {
	t.Helper()
	for _, table := range clusterTables {
		text := run(t, append([]string{"ports", "-r", whole, "--format", "csv"}, table.flags...)...)
		want := cells(t, text, table.columns...)
		if got := run(t, append([]string{"ports", "--from", store, "--format", "csv"},
			table.flags...)...); got != text {
			t.Errorf("--from prints\n%swant\n%s", got, text)
		}
		sql := "SELECT " + strings.Join(table.columns, ", ") + " FROM " + table.view
		answers := [][]string{}
		for _, s := range shards {
			answers = append(answers, s.Query(t, "portsniff", sql))
		}
		var lines []string
		for _, row := range corpustest.DuckDB(t, run(t, "schema", "duckdb", store), sql)[1] {
			var line []string
			for _, v := range row {
				line = append(line, *v)
			}
			lines = append(lines, strings.Join(line, "\t"))
		}
		for i, got := range append(answers, lines) {
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s, answer %d:\n%s\nwant\n%s", table.view, i, strings.Join(got, "\n"),
					strings.Join(want, "\n"))
			}
		}
	}
}

// TestCluster splits a capture into pieces, exports them by several sensors, and ships them to a
// cluster of two shards. The tables must equal those of the whole capture. This holds after 20
// kills of ship, some kills of a shard, and after everything is sent again.
func TestCluster(t *testing.T) {
	shards := startCluster(t)
	const whole = "../../pcaps/services.pcap"
	merged := filepath.Join(t.TempDir(), "merged")
	var stores []string
	for i, piece := range cutCapture(t, whole, 8) {
		sensor := fmt.Sprintf("sensor-%d", i)
		dir := filepath.Join(t.TempDir(), "store")
		run(t, "export", "-r", piece, "-o", dir, "--sensor", sensor)
		run(t, "export", "-r", piece, "-o", merged, "--sensor", sensor)
		stores = append(stores, dir)
	}
	args := func(i int) []string {
		return []string{"ship", stores[i], "--to", shards[i%2].URL}
	}
	for n := range 20 {
		cmd := exec.Command("portsniff", args(n%len(stores))...)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		if n%7 == 6 {
			s := shards[n%2]
			s.Kill()
			s.Start(t)
			s.Wait(t)
		}
		_ = cmd.Process.Kill() // it may have finished
		_ = cmd.Wait()
	}
	sendAll := func() {
		t.Helper()
		for i := range stores {
			if _, errs, status := shipped(args(i)...); status != 0 {
				t.Fatalf("%d: %s", status, errs)
			}
		}
	}
	sendAll()
	sameInCluster(t, shards, whole, merged)
	fromCluster(t, shards, merged)
	for _, s := range shards {
		if n := s.Query(t, "portsniff", "SELECT count() FROM flows_local")[0]; n == "0" {
			t.Errorf("%s has no flows: nothing is distributed", s.URL)
		}
	}

	// Send everything again to the other shard, which has no log of what was sent and no inputs.
	for i, dir := range stores {
		logs, err := filepath.Glob(filepath.Join(dir, "shipped-*.log"))
		if err != nil || len(logs) != 1 || os.Remove(logs[0]) != nil {
			t.Fatal(err, logs)
		}
		shards[i%2].Query(t, "portsniff", "TRUNCATE TABLE inputs_local")
	}
	sendAll()
	sameInCluster(t, shards, whole, merged)
}

// TestClusterCommunityIDs ships to a server whose tables were created by an earlier version.
// Community IDs arrive only after the schema is loaded again. There is no error before that.
func TestClusterCommunityIDs(t *testing.T) {
	shards := startCluster(t)
	for _, s := range shards {
		for _, table := range []string{"flows", "flows_local"} {
			s.Query(t, "portsniff", "ALTER TABLE "+table+" DROP COLUMN community_id")
		}
	}
	store := filepath.Join(t.TempDir(), "store")
	ship := func(sample string) {
		t.Helper()
		run(t, "export", "--demo", sample, "-o", store, "--community-id")
		if _, errs, status := shipped("ship", store, "--to", shards[0].URL); status != 0 {
			t.Fatalf("%d: %s", status, errs)
		}
	}
	ship("http")
	loadSchema(t, shards)
	ship("https")
	for _, s := range shards {
		const https = "1:uhvLhya5LEx5PZMcKUr36l/a8T0=" // tshark's value for its frames
		for _, table := range []string{"flows", "conversations"} {
			got := strings.Join(s.Query(t, "portsniff", "SELECT server_port, "+
				"ifNull(community_id, '-') FROM "+table+" ORDER BY server_port"), ",")
			if want := "80\t-,443\t" + https; got != want {
				t.Errorf("%s: %q, want %q", table, got, want)
			}
		}
	}
	got := run(t, "flows", "--from", shards[1].URL, "--community-id", "--format", "csv")
	if want := run(t, "flows", "--from", store, "--community-id", "--format", "csv"); got != want {
		t.Errorf("--from prints\n%swant\n%s", got, want)
	}
}

// flowFile returns the name and the content of the only file of flows in a store.
func flowFile(t *testing.T, dir string) (name string, data []byte) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "flows", "*", "*"))
	if err != nil || len(files) != 1 {
		t.Fatal(err, files)
	}
	data, err = os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return files[0], data
}

// TestClusterFaults checks that no row of a truncated file is inserted, and that the error names a
// shard that is down.
func TestClusterFaults(t *testing.T) {
	shards := startCluster(t)
	dir, args := shipStore(t, shards[0].URL, "dns")
	name, data := flowFile(t, dir)
	for _, n := range []int{0, 5, len(data) / 2, len(data) - 1} {
		if err := os.WriteFile(name, data[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		_, errs, status := shipped(args...)
		if status != cli.ExitFailed || !strings.Contains(errs, filepath.Base(name)) {
			t.Errorf("%d of %d bytes: %d: %s", n, len(data), status, errs)
		}
	}
	for _, table := range []string{"flows", "inputs"} {
		if n := shards[1].Query(t, "portsniff", "SELECT count() FROM "+table)[0]; n != "0" {
			t.Errorf("%s rows of %s", n, table)
		}
	}
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	shards[1].Kill()
	cmd := exec.CommandContext(t.Context(), "portsniff", args...)
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
	if n := shards[1].Query(t, "portsniff", "SELECT count() FROM flows")[0]; n != "1" {
		t.Errorf("%s flows", n)
	}
}

// TestClusterTokens checks that servers deduplicate a file by its token, not by its rows.
func TestClusterTokens(t *testing.T) {
	shards := startCluster(t)
	dir, _ := shipStore(t, shards[0].URL, "dns")
	_, data := flowFile(t, dir)
	c, err := clickhouse.New(clickhouse.Options{URL: shards[0].URL, Database: "portsniff",
		Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct{ token, flows string }{{"a", "1"}, {"a", "1"}, {"b", "2"},
		{"a", "2"}, {"b", "2"}} {
		if err := c.Insert(t.Context(), "flows", x.token, int64(len(data)),
			bytes.NewReader(data)); err != nil {
			t.Fatal(err)
		}
		for _, s := range shards {
			if n := s.Query(t, "portsniff", "SELECT count() FROM flows")[0]; n != x.flows {
				t.Errorf("%s flows after token %s, want %s", n, x.token, x.flows)
			}
		}
	}
}
