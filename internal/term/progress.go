//go:build !js

package term

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

const (
	progressAfter = time.Second // how long reading must take before a bar appears
	checkEvery    = 1 << 12     // packets between two checks of the clock
)

// An Input is read from its beginning to its end.
type Input interface {
	RawOffset() int64 // bytes read so far
	Size() int64      // total bytes; 0 or less if unknown
}

// A Progress shows on a terminal how much of an input was read. It appears only if reading takes
// long.
type Progress struct {
	in      Input
	out     io.Writer // nil if nothing is shown
	began   time.Time
	packets int
	bar     *progressbar.ProgressBar
}

// NewProgress returns a Progress on out. It shows nothing if out is nil or not a terminal, or if
// the input's size is unknown.
func NewProgress(out io.Writer, in Input) *Progress {
	p := &Progress{in: in, began: time.Now()}
	if Is(out) && in.Size() > 0 {
		p.out = out
	}
	return p
}

// Add counts n more packets.
func (p *Progress) Add(n int) {
	checks := p.packets / checkEvery
	if p.packets += n; p.out == nil || p.packets/checkEvery == checks {
		return
	}
	if p.bar == nil && time.Since(p.began) >= progressAfter {
		p.bar = progressbar.NewOptions64(p.in.Size(), progressbar.OptionSetWriter(p.out),
			progressbar.OptionSetDescription("reading"), progressbar.OptionSetWidth(30),
			progressbar.OptionSetTheme(progressbar.ThemeASCII), progressbar.OptionShowBytes(true),
			progressbar.OptionShowTotalBytes(true),
			progressbar.OptionThrottle(200*time.Millisecond),
			progressbar.OptionClearOnFinish())
	}
	if p.bar != nil {
		p.draw(p.bar.Set64(min(p.in.RawOffset(), p.in.Size())))
	}
}

// Close removes the bar.
func (p *Progress) Close() {
	if p.bar != nil {
		p.draw(p.bar.Clear())
	}
}

// draw removes the bar after an error of the terminal. Reading continues.
func (p *Progress) draw(err error) {
	if err != nil {
		p.out, p.bar = nil, nil
	}
}
