package main

import (
	"io"
	"time"

	bar "github.com/jedib0t/go-pretty/v6/progress"
)

// progressAfter is how long a file must take before a progress bar is shown.
const progressAfter = time.Second

// checkEvery is how many packets pass between two looks at the clock.
const checkEvery = 1 << 12

// A progress shows on a terminal how much of the input was read, once that takes long.
type progress struct {
	src     source
	out     io.Writer
	began   time.Time
	packets int
	writer  bar.Writer
	tracker *bar.Tracker
}

// newProgress shows nothing, ever, where out is no terminal, where lines are written to it meanwhile, or where nobody knows how much there is to read.
func newProgress(out io.Writer, src source, quiet bool) *progress {
	p := &progress{src: src, began: time.Now()}
	if _, tty := terminal(out); tty && quiet && src.Size() > 0 {
		p.out = out
	}
	return p
}

func (p *progress) tick() {
	if p.packets++; p.out == nil || p.packets%checkEvery != 0 {
		return
	}
	if p.writer == nil && time.Since(p.began) >= progressAfter {
		p.show()
	}
	if p.tracker != nil {
		p.tracker.SetValue(p.src.RawOffset())
	}
}

func (p *progress) show() {
	p.writer = bar.NewWriter()
	p.writer.SetOutputWriter(p.out)
	p.writer.SetStyle(bar.StyleDefault)
	p.writer.SetTrackerLength(30)
	p.writer.SetUpdateFrequency(200 * time.Millisecond)
	p.tracker = &bar.Tracker{Message: "reading", Total: p.src.Size(), Units: bar.UnitsBytes, RemoveOnCompletion: true}
	p.writer.AppendTracker(p.tracker)
	go p.writer.Render()
}

// close takes the bar away.
func (p *progress) close() {
	if p.writer == nil {
		return
	}
	p.tracker.MarkAsDone()
	for range 20 { // at most two seconds
		if !p.writer.IsRenderInProgress() {
			return
		}
		p.writer.Stop()
		time.Sleep(100 * time.Millisecond)
	}
}
