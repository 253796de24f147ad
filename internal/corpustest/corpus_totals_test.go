package corpustest_test

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/testkit"
)

// A portTotal is a key of the totals: a port of a protocol, as source or as destination.
type portTotal struct {
	proto string
	port  uint16
	to    bool
}

// TestCorpusTotals adds up real captures by source and by destination port, and compares packets
// and bytes with tshark's totals. It omits frames that tshark calls malformed, frames that quote
// others, and frames in the table of known differences, which TestCorpus compares individually.
func TestCorpusTotals(t *testing.T) {
	root := corpusFolder(t)
	skip := map[difference]bool{}
	for d := range knownDifferences(t) {
		skip[difference{file: d.file, frame: d.frame}] = true
	}
	all, counted := 0, 0
	for _, name := range corpusFiles(t, root) {
		rows := tsharkRows(t, filepath.Join(root, "oracle", name+".tsv"))
		want := map[portTotal]flow.Count{}
		from, to := flow.NewPortTable(flow.PortOptions{By: flow.SourcePort}),
			flow.NewPortTable(flow.PortOptions{By: flow.DestinationPort})
		eachPacket(t, filepath.Join(root, "files", name), func(p *capture.Packet) {
			all++
			if p.Number > int64(len(rows)) || skip[difference{file: name, frame: p.Number}] {
				return
			}
			row := rows[p.Number-1]
			if row.malformed || slices.Contains(row.protocols, "icmp") ||
				slices.Contains(row.protocols, "icmpv6") {
				return
			}
			counted++
			r := p.Record()
			for _, x := range row.transports {
				for _, k := range [...]portTotal{{x.proto, x.src, false}, {x.proto, x.dst, true}} {
					want[k] = plusOne(want[k], r.Length)
				}
			}
			var d decode.Packet
			if d.Decode(r.Link, r.Data, int(r.Length)); d.Frag.Is && d.Frag.Offset > 0 {
				return // it would inherit ports, which tshark does not support
			}
			from.Add(&r, testkit.Quick(&r))
			to.Add(&r, testkit.Quick(&r))
		})
		got := map[portTotal]flow.Count{}
		for _, p := range from.Ports() {
			got[portTotal{p.Proto.String(), p.Port, false}] = p.From
		}
		for _, p := range to.Ports() {
			got[portTotal{p.Proto.String(), p.Port, true}] = p.To
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s: %v, tshark %v", name, got, want)
		}
	}
	if counted < all*9/10 || all < corpusMinFrames {
		t.Errorf("%d of %d frames were counted", counted, all)
	}
	t.Logf("%d of %d frames were counted", counted, all)
}

func plusOne(c flow.Count, bytes uint32) flow.Count {
	c.Add(bytes)
	return c
}
