package top_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/portsniff/portsniff/internal/top"
)

// Of more flows than a page has rows, the page has those with the most packets, in order.
func TestFirstRows(t *testing.T) {
	s := newScene(t)
	const flows, rows = 5000, 1000
	r := rand.New(rand.NewPCG(1, 2))
	sizes := make([]int, flows) // extra bytes of each flow
	for i := range sizes {
		sizes[i] = i
	}
	r.Shuffle(flows, func(i, j int) { sizes[i], sizes[j] = sizes[j], sizes[i] })
	for i, n := range sizes {
		s.tcp(1, 2, uint16(10000+i), 443, ack, string(make([]byte, n)))
	}
	s.wait(time.Second)
	q := top.Query{View: top.Flows, Window: top.Always, Sort: 2, // by bytes
		Columns: []string{"client", "bytes"}}
	page := s.engine.Rows(&q)
	if page.Total != flows || len(page.Order) != rows {
		t.Fatalf("%d of %d rows", len(page.Order), page.Total)
	}
	order := func(reverse bool) (ports []string) {
		sorted := slices.Clone(sizes)
		slices.Sort(sorted)
		if !reverse {
			slices.Reverse(sorted)
		}
		for _, n := range sorted[:rows] {
			ports = append(ports, fmt.Sprint("10.0.0.1:", 10000+slices.Index(sizes, n)))
		}
		return ports
	}
	check := func(reverse bool) {
		t.Helper()
		q.Reverse = reverse
		page := s.engine.Rows(&q)
		for i, want := range order(reverse) {
			got := page.Row(i)[0]
			if got = got[:len(want)]; got != want {
				t.Fatalf("reverse %t: row %d is %s, want %s", reverse, i, got, want)
			}
		}
	}
	check(false)
	check(true)
}

// Rows that keep their order come first, whatever their values. New rows follow, sorted.
func TestKeptRowsComeFirst(t *testing.T) {
	v := open(t, "services", nil)
	q := top.Query{View: top.Ports, Window: top.Always, Sort: 5} // by port
	all := v.engine.Rows(&q).Order
	q.Keep = []any{all[7], all[3]}
	want := slices.Concat(q.Keep, all[:3], all[4:7], all[8:])
	if got := v.engine.Rows(&q).Order; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
