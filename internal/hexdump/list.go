package hexdump

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// A list is the text between two brackets.
type list struct {
	words  []string
	places []int // token index of each word
	end    int   // token index of the closing bracket
	size   bool  // a type and a number: [u8; 74]
}

var closing = map[string]string{"[": "]", "{": "}", "(": ")", "<": ">"}

// list reads numbers between brackets and returns the number of tokens. It returns 1, for the
// bracket alone, if they contain anything else.
func (s *source) list(i int) (int, *Error) {
	l, ok := s.content(i)
	if !ok {
		return 1, nil
	}
	n, open := len(l.words), s.tokens[i].text
	if n == 0 {
		return 1, nil
	}
	if n == 1 && open != "{" || l.size || n == 2 && open == "<" && !isNumeral(l.words[0]) {
		if v, err := strconv.Atoi(l.words[n-1]); err == nil {
			if s.declared = v; s.name == "In" || s.name == "Out" {
				s.declared = -1 // it was the number of a prompt
			}
			s.mark(i, l.end+1, partMark)
			return l.end + 1 - i, nil
		}
		return 1, nil
	}
	if facts(l.words).marked == 0 && (open == "(" || open == "<") && n < leastUnmarked {
		return 1, nil
	}
	data, form, wrong, err := numbers(l.words)
	if err != nil {
		for _, w := range l.words {
			if w[0] > '9' {
				return 1, nil // names, not numbers
			}
		}
		return 0, s.fail(&s.tokens[l.places[wrong]], err)
	}
	if err := s.comments(i, l, data); err != nil {
		return 0, err
	}
	s.mark(i, l.end+1, partDigits)
	return l.end + 1 - i, s.add(&s.tokens[i], data, form)
}

// leastUnmarked is the least number of decimal numbers in parentheses or angle brackets that are
// read as bytes. Fewer may be the arguments of a function.
const leastUnmarked = 8

// content reads the words between brackets: numbers, or strings of one byte each. It skips casts.
// It fails for other brackets and strings, and for anything but commas or spaces between words.
func (s *source) content(i int) (l list, ok bool) {
	closer := closing[s.tokens[i].text]
	comma := true // the next word follows a comma or the bracket
	for j := i + 1; j < len(s.tokens); j++ {
		t := &s.tokens[j]
		switch {
		case t.kind == tokenComment:
		case t.kind == tokenWord && len(l.words) == 0 && t.text == "Buffer":
		case t.kind == tokenWord:
			l.words, l.places, comma = append(l.words, t.text), append(l.places, j), false
			times, n := s.repeats(j + 1)
			for range times - 1 {
				l.words, l.places = append(l.words, t.text), append(l.places, j)
			}
			j += n
		case t.kind == tokenString && comma && t.str.isByte() &&
			(s.isText(j+1, ",") || len(l.words) > 0 && s.isText(j+1, closer)):
			l.words, l.places, comma = append(l.words, t.str.raw), append(l.places, j), false
		case t.text == "," && !comma:
			comma = true
		case t.text == "(" && s.isCast(j):
			j += 2
		case t.text == "." && s.isMethod(j):
			j += 3
		case t.text == ";" && len(l.words) == 1:
			l.size = true
		case t.text == closer:
			l.end = j
			return l, true
		default:
			return l, false
		}
	}
	return l, false
}

// isCast reports whether tokens are a type in parentheses, such as (byte).
func (s *source) isCast(i int) bool {
	return s.isText(i+2, ")") && s.tokens[i+1].kind == tokenWord &&
		!isNumeral(s.tokens[i+1].text) && i+3 < len(s.tokens) && s.tokens[i+3].kind == tokenWord
}

// isMethod reports whether tokens are a conversion after a number, such as .toByte().
func (s *source) isMethod(i int) bool {
	return s.isText(i+3, ")") && s.isText(i+2, "(") && strings.HasPrefix(s.tokens[i+1].text, "to")
}

// maxRepeats limits how often gdb may repeat a byte. All repetitions of a text are limited to
// MaxBytes.
const maxRepeats = 1 << 16

// repeats reads gdb's <repeats 11 times> at a token. It returns the count and the number of tokens.
func (s *source) repeats(i int) (times, length int) {
	if !s.isText(i, "<") || !s.isText(i+1, "repeats") || !s.isText(i+3, "times") ||
		!s.isText(i+4, ">") {
		return 1, 0
	}
	n, err := strconv.Atoi(s.tokens[i+2].text)
	if s.repeated += n; err != nil || n < 1 || n > maxRepeats || s.repeated > MaxBytes {
		return 1, 0
	}
	return n, 5
}

// nearRepeats reports whether a comma is next to a character that gdb repeats.
func (s *source) nearRepeats(i int) bool {
	if i+1 == len(s.tokens) || s.tokens[i+1].kind != tokenString {
		return false
	}
	_, count := s.repeats(i + 2)
	return count > 0 || s.tokens[i-1].text == ">"
}

var wireshark = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^pkt\d+(_\d+)?$`)
})

// comments compares the comments in one of Wireshark's arrays with the bytes of their lines.
func (s *source) comments(i int, l list, data []byte) *Error {
	if !wireshark().MatchString(s.name) {
		return nil
	}
	next, from := 0, 0
	for j := i + 1; j < l.end; j++ {
		t := &s.tokens[j]
		for next < len(l.places) && l.places[next] < j {
			next++
		}
		if t.kind != tokenComment {
			continue
		}
		inner, ok := strings.CutPrefix(t.text, "// |")
		if ok {
			inner = strings.TrimSuffix(inner, "|")
		} else {
			inner = strings.TrimSuffix(strings.TrimPrefix(t.text, "/* "), " */")
		}
		if !isCharacters(inner, data[from:next]) {
			return s.fail(t, ErrText)
		}
		from = next
	}
	return nil
}
