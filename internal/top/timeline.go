package top

import (
	"fmt"
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/portsniff/portsniff/internal/render"
)

// playState returns the word for the state of the player.
func (m *Model) playState() string {
	switch p := m.opt.Player.Position(); {
	case p.Reading:
		return "READING"
	case p.Playing:
		return "PLAYING"
	case p.Last != 0 && p.Now >= p.Last, p.First == 0:
		return "END"
	}
	return "PAUSED"
}

// failure returns the lines of the error that ended the input, none if there was no error.
func (m *Model) failure() (lines []string) {
	why := m.why
	if m.opt.Player != nil {
		why = m.opt.Player.Position().Err
	}
	if why == "" {
		return nil
	}
	const most = 2
	wrapped := strings.Split(ansi.Wrap(why, max(m.width-2, 1), ""), "\n")
	for _, line := range wrapped[:min(len(wrapped), most)] {
		lines = append(lines, " "+tint(m.opt.Style, render.ToneWrong, line))
	}
	return lines
}

// timeLine returns the line that shows the current position in the file.
func (m *Model) timeLine() string {
	p := m.opt.Player.Position()
	if p.First == 0 && p.Now == 0 {
		return " no packet with a time"
	}
	left := " " + clock(p.Now-p.First) + " "
	right := " " + time.Unix(0, p.Now).Format("2006-01-02 15:04:05")
	if p.Last != 0 {
		right = " " + clock(p.Last-p.First) + " " + right
	}
	right += fmt.Sprintf("  %gx ", p.Speed)
	space := m.width - len(left) - len(right)
	const least = 10
	if space < least || p.Last <= p.First {
		return left + right
	}
	at := int(float64(space-1) * min(float64(p.Now-p.First)/float64(p.Last-p.First), 1))
	at = max(at, 0)
	return left + strings.Repeat("─", at) + "●" + strings.Repeat("─", space-1-at) + right
}
