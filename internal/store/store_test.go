package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/pcaps"
)

// packets reads all packets of a sample.
func packets(t testing.TB, sample string) []capture.Record {
	t.Helper()
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	r, err := pcapfile.NewReader(f, sample, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	list, err := all(r)
	if err != nil {
		t.Fatalf("%s: %v", sample, err)
	}
	return list
}

// readAll reads all packets of a file.
func readAll(name string) ([]capture.Record, error) {
	return all(pcapfile.OpenAll([]string{name}, pcapfile.Options{}))
}

// all reads a source to its end, and closes it.
func all(src capture.Source) (list []capture.Record, err error) {
	for err == nil {
		var p capture.Packet
		if err = src.Next(&p); err == nil {
			x := p.Record()
			x.Data = bytes.Clone(x.Data)
			list = append(list, x)
		}
	}
	if err == io.EOF {
		err = nil
	}
	return list, errors.Join(err, src.Close())
}

// export stores packets as one input.
func export(t testing.TB, d *store.Folder, name string, list []capture.Record, opt flow.Options) {
	t.Helper()
	id, err := store.ID(d.Sensor, bytes.NewReader([]byte(name)))
	if err != nil {
		t.Fatal(err)
	}
	in := d.NewInput(id)
	fill(in, list, opt)
	sum := store.Summary{Source: name, Frames: int64(len(list)), Complete: true}
	if err := in.Close(&sum); err != nil {
		t.Fatal(err)
	}
}

// fill adds packets to an input.
func fill(in *store.Input, list []capture.Record, opt flow.Options) {
	flows := flow.NewTable(opt)
	flows.OnEnd = in.Flow
	m := flow.NewMinutes()
	m.Full = func() { in.Take(m) }
	ports := flow.NewPortTable(flow.PortOptions{Minutes: m})
	b := flows.NewBatch()
	for i := range list {
		b.Clear()
		b.Add(&list[i], testkit.Quick(&list[i]))
		flows.Count(b)
		ports.Add(&list[i], testkit.Quick(&list[i]))
	}
	flows.Finish()
	in.Take(m)
}

// timeouts are the timeouts of the command export.
var timeouts = flow.Options{Idle: 120 * time.Second, Active: 1800 * time.Second, Proofs: true}

// wide returns what ports --wide and flows show.
func wide(t *flow.Table) (lines []string) {
	for f := range t.Flows() {
		f.LastFrame, f.Header = 0, 0
		lines = append(lines, fmt.Sprintf("%+v", f))
	}
	for _, p := range t.Ports() {
		lines = append(lines, fmt.Sprintf("%+v", p))
	}
	return append(lines, fmt.Sprintf("%+v", t.Totals))
}

// narrow returns what ports shows.
func narrow(t *flow.PortTable) (lines []string) {
	for _, p := range t.Ports() {
		lines = append(lines, fmt.Sprintf("%+v", p))
	}
	return append(lines, fmt.Sprintf("%+v", t.Totals))
}

func direct(list []capture.Record, only *flow.Filter) (*flow.PortTable, *flow.Table) {
	ports := flow.NewPortTable(flow.PortOptions{Only: only})
	flows := flow.NewTable(flow.Options{Hosts: true, Only: only})
	b := flows.NewBatch()
	for i := range list {
		ports.Add(&list[i], testkit.Quick(&list[i]))
		b.Clear()
		b.Add(&list[i], testkit.Quick(&list[i]))
		flows.Count(b)
	}
	return ports, flows
}

func load(t testing.TB, dir string, only *flow.Filter) (*flow.PortTable, *flow.Table) {
	t.Helper()
	s, err := store.Open(dir, only)
	if err != nil {
		t.Fatal(err)
	}
	ports, flows := flow.NewPortTable(flow.PortOptions{}), flow.NewTable(flow.Options{Hosts: true})
	if err := s.LoadPorts(ports); err != nil {
		t.Fatal(err)
	}
	if err := s.LoadFlows(flows); err != nil {
		t.Fatal(err)
	}
	return ports, flows
}

func same(t *testing.T, what string, got, want []string) bool {
	t.Helper()
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			t.Errorf("%s: line %d\n%s\nwant\n%s", what, i, g, w)
			return false
		}
	}
	return true
}

func newFolder(t testing.TB) *store.Folder {
	return &store.Folder{Path: t.TempDir(), Sensor: "here", Files: outfile.Local{Tree: true}}
}

// A store has the same tables as the packets, for every sample.
func TestSamplesComeBack(t *testing.T) {
	for _, s := range pcaps.List() {
		list := packets(t, s.Name)
		d := newFolder(t)
		export(t, d, s.Name, list, timeouts)
		ports, flows := load(t, d.Path, nil)
		wantPorts, wantFlows := direct(list, nil)
		same(t, s.Name, narrow(ports), narrow(wantPorts))
		same(t, s.Name, wide(flows), wide(wantFlows))
	}
}
