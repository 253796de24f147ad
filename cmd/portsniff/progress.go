package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
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
	bar     *progressbar.ProgressBar
}

// newProgress shows nothing, ever, where out is no terminal, where lines are written to it meanwhile, or where nobody knows how much there is to read.
func newProgress(out io.Writer, src source, quiet bool) *progress {
	p := &progress{src: src, began: time.Now()}
	if _, tty := terminal(out); tty && quiet && src.Size() > 0 {
		p.out = out
	}
	return p
}

// tick takes note of n more packets.
func (p *progress) tick(n int) {
	looks := p.packets / checkEvery
	if p.packets += n; p.out == nil || p.packets/checkEvery == looks {
		return
	}
	if p.bar == nil && time.Since(p.began) >= progressAfter {
		p.bar = progressbar.NewOptions64(p.src.Size(), progressbar.OptionSetWriter(p.out), progressbar.OptionSetDescription("reading"),
			progressbar.OptionSetTheme(progressbar.ThemeASCII), progressbar.OptionSetWidth(30), progressbar.OptionShowBytes(true),
			progressbar.OptionShowTotalBytes(true), progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	if p.bar != nil {
		p.draw(p.bar.Set64(min(p.src.RawOffset(), p.src.Size())))
	}
}

// close takes the bar away.
func (p *progress) close() {
	if p.bar != nil {
		p.draw(p.bar.Clear())
	}
}

// draw gives the bar up where the terminal does not take it: the work goes on.
func (p *progress) draw(err error) {
	if err != nil {
		p.out, p.bar = nil, nil
	}
}
