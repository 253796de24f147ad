package filter

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/portsniff/portsniff/internal/textutil"
)

// An Error describes what is wrong with an expression, and where.
type Error struct {
	Expr string // the whole expression
	// the bytes of Expr with the error; both are len(Expr) if something is missing at the end
	At, End int
	Problem string
	Hint    string // a suggestion, or ""

	cause error
}

// Unwrap returns ErrNothing for an expression that selects nothing, ErrWord for one with an unknown
// word, else nil.
func (e *Error) Unwrap() error { return e.cause }

// Error returns the problem in one line, with a suggestion.
func (e *Error) Error() string {
	s := e.Problem
	if w := e.word(); w != "" {
		s = `"` + w + `": ` + s
	}
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// word returns the wrong text, or its start if it is long, escaped for a terminal. It keeps a
// single backslash, because \tcp is the syntax of a protocol's name.
func (e *Error) word() string {
	if e.At < 0 || e.End > len(e.Expr) || e.At >= e.End {
		return ""
	}
	w, more := e.Expr[e.At:e.End], ""
	if len(w) > around {
		w, more = w[:runeStart(w, around)], "…"
	}
	quoted := strconv.Quote(w)
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\\`, `\`) + more
}

// around is the number of bytes of a long expression that Point shows before and after the error.
const around = 60

// Point returns two lines: the expression, and below it a caret under the first wrong character and
// a tilde under each other one. If an expression has more than 120 bytes, it shows the part around
// the error. For terminals, it replaces white space with blanks, and other control characters with
// question marks.
func (e *Error) Point() string {
	from, to := 0, len(e.Expr)
	if to > 2*around {
		from, to = runeStart(e.Expr, max(0, e.At-around)), runeStart(e.Expr, min(to, e.At+around))
	}
	var text, marks strings.Builder
	if from > 0 {
		text.WriteString("…")
		marks.WriteByte(' ')
	}
	for i, r := range e.Expr[from:to] {
		text.WriteRune(visible(r))
		switch i += from; {
		case i < e.At:
			marks.WriteByte(' ')
		case i == e.At:
			marks.WriteByte('^')
		case i < e.End:
			marks.WriteByte('~')
		}
	}
	if to < len(e.Expr) {
		text.WriteString("…")
	}
	if e.At >= len(e.Expr) {
		marks.WriteByte('^')
	}
	return text.String() + "\n" + marks.String()
}

// visible replaces a character that a terminal might interpret.
func visible(r rune) rune {
	switch {
	case r == '\t' || r == '\r' || r == '\n':
		return ' '
	case r < ' ' || r >= 0x7f && r < 0xa0:
		return '?'
	}
	return r
}

// runeStart returns the start of the character with the byte at a position of s.
func runeStart(s string, at int) int {
	for at > 0 && at < len(s) && !utf8.RuneStart(s[at]) {
		at--
	}
	return at
}

// expected returns the error for the next token if something else is required.
func (p *parser) expected(what string, words ...string) error {
	t := p.peek()
	e := &Error{At: t.at, End: t.end, Problem: "expected " + what}
	if t.kind == kindName {
		e.Hint = meant(t.text, slices.Values(words))
	}
	return e
}

// trailing returns the error for text after a complete expression. If the text follows a name that
// is similar to a word of the language, the error is about the name.
func (p *parser) trailing() error {
	if last := p.tokens[max(p.pos-1, 0)]; last.kind == kindName && isID(p.peek()) {
		if hint := meant(last.text, usable); hint != "" {
			return &Error{At: last.at, End: last.end, Problem: ErrWord.Error(), Hint: hint,
				cause: ErrWord}
		}
	}
	return p.expected("and, or, or the end", "and", "or")
}

// missing returns the error for qualifiers with nothing after them.
func (p *parser) missing(q qualifiers) error {
	what := map[string]string{
		"port":       "a port number or the name of a service",
		"portrange":  "two port numbers with a dash between",
		"net":        "a network such as 10.0.0.0/8",
		"proto":      `a protocol's number, or its name with a backslash: \tcp`,
		"protochain": `a protocol's number, or its name with a backslash: \tcp`,
		"gateway":    "a name",
	}[q.kind]
	if what == "" {
		what = "an address"
	}
	e := p.expected(what).(*Error)
	if t := p.peek(); t.kind == kindWord && (q.kind == "proto" || q.kind == "protochain") &&
		slices.Contains(protocols, t.text) {
		e.Hint = "did you mean \\" + t.text + "?"
	}
	if t := p.peek(); t.kind == kindWord && q.dir != "" && slices.Contains(protocols, t.text) {
		e.Hint = "write the protocol before the direction: " + t.text + " " + q.dir
	}
	return e
}

// unknown returns the error for a word that begins no primitive. Numbers and addresses may be alone
// only if the previous primitive has qualifiers.
func (p *parser) unknown() error {
	t := p.peek()
	e := &Error{At: t.at, End: t.end,
		Problem: "expected a primitive such as port 443, host 10.0.0.1 or tcp"}
	switch {
	case t.kind == kindName:
		e.Problem, e.cause = ErrWord.Error(), ErrWord
		e.Hint = meant(t.text, usable)
	case t.kind == kindDotted || t.kind == kindIPv6:
		e.Problem, e.Hint = "an address alone says not enough", "did you mean host "+t.text+"?"
	case t.kind == kindMAC:
		e.Problem, e.Hint = "an address alone says not enough", "did you mean ether host "+t.text+
			"?"
	case t.kind == kindNumber:
		e.Problem, e.Hint = "a number alone says not enough", "did you mean port "+t.text+"?"
	}
	return e
}

// elsewhere returns the error for a word that the link type does not support.
func (p *parser) elsewhere() error {
	t := p.peek()
	return &Error{At: t.at, End: t.end, Problem: "only frames of " + elsewhere[t.text] +
		" have that, which can't be filtered here"}
}

// usable yields the words of the language that apply to some supported link type.
func usable(yield func(string) bool) {
	for w, usual := range words {
		_, no := elsewhere[usual]
		if !no && usual != "radio" && !slices.Contains(wlanDirections, usual) && !yield(w) {
			return
		}
	}
}

// meant returns the word that is most similar to the written one, or "" if none is similar.
func meant(written string, words func(func(string) bool)) string {
	written = strings.ToLower(written)
	best, least := "", 1+max(0, len(written)-1)/4 // the allowed number of wrong letters
	for w := range words {
		if d := textutil.Distance(written, w); d < least || d == least && (best == "" || w < best) {
			best, least = w, d
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}
