package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/pipeline"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/selection"
)

// TestFlowsFitTheWidth checks that no line of the flows table is wider than the given width, for 80
// columns and more. A row may lose its last columns only, never one in the middle.
func TestFlowsFitTheWidth(t *testing.T) {
	t.Parallel()
	folded := 0
	for _, name := range captures(t) {
		c := pipeline.NewFlows(flow.Options{})
		countFile(t, name, 1, c, func(*capture.Record) {})
		rows := func(width int) (lines, heads []string) {
			var b bytes.Buffer
			below := false
			v := render.FlowView{Table: c.Table, Top: 50}
			if err := v.Write(&b, render.FormatText, render.Style{Width: width}); err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(b.String()) {
				line = strings.TrimSuffix(line, "\n")
				isRow := strings.HasPrefix(line, "proto ") ||
					slices.Contains(selection.ProtoNames(), strings.Fields(line)[0])
				switch {
				case isRow:
					heads = append(heads, line)
				case strings.HasPrefix(line, "  ") && !below:
					heads[len(heads)-1] += " " + line
					folded++
				default: // lines below the table
					below = true
					continue
				}
				lines = append(lines, line)
			}
			return lines, heads
		}
		_, whole := rows(0)
		for _, width := range []int{80, 100, 132} {
			lines, heads := rows(width)
			for _, line := range lines {
				if n := utf8.RuneCountInString(line); n > width {
					t.Errorf("%s: %d columns: %s", name, n, line)
				}
			}
			if len(heads) != len(whole) {
				t.Fatalf("%s: %d rows, and %d without a width", name, len(heads), len(whole))
			}
			for i := range heads {
				got, want := strings.Fields(heads[i]), strings.Fields(whole[i])
				// a row may lose four words: the payload has one, the duration two
				if len(got) > len(want) || len(got) < len(want)-4 ||
					!slices.Equal(got, want[:len(got)]) {
					t.Errorf("%s: %q in place of %q", name, heads[i], whole[i])
				}
			}
		}
	}
	if folded == 0 {
		t.Error("no row of any capture takes two lines")
	}
}
