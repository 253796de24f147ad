package store_test

import (
	"fmt"
	"hash/fnv"
	"path/filepath"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/store"
)

// A stored flow of a sample has the same Community ID as the flow's first frame in tshark.
func TestCommunityIDsOfSamples(t *testing.T) {
	storedIDs(t, corpustest.SampleFrames(t, "../../pcaps"), 60)
}

// TestCommunityIDsOfCorpus does the same for every second capture of the corpus.
func TestCommunityIDsOfCorpus(t *testing.T) {
	var frames []corpustest.Frame
	for _, f := range corpustest.CorpusFrames(t) {
		h := fnv.New32a()
		h.Write([]byte(f.File))
		if h.Sum32()%2 == 0 {
			frames = append(frames, f)
		}
	}
	storedIDs(t, frames, 600)
}

// storedIDs stores captures and compares the column with tshark. least is the number of flows that
// must be equal. It omits frames with several or quoted transport headers, because tshark has one
// ID for each frame. It also omits truncated headers, because tshark reads no ports from them.
func storedIDs(t *testing.T, frames []corpustest.Frame, least int) {
	want := map[string]string{} // by file and number
	var p decode.Packet
	for i, row := range corpustest.Fields(t, frames, []string{"communityid", "frame.protocols"},
		"--enable-protocol", "communityid") {
		f := frames[i]
		p.Decode(f.Link, f.Data, f.Wire)
		several := len(p.Ports) != 1 || p.Stop.Err != nil || strings.Contains(row[1], ":icmp") ||
			strings.Contains(row[1], "sflow") || strings.Contains(row[1], "openflow")
		if row[0] != "" && !several && p.Ports[0].Proto.Number() != 136 { // UDP-Lite: see docs
			want[fmt.Sprint(f.File, " ", f.N)] = row[0]
		}
	}
	d := newFolder(t)
	d.CommunityID = true
	var list []capture.Record
	for i, f := range frames {
		list = append(list, capture.Record{Data: f.Data, Number: f.N, Length: uint32(f.Wire),
			Link: f.Link, Nanos: f.N})
		if i+1 == len(frames) || frames[i+1].File != f.File {
			export(t, d, f.File, list, timeouts)
			list = nil
		}
	}
	rows := corpustest.DuckDB(t, `SELECT source, first_frame, community_id
		FROM `+from(d.Path, "flows")+` JOIN `+from(d.Path, "inputs")+` USING (input)`)
	equal := 0
	for _, r := range rows[0] {
		frame := fmt.Sprint(*r[0], " ", *r[1])
		switch id, ok := want[frame]; {
		case !ok:
		case r[2] == nil || *r[2] != id:
			t.Errorf("%s: %q, tshark has %s", frame, lines([][]*string{r}), id)
		default:
			equal++
		}
	}
	if equal < least {
		t.Errorf("%d of %d flows are equal, want %d", equal, len(rows[0]), least)
	}
}

// The column is null without --community-id or without an IP header.
func TestNoCommunityID(t *testing.T) {
	d := newFolder(t)
	export(t, d, "http", packets(t, "http"), timeouts)
	rows := corpustest.DuckDB(t, "SELECT DISTINCT community_id FROM "+from(d.Path, "flows"))
	same(t, "without --community-id", lines(rows[0]), []string{"NULL"})
}

// withoutIDs rewrites the flows of a store as earlier versions wrote them.
func withoutIDs(t *testing.T, dir string) {
	t.Helper()
	var sql []string
	for _, name := range tree(t, dir) {
		if strings.HasPrefix(name, filepath.Join(dir, "flows")+"/") {
			sql = append(sql, fmt.Sprintf("COPY (SELECT * EXCLUDE community_id FROM "+
				"read_parquet('%s', hive_partitioning = false)) TO '%[1]s' (FORMAT parquet)", name))
		}
	}
	if len(sql) == 0 {
		t.Fatal("no flows")
	}
	corpustest.DuckDB(t, sql...)
}

// Files of earlier versions lack the column. The tables are the same, and DuckDB's views show null,
// for old files alone and together with newer files.
func TestFlowsWithoutCommunityIDs(t *testing.T) {
	d := newFolder(t)
	list := packets(t, "http")
	export(t, d, "http", list, timeouts)
	withoutIDs(t, d.Path)
	ports, flows := load(t, d.Path, nil)
	wantPorts, wantFlows := direct(list, nil)
	same(t, "ports", narrow(ports), narrow(wantPorts))
	same(t, "flows", wide(flows), wide(wantFlows))

	const ids = "SELECT community_id FROM flows ORDER BY proto"
	before := corpustest.DuckDB(t, duckSchema(t, d.Path), ids)
	same(t, "old files", lines(before[1]), []string{"NULL"})
	d.CommunityID = true
	export(t, d, "udp", records([]record{{udp(40000, 53), second}}), timeouts)
	after := corpustest.DuckDB(t, duckSchema(t, d.Path), ids)
	// the ID in tshark for the same packet
	same(t, "both", lines(after[1]), []string{"NULL", "1:4fxN62AxAYYNqa1xvVJtejJfm/U="})
}

// ClickHouse adds the column to a table of an earlier version.
func TestClickHouseAddsCommunityIDs(t *testing.T) {
	schema, err := store.ClickHouse("d", "", "1000 YEAR", "1000 YEAR")
	if err != nil {
		t.Fatal(err)
	}
	d := newFolder(t)
	export(t, d, "http", packets(t, "http"), timeouts)
	withoutIDs(t, d.Path)
	old := insertAll(t, d.Path, "d")
	fresh := newFolder(t)
	fresh.CommunityID = true
	export(t, fresh, "udp", records([]record{{udp(40000, 53), second}}), timeouts)
	rows := corpustest.ClickHouse(t, schema+"ALTER TABLE d.flows DROP COLUMN community_id;\n"+old,
		schema+insertAll(t, fresh.Path, "d"),
		"SELECT ifNull(community_id, '') FROM d.conversations ORDER BY proto")
	same(t, "conversations", lines(rows[2]), []string{"", "1:4fxN62AxAYYNqa1xvVJtejJfm/U="})
}
