package render

import "unicode/utf8"

// A Style selects how text is formatted.
type Style struct {
	Color   bool // escape sequences of the sixteen ANSI colors
	Unicode bool // box characters and similar; plain ASCII if false
	Blocks  bool // block elements for bars, in eighths; number signs if false
	Group   bool // a comma between thousands of numbers
	Width   int  // greatest width of a line, in columns; 0 for no limit
}

// Legend explains the tags of port ranges in packet lines of a style. It ends each line with a line
// feed and fits the style's width.
func Legend(s Style) string {
	if s.Width > 0 && s.Width < fullWidth {
		const text = "s/r/d: system, registered, dynamic ports\n"
		if s.Width >= oneWidth {
			return "s/r/d: system, registered, dynamic ports (0-1023, 1024-49151, 49152-65535)\n"
		}
		return text
	}
	return "sys/reg/dyn: ports 0-1023, 1024-49151, 49152-65535\n"
}

// least is the least width of a clipped text, including the mark.
const least = 3

// clip shortens a text by up to over columns, marks the cut, and returns the columns removed.
func (s Style) clip(text string, over int) (string, int) {
	kept, cut := clipped([]byte(text), over)
	if cut == 0 {
		return text, 0
	}
	return string(kept) + s.clipMark(), cut
}

// clipped shortens a text by up to over columns. It returns the kept text without the mark, and how
// many columns the text loses, counting the mark.
func clipped(text []byte, over int) (kept []byte, cut int) {
	n := utf8.RuneCount(text)
	keep := max(least, n-over)
	if keep >= n {
		return text, 0
	}
	end := 0
	for range keep - 1 {
		_, size := utf8.DecodeRune(text[end:])
		end += size
	}
	return text[:end], n - keep
}

// clipMark returns the one-column mark of a cut.
func (s Style) clipMark() string {
	if s.Unicode {
		return "…"
	}
	return "~"
}
