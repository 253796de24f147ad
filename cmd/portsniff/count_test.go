package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/annotate"
	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/testkit"
	"github.com/portsniff/portsniff/linktype"
)

// corpusEnv is the environment variable with the folder of real captures.
const corpusEnv = "PORTSNIFF_CORPUS"

// captures returns the samples, and the real captures if corpusEnv is set.
func captures(t *testing.T) (names []string) {
	t.Helper()
	names, err := filepath.Glob("../../pcaps/*.pcap*")
	if err != nil || len(names) == 0 {
		t.Fatalf("%d samples, %v", len(names), err)
	}
	if root := os.Getenv(corpusEnv); root != "" {
		err := filepath.WalkDir(filepath.Join(root, "files"),
			func(path string, d os.DirEntry, err error) error {
				if err == nil && d.Type().IsRegular() {
					names = append(names, path)
				}
				return err
			})
		if err != nil || len(names) < 600 {
			t.Fatalf("%d captures, %v", len(names), err)
		}
	} else {
		t.Logf("%s is not set: only the samples were counted", corpusEnv)
	}
	return names
}

// countFile counts a capture with a counter, and then calls see for each packet.
func countFile(t *testing.T, name string, jobs int, c pipeline.Counter,
	see func(r *capture.Record)) {
	t.Helper()
	f, err := pcapfile.Open(name, pcapfile.Options{})
	if err != nil {
		return // not a capture: the tests of the reader check this
	}
	p := pipeline.New(pipeline.Options{Source: f, Jobs: jobs})
	_ = p.Count(c) // the tests of the reader also check damaged captures
	if err := p.Close(); err != nil {
		t.Errorf("%s: %v", name, err)
	}
	if f, err = pcapfile.Open(name, pcapfile.Options{}); err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var packet capture.Packet
	for f.Next(&packet) == nil {
		r := packet.Record()
		see(&r)
	}
}

// A wholeWalk decodes packets, and gives later fragments the ports of their first fragment.
type wholeWalk struct {
	packet    decode.Packet
	fragments *decode.Fragments
}

func newWholeWalk() wholeWalk { return wholeWalk{fragments: decode.NewFragments(0)} }

func (w *wholeWalk) walk(r *capture.Record) *decode.Packet {
	var at time.Time
	if r.Nanos != capture.NoTime {
		at = time.Unix(0, r.Nanos)
	}
	w.packet.Decode(r.Link, r.Data, int(r.Length))
	w.fragments.Observe(&w.packet, r.Number, at)
	return &w.packet
}

// slowPorts counts packets by port in the simplest way: a full decode, a map, and the rules of
// package annotate.
type slowPorts struct {
	wholeWalk
	which flow.CountBy
	sums  map[flow.PortKey]*flow.Port
	total flow.Count
}

func (s *slowPorts) packet(r *capture.Record) {
	p := s.walk(r)
	s.total.Add(r.Length)
	for _, q := range p.Ports {
		if q.Quoted {
			continue
		}
		_, side := annotate.Decide(annotate.RoleFacts{Proto: q.Proto, PortA: q.Src,
			PortB: q.Dst, FirstFrom: annotate.SideA}).ServicePort()
		src, dst := false, false
		switch s.which {
		case flow.ServicePort:
			src = side == annotate.SideA
			dst = !src
		case flow.ClientPort:
			dst = side == annotate.SideA
			src = !dst
		case flow.SourcePort:
			src = true
		case flow.DestinationPort:
			dst = true
		case flow.AnyPort:
			src, dst = q.Src != q.Dst, true
		}
		if src {
			s.of(q.Proto, q.Src, r).From.Add(r.Length)
		}
		if dst {
			s.of(q.Proto, q.Dst, r).To.Add(r.Length)
		}
	}
}

func (s *slowPorts) of(proto decode.Transport, port uint16, r *capture.Record) *flow.Port {
	k := flow.PortKey{Proto: proto, Port: port}
	p := s.sums[k]
	if p == nil {
		p = &flow.Port{PortKey: k, First: r.Nanos, Last: r.Nanos}
		s.sums[k] = p
	}
	if p.First == flow.NoTime || r.Nanos < p.First && r.Nanos != flow.NoTime {
		p.First = r.Nanos
	}
	p.Last = max(p.Last, r.Nanos)
	return p
}

// TestPortsAgainstDirectCount compares the table per port with slowPorts, for every capture and
// side.
func TestPortsAgainstDirectCount(t *testing.T) {
	t.Parallel()
	for _, name := range captures(t) {
		for which := flow.ServicePort; which <= flow.AnyPort; which++ {
			quick := pipeline.NewPorts(flow.PortOptions{By: which})
			slow := &slowPorts{wholeWalk: newWholeWalk(), which: which,
				sums: map[flow.PortKey]*flow.Port{}}
			countFile(t, name, 1+int(which)%3, quick, slow.packet)
			var want []flow.Port
			for _, p := range slow.sums {
				want = append(want, *p)
			}
			got := quick.Table.Ports()
			byKey := func(a, b flow.Port) int {
				return cmp.Or(cmp.Compare(a.Proto, b.Proto),
					cmp.Compare(a.Port, b.Port))
			}
			slices.SortFunc(got, byKey)
			slices.SortFunc(want, byKey)
			if !reflect.DeepEqual(got, want) || quick.Table.Total != slow.total {
				t.Errorf("%s, --side %s:\n%+v\nwant\n%+v", name, sides()[which], got, want)
			}
		}
	}
}

