package store_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/hosts"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/pcaps"
)

// A hostTable has the tables for the commands hosts and services.
type hostTable struct {
	flows *flow.Table
	hosts *hosts.Table
}

func newHostTable(only *flow.Filter) *hostTable {
	t := &hostTable{flow.NewTable(flow.Options{Proofs: true, Only: only}), hosts.New(64 << 20)}
	t.flows.OnEnd = t.hosts.Add
	return t
}

// lines returns what hosts, hosts --pairs and services show.
func (t *hostTable) lines() (lines []string) {
	t.flows.Finish()
	for _, h := range t.hosts.Hosts(hosts.ByPackets) {
		lines = append(lines, fmt.Sprintf("%+v", h))
	}
	for _, p := range t.hosts.Pairs(hosts.ByBytes) {
		lines = append(lines, fmt.Sprintf("%+v", p))
	}
	list, scans, folded := t.hosts.Services()
	for _, p := range list {
		lines = append(lines, fmt.Sprintf("%v %+v %v", p.State(), p, p.Word(p.Proto)))
	}
	for _, p := range t.hosts.Ports() {
		lines = append(lines, fmt.Sprintf("%+v", p))
	}
	return append(lines, fmt.Sprintf("%+v %d %+v %+v", scans, folded, t.hosts.Left(),
		t.flows.Totals))
}

func directHosts(list []capture.Record, only *flow.Filter) []string {
	t := newHostTable(only)
	b := t.flows.NewBatch()
	for i := range list {
		b.Clear()
		b.Add(&list[i], testkit.Quick(&list[i]))
		t.flows.Count(b)
	}
	return t.lines()
}

func loadHosts(t testing.TB, dir string, only *flow.Filter) []string {
	t.Helper()
	s, err := store.Open(dir, only)
	if err != nil {
		t.Fatal(err)
	}
	table := newHostTable(nil)
	if err := s.LoadHosts(table.flows); err != nil {
		t.Fatal(err)
	}
	if s.Unknown != 0 {
		t.Errorf("%d flows of an older schema", s.Unknown)
	}
	return table.lines()
}

// A store has the same hosts, pairs, services and scans as the packets.
func TestHostsComeBack(t *testing.T) {
	for _, s := range pcaps.List() {
		list := packets(t, s.Name)
		d := newFolder(t)
		export(t, d, s.Name, list, timeouts)
		same(t, s.Name, loadHosts(t, d.Path, nil), directHosts(list, nil))
	}
}

// A filter selects the same flows from a store as from the packets.
func TestHostsFiltered(t *testing.T) {
	list := append(packets(t, "services"), packets(t, "services-ipv6")...)
	for i := range list {
		list[i].Number = int64(i + 1)
	}
	d := newFolder(t)
	export(t, d, "services", list, timeouts)
	for _, only := range []*flow.Filter{
		{Proto: decode.ProtoUDP, Start: flow.NoTime, End: flow.NoTime},
		{Host: netip.MustParsePrefix("2001:db8::/32"), Start: flow.NoTime, End: flow.NoTime},
	} {
		want := directHosts(list, only)
		if all := directHosts(list, nil); len(want) == len(all) || len(want) < 4 {
			t.Errorf("%+v keeps %d lines of %d", only, len(want), len(all))
		}
		same(t, fmt.Sprintf("%+v", only), loadHosts(t, d.Path, only), want)
	}
}

// later are the columns that schema 1 lacks.
const later = "a_port_evidence, b_port_evidence, a_port_frame, b_port_frame"

// A store of schema 1 has the same flows, and hosts without open ports. The number of flows without
// evidence is counted. A store of a later schema is rejected.
func TestSchemas(t *testing.T) {
	list := packets(t, "services")
	d := newFolder(t)
	export(t, d, "services", list, timeouts)
	_, wantFlows := direct(list, nil)
	var wantHosts []hosts.Host
	table := newHostTable(nil)
	for f := range wantFlows.Flows() {
		table.hosts.Add(&f, flow.EndOfInput)
	}
	wantHosts = table.hosts.Hosts(hosts.ByHost)

	rewrite(t, d.Path, store.Flows, "* EXCLUDE ("+later+")")
	rewrite(t, d.Path, store.Inputs, "* EXCLUDE (schema)")
	_, flows := load(t, d.Path, nil)
	same(t, "flows", wide(flows), wide(wantFlows))
	s, err := store.Open(d.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	table = newHostTable(nil)
	if err := s.LoadHosts(table.flows); err != nil {
		t.Fatal(err)
	}
	table.flows.Finish()
	if got := table.hosts.Hosts(hosts.ByHost); !reflect.DeepEqual(got, wantHosts) {
		t.Errorf("%+v, want %+v", got, wantHosts)
	}
	if int(s.Unknown) != wantFlows.Len() {
		t.Errorf("%d of %d flows do not show which ports are open", s.Unknown, wantFlows.Len())
	}

	rewrite(t, d.Path, store.Inputs, "*, 3::INT AS schema")
	s, err = store.Open(d.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = s.LoadFlows(newHostTable(nil).flows)
	if err == nil || !strings.Contains(err.Error(), "schema 3 of a later portsniff") {
		t.Errorf("%v", err)
	}
}

// rewrite rewrites each file of a table with DuckDB, with the given columns.
func rewrite(t *testing.T, dir, table, columns string) {
	t.Helper()
	for _, name := range tree(t, filepath.Join(dir, table)) {
		corpustest.DuckDB(t, fmt.Sprintf("COPY (SELECT %s FROM '%s') TO '%s.new' (FORMAT parquet)",
			columns, name, name))
		if err := os.Rename(name+".new", name); err != nil {
			t.Fatal(err)
		}
	}
}

// Evidence stays with its flow if the rows are not in the order of the packets: the files are
// sorted by day, and here the clock went back before the second flow.
func TestHostsAfterTheClockWentBack(t *testing.T) {
	opened, refused := packets(t, "http"), packets(t, "tcp-refused")
	list := slices.Concat(opened, refused)
	for i := range list {
		if list[i].Number = int64(i + 1); i >= len(opened) {
			list[i].Nanos -= 24 * 3600 * second
		}
	}
	d := newFolder(t)
	export(t, d, "both", list, flow.Options{Proofs: true})
	if days := tree(t, filepath.Join(d.Path, store.Flows)); len(days) != 2 {
		t.Fatalf("%v", days)
	}
	same(t, "hosts", loadHosts(t, d.Path, nil), directHosts(list, nil))
}
