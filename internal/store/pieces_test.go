package store_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/corpustest"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/store"
	"github.com/portsniff/portsniff/pcaps"
)

// cuts returns random positions that cut a list into n pieces, in order.
func cuts(r *rand.Rand, length, n int) []int {
	list := []int{0, length}
	for range n - 1 {
		list = append(list, r.IntN(length+1))
	}
	slices.Sort(list)
	return list
}

// exportPieces stores a capture in pieces, each as a separate capture.
func exportPieces(t *testing.T, d *store.Folder, list []capture.Record, cuts []int) {
	t.Helper()
	for i := range cuts[1:] {
		piece := slices.Clone(list[cuts[i]:cuts[i+1]])
		for n := range piece {
			piece[n].Number = int64(n + 1)
		}
		export(t, d, fmt.Sprintf("piece %d", i), piece, timeouts)
	}
}

// exact reports whether pieces of a capture must have the same tables as the whole. They may differ
// if the fragments of a datagram may be in different pieces, or if the times do not show which
// piece is first.
func exact(list []capture.Record) bool {
	var p decode.Packet
	last := int64(flow.NoTime)
	for i := range list {
		r := &list[i]
		p.Decode(r.Link, r.Data, int(r.Length))
		if p.Frag.Is || r.Nanos == flow.NoTime || r.Nanos < last {
			return false
		}
		last = r.Nanos
	}
	return true
}

func checkPieces(t *testing.T, name string, list []capture.Record) (compared bool) {
	t.Helper()
	if len(list) == 0 || !exact(list) {
		return false
	}
	h := fnv.New64()
	h.Write([]byte(name))
	r := rand.New(rand.NewPCG(h.Sum64(), 9))
	wantPorts, wantFlows := direct(list, nil)
	wantHosts := directHosts(list, nil)
	for n := 1; n <= 5; n++ {
		d := newFolder(t)
		at := cuts(r, len(list), n)
		exportPieces(t, d, list, at)
		ports, flows := load(t, d.Path, nil)
		what := fmt.Sprintf("%s cut at %v", name, at)
		if !same(t, what, narrow(ports), narrow(wantPorts)) ||
			!same(t, what, wide(flows), wide(wantFlows)) ||
			!same(t, what, loadHosts(t, d.Path, nil), wantHosts) {
			break
		}
	}
	return true
}

// A capture that is cut at any positions and stored piece by piece equals the whole capture.
func TestPiecesOfSamples(t *testing.T) {
	compared := 0
	for _, s := range pcaps.List() {
		if checkPieces(t, s.Name, packets(t, s.Name)) {
			compared++
		}
	}
	if compared < 30 {
		t.Errorf("only %d samples were compared", compared)
	}
}

// TestPiecesOfCorpus does the same with real captures.
func TestPiecesOfCorpus(t *testing.T) {
	names := tree(t, corpustest.Corpus(t))
	rand.New(rand.NewPCG(1, 1)).Shuffle(len(names), func(i, j int) {
		names[i], names[j] = names[j], names[i]
	})
	most := 100
	if testing.Short() {
		most = 35
	}
	compared := 0
	for _, name := range names {
		if info, err := os.Stat(name); err != nil || info.Size() > 1<<20 {
			continue
		}
		list, err := readAll(name)
		if err == nil && checkPieces(t, filepath.Base(name), list) {
			if compared++; compared == most {
				break
			}
		}
	}
	if compared < 30 {
		t.Errorf("only %d files were compared", compared)
	}
	t.Logf("%d files", compared)
}
