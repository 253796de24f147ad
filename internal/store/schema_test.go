package store_test

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/pcaps"
)

func duckSchema(t *testing.T, dir string) string {
	t.Helper()
	sql, err := store.DuckDB(dir)
	if err != nil {
		t.Fatal(err)
	}
	return sql
}

// duckPorts are queries for the rows of both tables by port in DuckDB's views.
var duckPorts = []string{
	`SELECT proto, port, packets_to, bytes_to, packets_from, bytes_from, first_ns, last_ns
		FROM port_totals`,
	`SELECT proto, port, flows, clients, servers, packets, bytes FROM port_flows`,
}

// DuckDB's views of a capture in pieces have the same rows as ports and ports --wide for the whole.
func TestDuckDBViews(t *testing.T) {
	var sql []string
	var want [][]string
	for i, s := range pcaps.List() {
		list := packets(t, s.Name)
		wantPorts, wantFlows := direct(list, nil)
		if wantFlows.Len() == 0 || !exact(list) {
			continue
		}
		d := newFolder(t)
		exportPieces(t, d, list, []int{0, len(list) * (i%5 + 1) / 7, len(list)})
		sql = append(append(sql, duckSchema(t, d.Path)), duckPorts...)
		want = append(want, portLines(wantPorts), wideLines(wantFlows))
	}
	rows := corpustest.DuckDB(t, sql...)
	for i := range want {
		got := lines(rows[i/2*3+1+i%2])
		slices.Sort(got)
		slices.Sort(want[i])
		same(t, fmt.Sprintf("capture %d, table %d", i/2, i%2), got, want[i])
	}
	if len(want) < 50 {
		t.Errorf("only %d tables were compared", len(want))
	}
}

// ClickHouse's tables and views of a capture in pieces have the same rows. A file that is inserted
// twice changes nothing.
func TestClickHouseViews(t *testing.T) {
	var sql []string
	var want [][]string
	for i, s := range pcaps.List() {
		list := packets(t, s.Name)
		wantPorts, wantFlows := direct(list, nil)
		if wantFlows.Len() == 0 || !exact(list) || i%4 > 0 && testing.Short() {
			continue
		}
		d := newFolder(t)
		exportPieces(t, d, list, []int{0, len(list) * (i%5 + 1) / 7, len(list)})
		database := fmt.Sprintf("d%d", i)
		schema, err := store.ClickHouse(database, "", "1000 YEAR", "1000 YEAR")
		if err != nil {
			t.Fatal(err)
		}
		sql = append(sql, schema+insertAll(t, d.Path, database)+insertAll(t, d.Path, database),
			"USE "+database+"; "+duckPorts[0], duckPorts[1], "SELECT count() FROM inputs FINAL",
			"SELECT sum(packets) FROM minutes WHERE proto = ''")
		want = append(want, portLines(wantPorts), wideLines(wantFlows), []string{"2"},
			[]string{fmt.Sprint(wantPorts.Total.Packets)})
	}
	rows := corpustest.ClickHouse(t, sql...)
	for i := range want {
		got := lines(rows[i/4*5+1+i%4])
		slices.Sort(got)
		slices.Sort(want[i])
		same(t, fmt.Sprintf("capture %d, table %d", i/4, i%4), got, want[i])
	}
}

// Rows that are to be kept longer than ClickHouse's times reach stay when tables are merged.
func TestClickHouseKeepsRowsForLong(t *testing.T) {
	d := newFolder(t)
	export(t, d, "http", packets(t, "http"), timeouts)
	for _, ttl := range []string{"50 YEAR", "100 YEAR", "9999 WEEK", "9999 YEAR"} {
		schema, err := store.ClickHouse("d", "", ttl, ttl)
		if err != nil {
			t.Fatal(err)
		}
		rows := corpustest.ClickHouse(t, schema+insertAll(t, d.Path, "d")+
			"OPTIMIZE TABLE d.flows FINAL; OPTIMIZE TABLE d.ports FINAL; "+
			"OPTIMIZE TABLE d.minutes FINAL;", "SELECT (SELECT count() > 0 FROM d.flows), "+
			"(SELECT count() > 0 FROM d.ports), (SELECT count() > 0 FROM d.minutes)")
		same(t, ttl, lines(rows[1]), []string{"1 1 1"})
	}
}

// insertAll inserts each file of a store, with its name as the token that makes it unique.
func insertAll(t *testing.T, dir, database string) (sql string) {
	t.Helper()
	for _, name := range tree(t, dir) {
		table := filepath.Base(filepath.Dir(filepath.Dir(name)))
		sql += fmt.Sprintf("INSERT INTO %s.%s SETTINGS insert_deduplication_token = '%s' "+
			"SELECT * FROM file('%s', Parquet);\n", database, table, filepath.Base(name), name)
	}
	return sql
}

