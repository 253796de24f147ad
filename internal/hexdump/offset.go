package hexdump

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A mark is the text around the digits of an offset.
type mark struct {
	open, close string
	least, most int // number of digits
	style       style
}

// A style says how certainly a word with a mark is an offset.
type style uint8

const (
	bare   style = 1 << iota // only digits: at the start of a line, or after a known prefix
	marked                   // only offsets look like this; text may precede it
	short                    // with a colon, but similar to a number in a list
	brief                    // only two digits, similar to a byte
	absent                   // a dump without offsets
)

var marks = [...]mark{
	{"", "", 3, 16, bare},
	{"0x", ":", 1, 16, marked}, // tcpdump -x, gdb
	{"0x", "", 4, 16, marked},  // FortiGate, Cisco ASA, Junos
	{"", ":", 4, 16, marked},   // xxd, Cisco IOS, Linux kernel
	{"", " -", 4, 16, marked},  // OpenSSL
	{"", " |", 4, 16, marked},
	{"", "|", 4, 16, marked},  // Netty, whose rows begin with a bar
	{"[", "]", 4, 16, marked}, // ncat -o
	{"[0x", "]", 4, 16, marked},
	{"", "h", 4, 16, marked},
	{"", "h:", 4, 16, marked}, // 010 Editor
	{"", ":", 1, 6, short},    // snoop -x, lspci -xxx, dtrace
	{"", "", 2, 2, brief},
	{"0x", "", 1, 3, brief},
	{"", "", 0, 0, absent},
}

// read finds an offset at the start of s. It returns the digits and the length including the mark.
// A space or the end of the line must follow.
func (m *mark) read(s string) (digits string, length int, ok bool) {
	rest, ok := cutFold(s, m.open)
	if !ok {
		return "", 0, false
	}
	if m.style == bare { // 1234:0100 in DOS: the segment is not part of the offset
		if n := hexLen(rest); n == 4 && len(rest) > 9 && rest[4] == ':' && hexLen(rest[5:]) == 4 {
			rest = rest[5:]
		}
	}
	n := hexLen(rest)
	digits = rest[:n]
	rest = rest[n:]
	if n == 8 && strings.HasPrefix(rest, "`") && hexLen(rest[1:]) == 8 { // WinDbg
		digits += rest[1:9]
		rest = rest[9:]
	}
	if strings.HasPrefix(rest, " <") && m.open == "0x" { // gdb: <symbol+8>
		end := strings.IndexByte(rest[:min(len(rest), longestSymbol)], '>')
		if end < 0 {
			return "", 0, false
		}
		rest = rest[end+1:]
	}
	rest, ok = cutFold(rest, m.close)
	if !ok || len(digits) < m.least || len(digits) > m.most ||
		rest != "" && rest[0] != ' ' && rest[0] != '\t' {
		return "", 0, false
	}
	return digits, len(s) - len(rest), true
}

const longestSymbol = 200

// cutFold removes a prefix. It ignores case.
func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

// A hit is a line with a possible offset that is not at the end of the line.
type hit struct {
	line   int
	start  int    // of the offset in the line; a prefix is before it
	digits string // of the offset
	body   int    // where the line continues after the offset
	first  bool   // there is no unknown text before the offset
}

// hits finds the lines with this mark.
func (m *mark) hits(lines []string, starts []starts) (out []hit) {
	for n, l := range lines {
		if h, ok := m.find(l, starts[n]); ok && !isBitField(l) {
			h.line = n
			out = append(out, h)
		}
	}
	if len(out) > 0 || m.style != bare {
		return out
	}
	sure := false // two bytes follow at least one offset
	for n, l := range lines {
		if h, ok := m.findInside(l, starts[n].known[0]); ok && !isBitField(l) {
			h.line = n
			out = append(out, h)
			sure = sure || bytesIn(l[h.body:]) > 1
		}
	}
	if !sure {
		return nil
	}
	return out
}

// findInside finds an offset after any text. Bare digits are an offset if a byte follows.
func (m *mark) findInside(line string, at int) (hit, bool) {
	for at = nextWord(line, at); at < len(line); at = nextWord(line, at) {
		digits, n, ok := m.read(line[at:])
		body := at + n
		if !ok || body == len(line) || !isCellLike(line[body:]) {
			continue
		}
		if m.style == marked || len(digits) >= leastInside && bytesIn(line[body:]) > 0 {
			return hit{start: at, digits: digits, body: body}, true
		}
	}
	return hit{}, false
}

// leastInside is the least number of digits of a bare offset inside a line.
const leastInside = 4

// bytesIn counts the words of two hexadecimal digits at the start of s, up to 2.
func bytesIn(s string) int {
	for n := range 2 {
		s = s[blanks(s, 0):]
		if wordLen(s) != 2 || hexLen(s) < 2 {
			return n
		}
		s = s[2:]
	}
	return 2
}

