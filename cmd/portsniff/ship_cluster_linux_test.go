package main

import (
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