// The SQL for a cluster is valid.
func TestClickHouseCluster(t *testing.T) {
	schema, err := store.ClickHouse("portsniff", "main", "15 DAY", "1 YEAR")
	if err != nil {
		t.Fatal(err)
	}
	var sql []string
	for _, statement := range strings.Split(schema, ";\n") {
		if statement = strings.TrimSpace(statement); statement != "" {
			sql = append(sql, "EXPLAIN AST "+strings.TrimPrefix(statement, "\n"))
		}
	}
	if rows := corpustest.ClickHouse(t, sql...); len(rows) < 12 {
		t.Errorf("%d statements", len(rows))
	}
}

func wideLines(t *flow.Table) (out []string) {
	for _, p := range t.Ports() {
		n := p.Total()
		out = append(out, fmt.Sprintln(p.Proto, p.Port, p.Flows, p.Clients.N, p.Servers.N,
			n.Packets, n.Bytes))
	}
	return trimmed(out)
}

// recipes returns the blocks of SQL in the docs, with the lines before them.
func recipes(t *testing.T) (list []string) {
	t.Helper()
	page, err := os.ReadFile("../../docs/scale.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range strings.Split(string(page), "```sql\n")[1:] {
		sql, _, _ := strings.Cut(part, "```")
		list = append(list, sql)
	}
	return list
}

// recipeStore returns a store with all samples, a scan, odd ports and an incomplete capture.
func recipeStore(t *testing.T) *store.Folder {
	t.Helper()
	d := newFolder(t)
	d.CommunityID = true
	for _, s := range pcaps.List() {
		export(t, d, s.Name, packets(t, s.Name), timeouts)
	}
	export(t, d, "scan", scan(), timeouts)
	export(t, d, "odd", oddPorts(packets(t, "services")), timeouts)
	cut := d.NewInput(strings.Repeat("c", 32))
	if err := cut.Close(&store.Summary{Source: "cut.pcap"}); err != nil {
		t.Fatal(err)
	}
	return d
}

// The recipes of the docs run on DuckDB and ClickHouse and find the traffic of the samples.
func TestRecipes(t *testing.T) {
	d := recipeStore(t)
	list := recipes(t)
	checkRecipes(t, list, corpustest.DuckDB(t, append([]string{duckSchema(t, d.Path)},
		list...)...)[1:])
	schema, err := store.ClickHouse("d", "", "1000 YEAR", "1000 YEAR")
	if err != nil {
		t.Fatal(err)
	}
	checkRecipes(t, list, corpustest.ClickHouse(t, append([]string{schema +
		insertAll(t, d.Path, "d") + "USE d"}, list...)...)[1:])
}

func checkRecipes(t *testing.T, list []string, rows [][][]*string) {
	t.Helper()
	if len(rows) != len(recipeWants) {
		t.Fatalf("%d recipes", len(rows))
	}
	for i, want := range recipeWants {
		got := strings.Join(lines(rows[i]), "\n")
		// engines differ in how they write zones and fractions of times
		got = strings.NewReplacer("+00 ", " ", ".000000 ", " ", "\t", " ").Replace(got)
		if !strings.Contains(got, want) {
			t.Errorf("recipe %d gives\n%s\nwhich lacks %q:\n%s", i+1, got, want, list[i])
		}
	}
}

// scan returns a UDP scan of 300 ports by one host.
func scan() []capture.Record {
	var list []record
	for i := range 300 {
		list = append(list, record{udp(40000, 1000+i), (1_795_403_100 + int64(i)/10) * second})
	}
	return records(list)
}

// oddPorts returns the packets of HTTP and HTTPS over IPv4 and Ethernet, moved to port 8444.
func oddPorts(list []capture.Record) (moved []capture.Record) {
	const protocol, ports = 14 + 9, 14 + 20
	for _, r := range list {
		odd := false
		for at := ports; at < ports+4 && r.Data[protocol] == 6; at += 2 {
			if p := binary.BigEndian.Uint16(r.Data[at:]); p == 80 || p == 443 {
				binary.BigEndian.PutUint16(r.Data[at:], 8444)
				odd = true
			}
		}
		if odd {
			moved = append(moved, r)
		}
	}
	return moved
}

// recipeWants are parts of the result of each recipe. Numbers come from the samples' descriptions,
// multiplied by the number of samples with the same traffic, and from traffic that the test adds.
var recipeWants = []string{
	"tcp 22 ssh ",
	"tcp 25 2026-11-23 03:06:00 90",
	"192.0.2.10 198.51.100.7 2 20504",
	"192.0.2.10 45650 198.51.100.7 80 ",
	"192.0.2.10 31",
	"tcp 192.0.2.10 54033 1",
	"198.51.100.7 8444 1",
	"8444 http 1\n8444 tls 1",
	"2026-11-23 03:06:00 364",
	"tcp 192.0.2.10 198.51.100.7 179 4.229085 1",
	"cut.pcap false",
}
