package pipeline_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/outfile"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/store"
)

// A changing reader begins another input of a store from time to time.
type changing struct {
	*bytes.Reader
	change func() error
	err    error
}

func (c *changing) Read(b []byte) (int, error) {
	if e := c.change(); c.err == nil {
		c.err = e
	}
	return c.Reader.Read(b[:min(len(b), 2_000)])
}

// The store has the flows and ports of the whole capture, no matter how often another input begins.
func TestStoredInIntervals(t *testing.T) {
	data, err := os.ReadFile("../../pcaps/services.pcap")
	if err != nil {
		t.Fatal(err)
	}
	d := &store.Folder{Path: t.TempDir(), Sensor: "here", Files: outfile.Local{Tree: true}}
	next := func(packets int64) *store.Input {
		in, err := d.NextInput(packets)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	c := pipeline.NewStored(next(0), flow.Options{Idle: 2 * time.Minute, Active: time.Hour})
	inputs := 0
	r := &changing{Reader: bytes.NewReader(data)}
	r.change = func() error {
		if inputs++; c.Last == 0 {
			return nil
		}
		return c.Next(flow.NoTime, store.Summary{Complete: true}, next(c.Last))
	}
	p := open(t, r, pipeline.Options{})
	if err := p.Count(c); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(store.Summary{Complete: true}); err != nil || r.err != nil || inputs < 5 {
		t.Fatal(err, r.err, inputs)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(d.Path, nil)
	if err != nil {
		t.Fatal(err)
	}
	flows, ports := flow.NewTable(flow.Options{Hosts: true}), flow.NewPortTable(flow.PortOptions{})
	if err := s.LoadFlows(flows); err != nil {
		t.Fatal(err)
	}
	if err := s.LoadPorts(ports); err != nil {
		t.Fatal(err)
	}
	want := pipeline.NewFlows(flow.Options{Hosts: true})
	wantPorts := pipeline.NewPorts(flow.PortOptions{})
	for _, counter := range []pipeline.Counter{want, wantPorts} {
		p := open(t, bytes.NewReader(data), pipeline.Options{})
		if err := p.Count(counter); err != nil {
			t.Fatal(err)
		}
		if err := p.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, pair := range [][2]any{{flows.Ports(), want.Table.Ports()},
		{ports.Ports(), wantPorts.Table.Ports()}, {flows.Totals, want.Table.Totals},
		{ports.Totals, wantPorts.Table.Totals}} {
		if a, b := fmt.Sprintf("%+v", pair[0]), fmt.Sprintf("%+v", pair[1]); a != b {
			t.Errorf("%.3000s\nwant\n%.3000s", a, b)
		}
	}
}

// An interval without packets stores nothing, unless the kernel lost packets in it.
func TestLossesWithoutPackets(t *testing.T) {
	d := &store.Folder{Path: t.TempDir(), Sensor: "here", Files: outfile.Local{Tree: true}}
	next := func() *store.Input {
		in, err := d.NextInput(0)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	c := pipeline.NewStored(next(), flow.Options{})
	for dropped, want := range []int{0, 1, 2} {
		sum := store.Summary{Live: &store.Live{Dropped: int64(dropped)}}
		if err := c.Next(flow.NoTime, sum, next()); err != nil {
			t.Fatal(err)
		}
		files, err := filepath.Glob(filepath.Join(d.Path, store.Inputs, "*", "*.parquet"))
		if err != nil || len(files) != want {
			t.Errorf("%d dropped: %d inputs, %v", dropped, len(files), err)
		}
	}
}

// The store counts each packet that a capture received or lost once, even if intervals without
// packets and losses have no input.
func TestStoredCountsLosses(t *testing.T) {
	d := &store.Folder{Path: t.TempDir(), Sensor: "here", Files: outfile.Local{Tree: true}}
	input := func() *store.Input {
		in, err := d.NextInput(0)
		if err != nil {
			t.Fatal(err)
		}
		return in
	}
	c := pipeline.NewStored(input(), flow.Options{Idle: time.Minute, Active: time.Hour})
	received, dropped := int64(0), int64(0)
	so := func(lost int64) store.Summary {
		received, dropped = received+10, dropped+lost
		return store.Summary{Complete: true, Live: &store.Live{Received: received,
			Dropped: dropped}}
	}
	data, err := os.ReadFile("../../pcaps/services.pcap")
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []struct {
		packets bool
		lost    int64
	}{{false, 0}, {true, 3}, {false, 2}, {false, 0}} {
		if i.packets {
			if err := open(t, bytes.NewReader(data), pipeline.Options{}).Count(c); err != nil {
				t.Fatal(err)
			}
			c.Flows.Finish()
		}
		if err := c.Next(flow.NoTime, so(i.lost), input()); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Close(so(1)); err != nil {
		t.Fatal(err)
	}
	names, err := filepath.Glob(filepath.Join(d.Path, "inputs", "*", "*.parquet"))
	if err != nil || len(names) != 3 || c.Inputs != 3 {
		t.Fatalf("%d inputs, in files %v, %v", c.Inputs, names, err)
	}
	type row struct {
		Received int64 `parquet:"received,optional"`
		Dropped  int64 `parquet:"dropped,optional"`
	}
	var sum row
	for _, name := range names {
		rows, err := parquet.ReadFile[row](name)
		if err != nil || len(rows) != 1 {
			t.Fatal(err, rows)
		}
		sum.Received, sum.Dropped = sum.Received+rows[0].Received, sum.Dropped+rows[0].Dropped
	}
	if want := (row{50, 6}); sum != want {
		t.Errorf("%+v in the store, want %+v", sum, want)
	}
}
