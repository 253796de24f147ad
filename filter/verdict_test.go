package filter_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/portsniff/portsniff/filter"
	"github.com/portsniff/portsniff/linktype"
)

// TestVerdicts runs every expression of the table on every frame of the samples, by link type. The
// selected frames must be tcpdump's. An expression that tcpdump rejects must be rejected. The error
// for an expression that selects nothing may also be an empty result, and the reverse.
func TestVerdicts(t *testing.T) {
	tool := tcpdump(t)
	rows := table(t)
	if testing.Short() {
		t.Log("SKIPPED: with -short only every tenth expression is compared")
		rows = slices.DeleteFunc(rows, func(r row) bool { return r.differ || len(r.expr)%10 != 0 })
	}
	all := frames(t)
	if len(all) != len(filter.LinkTypes()) {
		t.Fatalf("frames of %d link types only", len(all))
	}
	var wait sync.WaitGroup
	jobs := make(chan func())
	for range 2 {
		wait.Go(func() {
			for job := range jobs {
				job()
			}
		})
	}
	var mu sync.Mutex
	differs := map[string]bool{}
	for link, list := range all {
		file := writeCapture(t, link, list)
		for _, r := range rows {
			jobs <- func() {
				want, refused := selected(t, tool, file, r.expr)
				again := func() []int {
					list,
						_ := selected(t, tool, file, r.expr, "-O")
					return list
				}
				err := check(r.expr, link, list, want, refused, again, false)
				if err == nil && r.refused && refused == "" {
					err = errors.New("tcpdump accepts this, against the table")
				}
				switch {
				case r.differ && err != nil:
					mu.Lock()
					differs[r.expr] = true
					mu.Unlock()
				case err != nil && !r.differ:
					t.Errorf("link type %d: %s: %v", link, r.expr, err)
				}
			}
		}
	}
	close(jobs)
	wait.Wait()
	for _, r := range rows {
		if r.differ && !differs[r.expr] {
			t.Errorf("%s: tcpdump does not differ, against the table", r.expr)
		}
	}
}

// check compares the frames that an expression selects with tcpdump's default results in want, also
// on cut frames. again returns tcpdump's results without its optimizer, which are also accepted in
// three cases. First, for a negative index, which libpcap may find only with or without its
// optimizer, see TestNegativeIndex. Second, for linktype.Null: libpcap compares IPv4's number in
// the byte order of the file, this package in either, so it knows less afterwards. Third, if random
// is set, for frames that were cut or are short: the optimized part of not (not (80 or not 80) and
// 80) depends on the optimizer.
func check(expr string, link linktype.Type, list []frame, want []int, refused string,
	again func() []int, random bool) error {
	p, err := filter.Compile(expr, filter.Options{Link: link, Services: services})
	if err != nil && !errors.Is(err, filter.ErrNothing) {
		if refused == "" || nothing(refused) {
			return fmt.Errorf("tcpdump takes it, we don't: %w", err)
		}
		return nil
	}
	if refused != "" && !nothing(refused) {
		return fmt.Errorf("we take it, tcpdump does not: %s", strings.TrimSpace(refused))
	}
	var got []int
	if p != nil {
		got = verdicts(p, list)
	}
	if slices.Equal(got, want) {
		return nil
	}
	plain := set(again(), len(list))
	mine, theirs := set(got, len(list)), set(want, len(list))
	excused := link == linktype.Null || strings.Contains(expr, "[-")
	for i, f := range list {
		early := len(f.data) < f.wire || f.wire < 70
		if theirs[i] == mine[i] || mine[i] == plain[i] && (excused || random && early) {
			continue
		}
		return fmt.Errorf("%d frames, want %d; first where they differ: %s", len(got), len(want),
			describe(i, f))
	}
	return nil
}

// set returns the members of a list as flags.
func set(list []int, n int) []bool {
	s := make([]bool, n)
	for _, i := range list {
		s[i] = true
	}
	return s
}

// describe formats a frame with different results.
func describe(i int, f frame) string {
	return fmt.Sprintf("frame %d (%d of %d bytes) %x", i, len(f.data), f.wire,
		f.data[:min(len(f.data), 80)])
}
