package top_test

import (
	"io"
	"regexp"
	"strings"
	"testing"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/textutil"
	"github.com/portsniff/portsniff/internal/top"
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
			if regexp.MustCompile(`[▁▂▃▄▅▆▇█]…`).MatchString(v.text()) {
				t.Fatalf("at %d columns:\n%s", width, v.text())
			}
		}
	}
}

// On narrow terminals no text is cut in the middle: what does not fit is left out or wrapped.
func TestNarrowTerminals(t *testing.T) {
	v := open(t, "services", func(o *top.Options) {
		o.Save = func(string, func(io.Writer) error) (string, error) { return "", nil }
	})
	v.size(60, 24)
	v.press("2")
	v.has(`CLIENT +SERVER +▼↓ BIT/S$`)
	v.size(70, 24)
	v.has(`CLIENT +SERVER +▼↑ BIT/S +▼↓ BIT/S$`)
	v.press("4")
	v.size(60, 24)
	v.has(`known only while$`)
	v.has(`^ capturing, with -i$`)
	for _, c := range []struct {
		width int
		want  string
	}{{120, `s drawing \(SVG\) · Esc nothing$`}, {80, `j JSON · s SVG · Esc nothing$`},
		{60, `j JSON · s SVG · Esc nothing$`}, {40, `Save: p c j s · Esc nothing$`}} {
		v.size(c.width, 24)
		v.press("w")
		v.has(c.want)
		v.press("esc")
	}
}

// The help on a narrow terminal has whole lines, and says how it closes.
func TestNarrowHelp(t *testing.T) {
	v := open(t, "services", func(o *top.Options) { o.Player = still{} })
	v.press("?")
	for _, height := range []int{15, 24, 40} {
		v.size(60, height)
		v.has(`^ Tab +next view$`)
		v.has(`Any key closes this help\.$`)
	}
	v.has(`^ q, Ctrl-C +quit$`)
}