// TestFlowsAgainstDirectCount compares flows that are counted in batches with flows that are
// counted packet by packet.
func TestFlowsAgainstDirectCount(t *testing.T) {
	t.Parallel()
	for i, name := range captures(t) {
		quick := pipeline.NewFlows(flow.Options{Hosts: true})
		slow := flow.NewTable(flow.Options{Hosts: true})
		whole := newWholeWalk()
		countFile(t, name, 1+i%3, quick, func(r *capture.Record) {
			slow.Add(whole.walk(r), r.Length, r.Nanos, r.Number)
		})
		got, want := fmt.Sprintf("%+v", quick.Table.Totals), fmt.Sprintf("%+v", slow.Totals)
		for f := range quick.Table.Flows() {
			got += fmt.Sprintf("\n%+v", f)
		}
		for f := range slow.Flows() {
			want += fmt.Sprintf("\n%+v", f)
		}
		got, want = got+fmt.Sprintf("\n%+v", quick.Table.Ports()), want+
			fmt.Sprintf("\n%+v", slow.Ports())
		if got != want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
		}
	}
}

// TestScanStaysBelowTheCap checks that the flows of a scan stay within the memory limit, and that
// every packet counts for its port.
func TestScanStaysBelowTheCap(t *testing.T) {
	t.Parallel()
	const packets, memory = 300_000, 4 << 20
	table := flow.NewTable(flow.Options{Memory: memory})
	batch := table.NewBatch()
	syn := []byte{0x45, 0, 0, 40, 0, 0, 0x40, 0, 64, 6, 0, 0, 192, 0, 2, 1, 198, 0, 0, 0, 0xc0, 0,
		0, 80, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, 2, 0, 0, 0, 0, 0, 0}
	list := make([]capture.Record, 64)
	for i := range list {
		list[i] = capture.Record{Data: slices.Clone(syn), Length: 60, Link: linktype.Raw}
	}
	for n := 0; n < packets; n += len(list) {
		for i := range list {
			x := n + i
			list[i].Data[17], list[i].Data[18], list[i].Data[19] = byte(x>>16), byte(x>>8), byte(x)
			list[i].Nanos, list[i].Number = int64(x), int64(x+1)
		}
		batch.Clear()
		for i := range list {
			batch.Add(&list[i], testkit.Quick(&list[i]))
		}
		table.Count(batch)
	}
	total := table.Total.Packets
	ports := table.Ports()
	if len(ports) != 1 || ports[0].Flows != total ||
		ports[0].To != (flow.Count{Packets: total, Bytes: 60 * total}) {
		t.Errorf("%+v of %d packets", ports, total)
	}
	if n := table.Len(); n > memory/80 || table.Evicted.Flows+uint64(n) != total {
		t.Errorf("%d flows in %d bytes, %+v evicted, of %d", n, memory, table.Evicted, total)
	}
	flows := &render.FlowView{Table: table, Top: 5}
	if err := flows.Write(io.Discard, render.FormatJSON, render.Style{}); err != nil {
		t.Error(err)
	}
}

// TestPortsInOrder checks that packets count in buckets in their order, with the quick decoder and
// the full one. With memory for one bucket, that bucket belongs to the first packet.
func TestPortsInOrder(t *testing.T) {
	// A UDP frame to a port, whole or a first fragment; the quick decoder skips fragments.
	frame := func(more byte, port byte) []byte {
		return append([]byte{12: 8, 13: 0, 14: 0x45, 17: 28, 20: more, 22: 64, 23: 17, 26: 192,
			28: 2, 29: 1, 30: 192, 32: 2, 33: 2, 34: 0xc0, 37: port, 39: 8}, make([]byte, 20)...)
	}
	for _, first := range []byte{0x20, 0} {
		a, b := frame(first, 53), frame(0x20-first, 80)
		var list []capture.Record
		for i, data := range [][]byte{a, b} {
			list = append(list, capture.Record{Data: data, Link: linktype.Ethernet,
				Length: uint32(len(data)), Nanos: int64(i + 1), Number: int64(i + 1)})
		}
		buckets := flow.NewBuckets(1e9, 1)
		table := flow.NewPortTable(flow.PortOptions{Buckets: buckets})
		for i := range list {
			table.Add(&list[i], testkit.Quick(&list[i]))
		}
		all := buckets.All()
		if len(all) != 1 || all[0].Port != 53 || all[0].Packets != 1 || buckets.Left.Packets != 1 ||
			table.Total.Packets != 2 {
			t.Errorf("fragment first %v: %+v, %+v left, %+v", first != 0, all, buckets.Left,
				table.Total)
		}
	}
}
