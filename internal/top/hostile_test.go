package top_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/decode"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/sockets"
	"github.com/portsniff/portsniff/internal/top"
)

// hostile contains a color, the C1 control character CSI, an end of line, and a character that
// reverses the writing direction.
const hostile = "a\x1b[31mb\u009b32mc\nd\u202ee"

// harmless reports an error for control characters, including C1, and for a character that reverses
// the writing direction.
func harmless(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = sgr.ReplaceAllString(strings.TrimSuffix(line, "\n"), "")
		if i := strings.IndexFunc(line, func(r rune) bool {
			return r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e'
		}); i >= 0 {
			t.Errorf("%s: a control character: %q", what, line)
		}
	}
}

// shown returns a terminal that shows the scene.
func (s *scene) shown(width, height int) *terminal {
	v := &terminal{t: s.t, engine: s.engine, clock: s.at}
	v.Model = top.New(top.Options{Engine: s.engine, Locked: func(f func()) { f() },
		Style: render.Style{Unicode: true}, Now: func() time.Time { return v.clock }})
	v.size(width, height)
	return v
}

// The names of processes and users may contain control characters. Neither views nor sentences show
// them unescaped.
func TestHostileProcess(t *testing.T) {
	s := newScene(t)
	s.engine.Processes = analysis.NewProcessTable(
		func(sockets.Flow, bool) (sockets.Owner, bool) {
			return sockets.Owner{Process: sockets.Process{PID: 7, Name: hostile, User: hostile},
				Confidence: sockets.Exact}, true
		})
	s.connect(1, 2, 50000, 443, "", "")
	k, _ := flow.KeyOf(decode.ProtoTCP, s.end(1, 50000), s.end(2, 443))
	s.engine.Processes.Add(k, true)
	s.engine.Processes.Gather()
	v := s.shown(250, 20)
	for _, keys := range [][]string{{"1"}, {"2"}, {"3"}, {"4"}, {"enter"}, {"enter"}} {
		v.press(keys...)
		harmless(t, strings.Join(keys, " "), v.Screen())
		if keys[0] != "enter" {
			v.has(`a\\x1b\[31mb\\u009b32mc\\nd\\u202ee`)
		}
	}
	for _, line := range top.NewReporter(s.engine, top.Always).Changes() {
		harmless(t, "a sentence", line)
	}
}

// Text that is pasted into the filter becomes one line without control characters.
func TestHostileFilter(t *testing.T) {
	v := open(t, "services", nil)
	v.size(200, 20)
	v.press("/")
	v.Update(tea.PasteMsg{Content: hostile})
	harmless(t, "typed", v.Screen())
	v.has(`^/ a\[31mb`)
	v.press("enter")
	harmless(t, "applied", v.Screen())
}

// The newest thousand alerts are kept, and all alerts are counted.
func TestAlertsAreBounded(t *testing.T) {
	s := newScene(t)
	for y := range byte(250) {
		for _, port := range []uint16{21, 22, 25, 110, 143} {
			s.connect(1, y+2, 50000, port, httpRequest, "")
		}
	}
	s.engine.LookAll()
	list, n := s.engine.Alerts()
	if len(list) != 1000 || n != 1250 {
		t.Errorf("%d of %d alerts", len(list), n)
	}
	v := s.shown(160, 20)
	v.press("6", "end")
	v.has(`6 Alerts \(1250\)`)
	v.has(fmt.Sprintf(`▌.* %s *$`, grouped(list[0].Frame)))
	v.press("enter")
	v.has(fmt.Sprintf(`▌ *%d `, list[0].Frame))
}

// Probes of at most 1024 hosts are kept. Beyond that, hosts that were quiet for a minute are
// removed, or all hosts if none was. A host that probes afterwards still raises an alert.
func TestProbesOfManyHosts(t *testing.T) {
	for _, quiet := range []time.Duration{0, 2 * time.Minute} {
		s := newScene(t)
		for i := range 1500 {
			host := [4]byte{172, 16, byte(i >> 8), byte(i)}
			s.segment(host, [4]byte{10, 0, 0, 2}, 50000, 80, syn, "")
			if i == 1000 {
				s.wait(quiet)
			}
		}
		for port := range uint16(20) {
			s.tcp(1, 2, 50000+port, 100+port, syn, "")
		}
		s.wants("scan")
	}
}

// grouped returns a number of up to four digits in the screen's format.
func grouped(n int64) string {
	return regexp.MustCompile(`^(\d)(\d{3})$`).ReplaceAllString(fmt.Sprint(n), "$1,$2")
}

// The JSON of an alert contains the number of its packet, or null if no packet shows it.
func TestAlertJSON(t *testing.T) {
	s := newScene(t)
	s.connect(1, 2, 50000, 443, "", "")
	s.connect(1, 2, 50001, 4444, httpRequest, "")
	s.engine.Lost(3)
	var got []any
	for _, a := range s.wants("loss", "odd-port") {
		var out strings.Builder
		if err := a.WriteJSON(&out); err != nil {
			t.Fatal(err)
		}
		var o map[string]any
		if err := json.Unmarshal([]byte(out.String()), &o); err != nil {
			t.Fatal(err)
		}
		got = append(got, o["frame"])
	}
	if got[0] != nil || got[1] != 4.0 { // three packets came before the connection to 4444
		t.Errorf("frames %v", got)
	}
}
