package hexdump

import (
	"strings"
	"unicode"
)

// A token is a word, a string, a comment or one character of source text.
type token struct {
	kind       tokenKind
	line       int // from 0
	start, end int // bytes of the line
	text       string
	str        *literal // of a string
}

type tokenKind uint8

const (
	tokenWord tokenKind = iota
	tokenString
	tokenPunct
	tokenComment
)

// A lexer splits source text of any language into tokens.
type lexer struct {
	lines  []string
	line   int
	at     int
	tokens []token
	parts  []part
}

// lex returns no tokens if a string does not end or a character cannot be in source text.
func lex(lines []string) (*lexer, bool) {
	x := &lexer{lines: lines}
	for x.line = 0; x.line < len(lines); x.line++ {
		l := lines[x.line]
		for x.at = blanks(l, 0); x.at < len(l) && (l[x.at] == '>' || l[x.at] == '|'); {
			x.at = blanks(l, x.at+1) // of a quoted mail, or a prompt
		}
		if x.at > 0 {
			x.parts = append(x.parts, part{x.line, 0, x.at, partPrefix})
		}
		for x.at = blanks(l, x.at); x.line < len(lines) && x.at < len(x.lines[x.line]); {
			if !x.token() {
				return nil, false
			}
			x.at = blanks(x.lines[x.line], x.at)
		}
	}
	return x, true
}

// add makes a token of the next n bytes of the line.
func (x *lexer) add(kind tokenKind, n int) {
	l := x.lines[x.line]
	x.tokens = append(x.tokens,
		token{kind: kind, line: x.line, start: x.at, end: x.at + n, text: l[x.at : x.at+n]})
	x.at += n
}

func (x *lexer) token() bool {
	s := x.lines[x.line][x.at:]
	switch c := s[0]; {
	case strings.HasPrefix(s, "/*"):
		return x.comment()
	case strings.HasPrefix(s, "//"), strings.HasPrefix(s, "-- "),
		c == '#' && !strings.HasPrefix(s, "#x"):
		x.add(tokenComment, len(s))
	case c == '"' || c == '\'':
		return x.quoted(c)
	case wordChars(s) > 0:
		x.add(tokenWord, wordChars(s))
	case c > ' ' && c <= '~':
		x.add(tokenPunct, 1)
	default:
		return false
	}
	return true
}

// wordChars returns the length of the name or number at the start of s.
func wordChars(s string) int {
	n := 0
	switch {
	case s[0] == '-' && len(s) > 1 && '0' <= s[1] && s[1] <= '9', s[0] == '$', s[0] == '#':
		n = 1
	case strings.HasPrefix(strings.ToLower(s[:min(2, len(s))]), "&h"):
		n = 2
	}
	start := n
	n += nameLen(s[n:])
	if n == start {
		return 0
	}
	return n
}

// nameLen returns the length of the letters, digits and _ at the start of s. Most languages allow
// letters of any script in names.
func nameLen(s string) int {
	n := strings.IndexFunc(s, func(r rune) bool {
		return r != '_' && !unicode.IsLetter(r) && (r < '0' || r > '9')
	})
	if n < 0 {
		return len(s)
	}
	return n
}

// comment reads /* ... */, possibly over several lines. Wireshark's comments may contain */.
func (x *lexer) comment() bool {
	from := 2
	for {
		s := x.lines[x.line][x.at:]
		if n := strings.Index(s[min(from, len(s)):], "*/"); n >= 0 {
			end := from + n + 2
			for n = 0; n >= 0; end += max(n+2, 0) {
				if n = strings.Index(s[end:], "*/"); n < 0 || strings.Contains(s[end:end+n], "/*") {
					break
				}
			}
			x.add(tokenComment, end)
			return true
		}
		x.add(tokenComment, len(s))
		if x.line+1 == len(x.lines) {
			return false
		}
		x.line, x.at, from = x.line+1, 0, 0
	}
}

// quoted reads a string. A backslash at the end of a line continues it. In a string with Rust's
// prefix b the spaces at the start of the next line are skipped.
func (x *lexer) quoted(quote byte) bool {
	str := &literal{}
	if n := len(x.tokens); n > 0 && x.tokens[n-1].kind == tokenWord && x.tokens[n-1].end == x.at &&
		x.tokens[n-1].line == x.line {
		str.prefix = strings.ToLower(x.tokens[n-1].text)
	}
	line, at := x.line, x.at
	for from := at + 1; ; from = 0 {
		l := x.lines[x.line]
		if x.line > line && str.prefix == "b" {
			from = blanks(l, 0)
		}
		n := endOfString(l[from:], quote)
		if n >= 0 {
			str.raw += l[from : from+n]
			x.parts = append(x.parts, part{x.line, from, from + n, partDigits})
			x.at = from + n + 1
			break
		}
		if !strings.HasSuffix(l, `\`) || x.line+1 == len(x.lines) {
			return false
		}
		str.raw += l[from : len(l)-1]
		x.parts = append(x.parts, part{x.line, from, len(l), partDigits})
		x.line++
	}
	x.tokens = append(x.tokens,
		token{kind: tokenString, line: line, start: at, end: at + 1, text: string(quote), str: str})
	x.parts = append(x.parts, part{x.line, x.at - 1, x.at, partMark})
	return true
}

// endOfString returns the index of the quote that ends a string, or -1 if it is not on the line.
func endOfString(s string, quote byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case quote:
			return i
		}
	}
	return -1
}