// starts holds the positions where a line's content may begin: after spaces and after known
// prefixes.
type starts struct {
	known    []int
	numbered []int // also after a line number
}

const maxPrefixes = 8

// body returns the line without prefixes.
func (s *starts) body(line string) string { return line[s.known[len(s.known)-1]:] }

func startsOf(line string) (out starts) {
	at := blanks(line, 0)
	out.known = append(out.known, at)
	for range maxPrefixes {
		n := prefixLen(line[at:])
		list := &out.known
		if n == 0 && len(out.numbered) == 0 {
			n = lineNumber(line[at:])
			list = &out.numbered
		}
		if n == 0 {
			break
		}
		at = blanks(line, at+n)
		if len(out.numbered) > 0 {
			list = &out.numbered
		}
		*list = append(*list, at)
	}
	return out
}

// find finds an offset at the start of a line or after known prefixes. Marked offsets may follow
// any text.
func (m *mark) find(line string, s starts) (hit, bool) {
	for _, at := range s.known {
		if m.style == absent && isCellLike(line[at:]) {
			return hit{start: at, body: at, first: true}, true
		}
		if digits, n, ok := m.read(line[at:]); ok {
			return hit{start: at, digits: digits, body: at + n, first: true}, true
		}
	}
	if m.style == absent {
		return hit{}, false
	}
	for _, at := range s.numbered {
		if digits, n, ok := m.read(line[at:]); ok {
			return hit{start: at, digits: digits, body: at + n, first: true}, true
		}
	}
	if m.style != marked {
		return hit{}, false
	}
	return m.findInside(line, s.known[0])
}

// value returns the offset as a number.
func (h *hit) value(base int) (int, bool) {
	n, err := strconv.ParseUint(h.digits, base, 64)
	return int(n & (1<<62 - 1)), err == nil
}

// prefixes matches what mail, logs and source text add before a row.
var prefixes = sync.OnceValue(func() *regexp.Regexp {
	const clock = `\d\d:\d\d:\d\d(?:[.,]\d+)?`
	return regexp.MustCompile(`^(?:` + strings.Join([]string{
		`(?:[>|<][ \t]?)+`,              // mail, strace, nc -o
		`(?:/\*|//+|#+|\*+|;+|--)[ \t]`, // comments
		`[+-](?:[ \t]|$)`,               // diff
		`(?:<\d+>)?[A-Z][a-z]{2} [ \d]\d ` + clock + ` \S+ [^ :]+: `,         // syslog
		`\d{4}-\d\d-\d\d[T ]` + clock + `(?:Z|[+-]\d\d:?\d\d)? \S+ [^ :]+: `, // syslog, ISO 8601
		`\[ *\d+\.\d+\](?:\[ *[TC]\d+\])?[ :]`,                               // kernel
		`\d\d-\d\d ` + clock + ` +\d+ +\d+ [VDIWEFA] [^:]*: `,                // logcat
		`(?:\d\d-\d\d ` + clock + ` )?[VDIWEF]/[^(:]*(?:\( *\d+\))?: `,       // logcat
		`[*.]?[A-Z][a-z]{2} +\d+ (?:\d{4} )?` + clock + `(?: [A-Z]{3,4})?: `, // Cisco
		`[\w.-]+ +\| `, // docker compose
		`\[?(?:\d{4}-\d\d-\d\d[T ])?` + clock + `Z?\]?[ \t]`,
	}, "|") + `)`)
})

// lineNumbers matches what cat -n and grep -n add before a row.
var lineNumbers = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[1-9]\d{0,5}[:|\t][ \t]*`)
})

func lineNumber(s string) int {
	if s == "" || s[0] < '1' || s[0] > '9' {
		return 0
	}
	return len(lineNumbers().FindString(s))
}

func prefixLen(s string) int {
	if !mayHavePrefix(s) {
		return 0
	}
	return len(prefixes().FindString(s))
}

// mayHavePrefix is a fast check that avoids the regular expression for most lines.
func mayHavePrefix(s string) bool {
	switch {
	case len(s) < 5:
		return len(s) > 0 && strings.IndexByte("><|+-#*;/[", s[0]) >= 0
	case isHex(s[0]) && s[0] <= '9':
		return s[2] == ':' || s[2] == '-' || s[4] == '-' ||
			strings.Contains(s[:min(len(s), 40)], " | ")
	}
	return true
}

func blanks(s string, at int) int {
	for at < len(s) && (s[at] == ' ' || s[at] == '\t') {
		at++
	}
	return at
}

// nextWord returns the start of the word after the one at a position, or len(s).
func nextWord(s string, at int) int {
	for at < len(s) && s[at] != ' ' && s[at] != '\t' {
		at++
	}
	return blanks(s, at)
}

func hexLen(s string) int {
	n := 0
	for n < len(s) && isHex(s[n]) {
		n++
	}
	return n
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}
