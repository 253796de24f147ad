package top_test

import (
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/portsniff/portsniff/capture"
	"github.com/portsniff/portsniff/capture/pcapfile"
	"github.com/portsniff/portsniff/internal/analysis"
	"github.com/portsniff/portsniff/internal/flow"
	"github.com/portsniff/portsniff/internal/render"
	"github.com/portsniff/portsniff/internal/top"
	"github.com/portsniff/portsniff/pcaps"
)

// A terminal is a Model under test.
type terminal struct {
	*top.Model
	t      *testing.T
	engine *top.Engine
	clock  time.Time
}

// frames calls add for every packet of a sample.
func frames(t *testing.T, sample string, a *analysis.Analyzer, add func(*analysis.Frame)) {
	t.Helper()
	f, err := pcaps.Open(sample)
	if err != nil {
		t.Fatal(err)
	}
	src, err := pcapfile.NewReader(f, sample, pcapfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for {
		var p capture.Packet
		switch err := src.Next(&p); {
		case errors.Is(err, io.EOF):
			return
		case err != nil:
			t.Fatal(err)
		}
		add(a.Packet(&p))
	}
}

// open returns a terminal that shows a sample, read to its end.
func open(t *testing.T, sample string, change func(*top.Options)) *terminal {
	t.Helper()
	a := analysis.New(flow.Options{Memory: 1 << 20})
	e := top.NewEngine(a.Flows)
	frames(t, sample, a, e.Add)
	v := &terminal{t: t, engine: e, clock: time.Unix(1_800_000_000, 0)}
	opt := top.Options{Engine: e, Locked: func(f func()) { f() }, Name: sample,
		Source: []string{"-r", sample + ".pcap"}, Style: render.Style{Unicode: true},
		Now: func() time.Time { return v.clock }}
	if change != nil {
		change(&opt)
	}
	v.Model = top.New(opt)
	v.size(100, 30)
	return v
}

func (v *terminal) size(width, height int) {
	v.Update(tea.WindowSizeMsg{Width: width, Height: height})
}

// keys are the special keys by tea's names. Other texts are typed as characters.
var keys = map[string]tea.Key{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab},
	"shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift}, "up": {Code: tea.KeyUp},
	"down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	"home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd}, "pgup": {Code: tea.KeyPgUp},
	"pgdown": {Code: tea.KeyPgDown}, "space": {Code: tea.KeySpace, Text: " "},
	"backspace": {Code: tea.KeyBackspace}, "ctrl+c": {Code: 'c', Mod: tea.ModCtrl},
	"ctrl+u": {Code: 'u', Mod: tea.ModCtrl}, "ctrl+w": {Code: 'w', Mod: tea.ModCtrl},
}

// press presses keys and returns the command of the last one.
func (v *terminal) press(list ...string) (cmd tea.Cmd) {
	for _, name := range list {
		if k, ok := keys[name]; ok {
			_, cmd = v.Update(tea.KeyPressMsg(k))
			continue
		}
		for _, r := range name {
			_, cmd = v.Update(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
	return cmd
}

// text returns the screen without colors.
func (v *terminal) text() string { return ansi.Strip(v.Screen()) }

// line returns the first line that contains a text.
func (v *terminal) line(part string) string {
	for line := range strings.Lines(v.text()) {
		if strings.Contains(line, part) {
			return line
		}
	}
	v.t.Helper()
	v.t.Fatalf("no line has %q:\n%s", part, v.text())
	return ""
}

// has reports an error unless a regular expression matches the screen.
func (v *terminal) has(pattern string) {
	v.t.Helper()
	if !regexp.MustCompile("(?m)" + pattern).MatchString(v.text()) {
		v.t.Errorf("%q does not match\n%s", pattern, v.text())
	}
}

func (v *terminal) hasNot(pattern string) {
	v.t.Helper()
	if regexp.MustCompile("(?m)" + pattern).MatchString(v.text()) {
		v.t.Errorf("%q matches\n%s", pattern, v.text())
	}
}

// column returns the ports in the first column of the rows.
func (v *terminal) column() (list []string) {
	for line := range strings.Lines(v.text()) {
		if m := regexp.MustCompile(`^[ ▌](\d+/\w+) `).FindStringSubmatch(line); m != nil {
			list = append(list, m[1])
		}
	}
	return list
}

// still is a player that is playing but never moves.
type still struct{}

func (still) Position() top.Position { return top.Position{Playing: true, Speed: 1} }

func (still) Play(bool) {}

func (still) MoveTo(int64) {}

func (still) Speed(bool) {}

func (still) Recount() {}
