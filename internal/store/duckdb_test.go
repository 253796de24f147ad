package store_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/pcaps"
)

// from returns SQL that reads a table of a store.
func from(dir, table string) string {
	return fmt.Sprintf("read_parquet('%s', hive_partitioning = false)",
		filepath.ToSlash(filepath.Join(dir, table, "*", "*.parquet")))
}

// lines joins the cells of rows.
func lines(rows [][]*string) (out []string) {
	for _, r := range rows {
		var cells []string
		for _, c := range r {
			if c == nil {
				c = new("NULL")
			}
			cells = append(cells, *c)
		}
		out = append(out, strings.Join(cells, " "))
	}
	return out
}

// DuckDB reads the same numbers from the files that portsniff counts in the packets.
func TestDuckDBReadsTheSame(t *testing.T) {
	var sql []string
	var want [][]string
	for _, s := range pcaps.List() {
		list := packets(t, s.Name)
		d := newFolder(t)
		export(t, d, s.Name, list, timeouts)
		ports, flows := direct(list, nil)
		if flows.Len() == 0 {
			continue // no file to read
		}
		sql = append(sql, `SELECT proto, port, sum(packets_to), sum(bytes_to), sum(packets_from),
			sum(bytes_from), min(first_ns), max(last_ns) FROM `+from(d.Path, "ports")+`
			WHERE no_ports = '' GROUP BY ALL ORDER BY proto, port`,
			`SELECT proto, a_ip, a_port, b_ip, b_port, sum(a_packets), sum(a_bytes),
			sum(b_packets), sum(b_bytes), min(start_ns), max(end_ns), min(first_frame)
			FROM `+from(d.Path, "flows")+` GROUP BY ALL ORDER BY ALL`,
			`SELECT sum(packets), sum(bytes), sum(nested_packets) FROM `+
				from(d.Path, "minutes")+` WHERE proto = ''`)
		want = append(want, portLines(ports), flowLines(flows), []string{fmt.Sprint(
			ports.Total.Packets, ports.Total.Bytes, ports.Nested.Packets)})
	}
	for i, rows := range corpustest.DuckDB(t, sql...) {
		got := lines(rows)
		if slices.Sort(want[i]); i%3 < 2 {
			slices.Sort(got)
		}
		same(t, sql[i], got, want[i])
	}
}

func moment(nanos int64) string {
	if nanos == flow.NoTime {
		return "NULL"
	}
	return fmt.Sprint(nanos)
}

func portLines(t *flow.PortTable) (out []string) {
	for _, p := range t.Ports() {
		out = append(out, fmt.Sprintln(p.Proto, p.Port, p.To.Packets, p.To.Bytes, p.From.Packets,
			p.From.Bytes, moment(p.First), moment(p.Last)))
	}
	return trimmed(out)
}

func flowLines(t *flow.Table) (out []string) {
	addr := func(e flow.Endpoint) string {
		if !e.Addr.IsValid() {
			return ""
		}
		return e.Addr.String()
	}
	for f := range t.Flows() {
		a, b := f.From[flow.A], f.From[flow.B]
		out = append(out, fmt.Sprintln(f.Proto, addr(f.A), f.A.Port, addr(f.B), f.B.Port,
			a.Packets, a.Bytes, b.Packets, b.Bytes, moment(f.Start), moment(f.End), f.FirstFrame))
	}
	return trimmed(out)
}

func trimmed(list []string) []string {
	for i := range list {
		list[i] = strings.TrimSuffix(list[i], "\n")
	}
	return list
}

// Times, texts, dates and the order of rows match the documentation of the tables.
func TestDuckDBSeesTheSchema(t *testing.T) {
	d := newFolder(t)
	export(t, d, "services", packets(t, "services"), timeouts)
	got := corpustest.DuckDB(t,
		`SELECT count(*), count(DISTINCT input), any_value(sensor), any_value(complete),
			any_value(lost_inputs), any_value(received) FROM `+from(d.Path, "inputs"),
		`SELECT bool_and(epoch_ns(start::TIMESTAMP) // 1000 = start_ns // 1000),
			bool_and(typeof(start) = 'TIMESTAMP WITH TIME ZONE'),
			bool_and(filename LIKE
				'%date=' || strftime(start AT TIME ZONE 'UTC', '%Y-%m-%d') || '%')
			FROM read_parquet('`+d.Path+`/flows/*/*.parquet', filename = true)`,
		`SELECT count(*) FROM (SELECT (proto, server_port, start_ns) AS k,
			lag((proto, server_port, start_ns)) OVER (ORDER BY file_row_number) AS before
			FROM read_parquet('`+d.Path+`/flows/*/*.parquet', file_row_number = true))
			WHERE before > k`,
		`SELECT DISTINCT compression FROM parquet_metadata('`+d.Path+`/flows/*/*.parquet')`)
	want := []string{"1 1 here true 0 NULL", "true true true", "0", "ZSTD"}
	for i, rows := range got {
		same(t, fmt.Sprint("statement ", i), lines(rows), []string{want[i]})
	}
}
