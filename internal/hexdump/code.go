package hexdump

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// code reads arrays and strings of programming languages. It skips names, types and comments around
// them. A declared size must match.
func code(lines []string, consider chooser) {
	x, ok := lex(lines)
	if !ok {
		return
	}
	s := &source{tokens: x.tokens, lines: lines, declared: -1}
	s.parts = append(s.parts, x.parts...)
	if err := s.read(); err != nil {
		consider(nil, err)
		return
	}
	for _, b := range s.blocks {
		if len(s.blocks) > 1 && len(b.Data) < leastOfMany {
			consider(nil, s.fail(&s.tokens[0], ErrAmbiguous))
			return
		}
	}
	if len(s.blocks) > 0 {
		consider(&reading{blocks: s.blocks, parts: s.parts, rank: 5 * rankStep}, nil)
	}
}

// leastOfMany is the least number of bytes of each of several lists or strings. Shorter ones are
// parts of a packet.
const leastOfMany = 4

// A source is source text whose lists and strings are being read.
type source struct {
	lines  []string
	tokens []token
	blocks []Block
	parts  []part

	repeated int    // bytes that gdb's text repeats
	declared int    // size of the next list, -1 for none
	name     string // last name before a list
}

func (s *source) fail(t *token, err error) *Error {
	n := 0
	if err != ErrCode && err != ErrByte {
		n = 1 // it is source text, even with this error
	}
	for _, b := range s.blocks {
		n += len(b.Data)
	}
	return &Error{Line: t.line + 1, Text: t.text, Err: err, explained: n}
}

// isText reports whether a token has this text.
func (s *source) isText(i int, text string) bool {
	return i >= 0 && i < len(s.tokens) && s.tokens[i].text == text
}

func (s *source) mark(from, to int, k kind) {
	for _, t := range s.tokens[from:to] {
		if t.kind == tokenComment {
			s.parts = append(s.parts, part{t.line, t.start, t.end, partProse})
		} else {
			s.parts = append(s.parts, part{t.line, t.start, t.end, k})
		}
	}
}

func (s *source) read() *Error {
	if s.bareList() {
		return nil
	}
	for i := 0; i < len(s.tokens); {
		t := &s.tokens[i]
		n, err := 1, (*Error)(nil)
		switch {
		case t.kind == tokenString && s.isText(i+1, ":"): // a key in JSON
		case t.kind == tokenString:
			n, err = s.strings(i)
		case t.kind == tokenPunct && strings.Contains("[{(<", t.text):
			n, err = s.list(i)
		case t.kind == tokenWord:
			n, err = s.word(i)
		case t.text == ":" || t.text == ";":
			s.declared = -1
		}
		if err != nil {
			return err
		}
		if n == 1 {
			s.mark(i, i+1, partMark)
		}
		i += n
	}
	return nil
}

// bareList reads numbers without brackets, which have a prefix such as 0x or commas between them.
func (s *source) bareList() bool {
	var words []string
	commas := 0
	for i := range s.tokens {
		switch t := &s.tokens[i]; {
		case t.kind == tokenWord:
			words = append(words, t.text)
		case t.text == ",":
			commas++
		case t.kind != tokenComment:
			return false
		}
	}
	if len(words) < 2 || commas > 0 && commas < len(words)-1 || commas > len(words) ||
		facts(words).marked < len(words) && commas == 0 {
		return false
	}
	data, form, _, err := numbers(words)
	if err != nil {
		return false
	}
	s.mark(0, len(s.tokens), partDigits)
	s.blocks = append(s.blocks, Block{Data: data, Form: form})
	return true
}

// add completes a list or string.
func (s *source) add(t *token, data []byte, form string) *Error {
	if s.declared >= 0 && s.declared != len(data) {
		return s.fail(t, ErrSize)
	}
	s.declared = -1
	s.blocks = append(s.blocks, Block{Data: data, Form: form})
	return nil
}

// word reads a name, numbers without brackets, or the number of bytes after a name such as pkt_len.
// It returns the number of tokens.
func (s *source) word(i int) (int, *Error) {
	t := &s.tokens[i]
	if c := t.text[0]; c != '-' && c != '&' && (c < '0' || c > '9') {
		isHex := len(t.text) >= 4 && hexLen(t.text) == len(t.text)
		if isHex && strings.ContainsAny(t.text, "0123456789") {
			return 0, s.fail(t, ErrCode)
		}
		s.name = t.text
		return 1, nil
	}
	if n := s.sequence(i); n > 1 {
		var words []string
		for j := i; j < i+n; j += 2 {
			words = append(words, s.tokens[j].text)
		}
		data, form, _, err := numbers(words)
		if err != nil {
			return 0, s.fail(t, err)
		}
		s.mark(i, i+n, partDigits)
		return n, s.add(t, data, form)
	}
	v, err := strconv.Atoi(t.text)
	named := lengths().MatchString(s.name) && i > 0 && strings.Contains("=:", s.tokens[i-1].text)
	if err != nil || !named {
		return 0, s.fail(t, ErrCode)
	}
	if n := len(s.blocks); n == 0 {
		s.declared = v
	} else if v != len(s.blocks[n-1].Data) {
		return 0, s.fail(t, ErrSize)
	}
	return 1, nil
}

// sequence returns the number of tokens in a sequence of numbers with a prefix such as 0x and
// commas between them.
func (s *source) sequence(i int) int {
	for j := i; ; j += 2 {
		if _, ok := cutHexPrefix(s.tokens[j].text); !ok {
			return 0
		}
		if j+2 >= len(s.tokens) || !s.isText(j+1, ",") || s.tokens[j+2].kind != tokenWord {
			return j + 1 - i
		}
	}
}

var lengths = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)(?:len|length|size)$`)
})

// strings reads joined strings and returns the number of tokens.
func (s *source) strings(i int) (int, *Error) {
	first := &s.tokens[i]
	if isEncoding(first.str) && s.isText(i-1, ",") {
		return 1, nil
	}
	var run []*literal
	last := i
	for j := i; j < len(s.tokens); j++ {
		t := &s.tokens[j]
		switch {
		case t.kind == tokenString:
			times, n := s.repeats(j + 1)
			for range times {
				run = append(run, t.str)
			}
			j += n
			last = j
		case t.kind == tokenComment, t.kind == tokenPunct && strings.Contains(`+.\&`, t.text):
		case t.kind == tokenWord && j+1 < len(s.tokens) && s.tokens[j+1].kind == tokenString &&
			s.tokens[j+1].start == t.end && len(t.text) <= 2: // prefix b of the next string
		case t.text == "," && s.nearRepeats(j):
		default:
			j = len(s.tokens)
		}
	}
	data, form, err := bytesOf(run)
	if err != nil {
		e := s.fail(first, err)
		e.Text = first.str.raw
		return 0, e
	}
	s.mark(i, last+1, partMark)
	if err := s.add(first, data, form); err != nil {
		return 0, err
	}
	if last == i {
		return 1, nil
	}
	return last + 1 - i, nil
}
