package hexdump

import (
	"bytes"
	"html"
	"regexp"
	"strings"
	"sync"
	"unicode/utf16"
)

// IsText reports whether data is text: UTF-16 with a byte order mark, or without a zero byte.
func IsText(data []byte) bool {
	return bytes.IndexByte(data, 0) < 0 || isUTF16(string(data[:min(2, len(data))]))
}

// isUTF16 reports whether a text begins with the byte order mark of UTF-16, which PowerShell
// writes.
func isUTF16(text string) bool {
	return strings.HasPrefix(text, "\xff\xfe") || strings.HasPrefix(text, "\xfe\xff")
}

// escapeCodes matches the escape sequences that programs write to terminals, such as colors.
var escapeCodes = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile("\x1b\\[[0-9;]*[A-Za-z]")
})

// clean splits a text into lines. It removes the characters that copying adds: byte order marks,
// zero-width characters and terminal colors. It replaces no-break spaces by spaces.
func clean(text string) []string {
	text = fromUTF16(text)
	if strings.ContainsRune(text, '\x1b') {
		text = escapeCodes().ReplaceAllString(text, "")
	}
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Split(strings.Map(cleanRune, text), "\n")
}

// cleanRune returns the replacement of r, or -1 to remove it.
func cleanRune(r rune) rune {
	switch r {
	case '\ufeff', '\u200b', '\u200c', '\u200d', '\u2060', '\u200e', '\u200f':
		return -1
	case '\u00a0', '\u202f', '\u205f', '\u3000':
		return ' '
	case '\r', '\u0085', '\u2028', '\u2029':
		return '\n'
	}
	if '\u2000' <= r && r <= '\u200a' {
		return ' '
	}
	return r
}

// fromUTF16 returns a text as UTF-8.
func fromUTF16(text string) string {
	if !isUTF16(text) {
		return text
	}
	high, low := 0, 1
	if text[0] == 0xff {
		high, low = 1, 0
	}
	units := make([]uint16, 0, len(text)/2)
	for i := 2; i+1 < len(text); i += 2 {
		units = append(units, uint16(text[i+high])<<8|uint16(text[i+low]))
	}
	return string(utf16.Decode(units))
}

// unescape returns the lines with HTML entities decoded and typographic quotes replaced by plain
// ones. It returns nil if the lines contain neither.
func unescape(lines []string) []string {
	quotes := strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "‘", "'", "’", "'")
	out := make([]string, len(lines))
	changed := false
	for i, l := range lines {
		out[i] = strings.Map(cleanRune, html.UnescapeString(quotes.Replace(l)))
		changed = changed || out[i] != l
	}
	if !changed {
		return nil
	}
	return out
}
