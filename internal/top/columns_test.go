package top_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/textutil"
)

// owner answers that one program has all sockets.
func owner(sockets.Flow, bool) (sockets.Owner, bool) {
	return sockets.Owner{Process: sockets.Process{PID: 7, Name: "curl", User: "me"},
		Confidence: sockets.Exact}, true
}

// Only a capture has processes, so only it has a column for them.
func TestProcessColumn(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 50000, 443, "", "")
	v := s.shown(250, 70)
	for _, key := range []string{"1", "2", "3"} {
		v.press(key)
		v.hasNot(`PROCESS`)
		v.press("o")
		v.hasNot(`process`)
		v.press("esc")
	}
	s.engine.Processes = analysis.NewProcessTable(owner)
	a, b := s.end(1, 50000), s.end(2, 443)
	k, _ := flow.KeyOf(decode.ProtoTCP, a, b)
	s.engine.Processes.Add(k, true)
	s.engine.Processes.Gather()
	for _, key := range []string{"1", "2", "3"} {
		v.press(key)
		v.has(`PROCESS`)
		v.has(`443.* curl|10\.0\.0\.2 .* curl`)
	}
}

// Other columns use the width that processes do not need: at 80 columns, the range of a port is
// shown, and sparklines grow with the screen.
func TestColumnsUseTheWidth(t *testing.T) {
	v := open(t, "services", nil)
	for _, c := range []struct{ width, spark int }{{80, 15}, {120, 20}, {200, 60}, {250, 60}} {
		v.size(c.width, 30)
		v.press("1")
		v.has(`22/tcp +ssh +system .*[▁-█]`)
		// The sample takes 20 s, so its sparklines use the last third of their width.
		line := strings.TrimRight(v.line("179/tcp"), " \n")
		from := textutil.Columns(line[:strings.IndexAny(line, "▁▂▃▄▅▆▇█")]) -
			textutil.Columns(before(t, v.line("LAST 60 s"), "LAST"))
		if from < c.spark*2/3 || from >= c.spark {
			t.Errorf("%d columns: the sparkline begins at %d:\n%s", c.width, from, v.text())
		}
	}
}

func before(t *testing.T, line, text string) string {
	t.Helper()
	left, _, ok := strings.Cut(line, text)
	if !ok {
		t.Fatalf("%q is not in %q", text, line)
	}
	return left
}

// A sparkline is never cut off, because its end is the present.
func TestSparklinesAreWhole(t *testing.T) {
	v := open(t, "services", nil)
	for width := 60; width <= 260; width++ {
		v.size(width, 30)
		for _, key := range []string{"1", "3"} {
			v.press(key)
			if bad := regexp.MustCompile(`[▁▂▃▄▅▆▇█]…`).FindString(v.text()); bad != "" {
				t.Fatalf("at %d columns:\n%s", width, v.text())
			}
		}
	}
}
