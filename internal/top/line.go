package top

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"github.com/portsniff/portsniff/internal/textutil"
)

// maxLine is the maximum length of a filter, in characters.
const maxLine = 1000

// A line is a text that the user types.
type line struct {
	text []rune
	at   int // position of the cursor
}

func (l *line) String() string { return string(l.text) }

// set replaces the text.
func (l *line) set(text string) {
	l.text = []rune(text)
	l.at = len(l.text)
}

// insert inserts a text at the cursor. It skips control characters.
func (l *line) insert(text string) {
	for _, r := range text {
		if r >= ' ' && r != 0x7f && len(l.text) < maxLine {
			l.text = slices.Insert(l.text, l.at, r)
			l.at++
		}
	}
}

// press handles a key. It supports the common keys of readline.
func (l *line) press(k tea.KeyPressMsg) {
	switch k.String() {
	case "left", "ctrl+b":
		l.at = max(l.at-1, 0)
	case "right", "ctrl+f":
		l.at = min(l.at+1, len(l.text))
	case "home", "ctrl+a":
		l.at = 0
	case "end", "ctrl+e":
		l.at = len(l.text)
	case "backspace", "ctrl+h":
		if l.at > 0 {
			l.text = slices.Delete(l.text, l.at-1, l.at)
			l.at--
		}
	case "delete", "ctrl+d":
		if l.at < len(l.text) {
			l.text = slices.Delete(l.text, l.at, l.at+1)
		}
	case "ctrl+u":
		l.text = slices.Delete(l.text, 0, l.at)
		l.at = 0
	case "ctrl+k":
		l.text = l.text[:l.at]
	case "ctrl+w":
		from := l.at
		for from > 0 && l.text[from-1] == ' ' {
			from--
		}
		for from > 0 && l.text[from-1] != ' ' {
			from--
		}
		l.text = slices.Delete(l.text, from, l.at)
		l.at = from
	default:
		l.insert(k.Text)
	}
}

// view returns the text with the cursor in reverse video, safe for a terminal. If the text before
// the cursor is too long, it returns only its end.
func (l *line) view(width int) string {
	before, under, after := string(l.text[:l.at]), " ", ""
	if l.at < len(l.text) {
		under, after = string(l.text[l.at]), string(l.text[l.at+1:])
	}
	before = textutil.Escape(before)
	for textutil.Columns(before) > max(width-2, 0) && before != "" {
		before = string([]rune(before)[1:])
	}
	return before + reverse(textutil.Escape(under)) + textutil.Escape(after)
}
