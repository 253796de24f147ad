package hexdump

import "strings"

// A run is the consecutive lines of digits of one packet, without a line of text between them.
type run struct {
	lines []int      // line numbers of the text, from 0
	words [][]string // words of each line
}

// digits reads plain hexadecimal digits, with or without spaces, colons, commas or 0x.
func digits(lines []string, consider chooser) {
	runs, parts, err := runsOf(lines)
	if err != nil || len(runs) == 0 {
		if err != nil {
			consider(nil, err)
		}
		return
	}
	out := &reading{parts: parts, rank: 9 * rankStep}
	prose := false
	for _, p := range parts {
		prose = prose || p.kind == partProse
	}
	for _, r := range runs {
		b, err := r.block()
		if err == nil && prose && len(b.Data) < leastBelowText {
			first := r.lines[0]
			err = &Error{Line: first + 1, Text: strings.TrimSpace(lines[first]), Err: ErrDigit}
		}
		if err != nil {
			consider(nil, err)
			return
		}
		out.blocks = append(out.blocks, b)
	}
	consider(out, nil)
}

// leastBelowText is the least number of bytes of digits after a line of text. Fewer may be numbers.
const leastBelowText = 16

// runsOf separates lines of digits from lines of text.
func runsOf(lines []string) (runs []run, parts []part, err *Error) {
	text, empty := true, false
	for n, l := range lines {
		at := blanks(l, 0)
		if p := prefixLen(l[at:]); p > 0 && !isDigits(l[at:]) {
			at += p
			parts = append(parts, part{n, 0, at, partPrefix})
		}
		words, wrong := splitDigits(l[at:])
		switch {
		case len(words) == 0 && wrong == "":
			empty = true
		case wrong == "":
			if empty && !text {
				return nil, nil, &Error{Line: n, Err: ErrEmptyLine}
			}
			if text {
				runs = append(runs, run{})
			}
			r := &runs[len(runs)-1]
			r.lines, r.words = append(r.lines, n), append(r.words, words)
			parts = append(parts, part{n, at, len(l), partDigits})
			text, empty = false, false
		case wrong == "*": // repeated rows are left out
			return nil, nil, &Error{Line: n + 1, Text: wrong, Err: ErrOffset}
		case len(words) > 0 && !isCount(l) || looksLikeRow(l[at:]) || len(lines) == 1:
			return nil, nil, &Error{Line: n + 1, Text: wrong, Err: ErrDigit}
		default:
			parts = append(parts, part{n, at, len(l), partProse})
			text, empty = true, false
		}
	}
	if len(runs) == 0 && len(parts) > 0 {
		first := parts[0].line
		return nil, nil, &Error{Line: first + 1, Text: firstWord(lines[first]), Err: ErrDigit}
	}
	return runs, parts, nil
}

// isCount reports whether a line is a number and its description: "15 packets captured".
func isCount(line string) bool {
	words := strings.Fields(line)
	for _, w := range words[1:] {
		if len(w) < 3 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
	}
	return isNumeral(words[0]) && len(words) > 1
}

func firstWord(line string) string {
	line = strings.TrimLeft(line, " \t")
	return line[:wordLen(line)]
}

func isDigits(line string) bool {
	_, wrong := splitDigits(line)
	return wrong == ""
}

// splitDigits splits a line into words of hexadecimal digits. wrong is the first word with other
// characters; words are those before it.
func splitDigits(line string) (words []string, wrong string) {
	for _, word := range strings.FieldsFunc(line, isBlankOrComma) {
		parts, ok := splitWord(word)
		if !ok {
			return words, word
		}
		words = append(words, parts...)
	}
	return words, ""
}

func isBlankOrComma(r rune) bool { return strings.ContainsRune(" \t\v\f,;", r) }

// splitWord splits a word at colons, dashes, dots or underscores, as in hardware addresses and long
// numbers. All separators must be equal and all words of equal length. A byte between colons may
// have a single digit.
func splitWord(word string) ([]string, bool) {
	if strings.Count(word, `\x`) > 1 {
		return splitEscapes(word)
	}
	digits, _ := cutHexPrefix(word)
	if digits != "" && hexLen(digits) == len(digits) {
		return []string{word}, true
	}
	i := strings.IndexAny(word, ":-._")
	if i < 1 {
		return nil, false
	}
	parts := strings.Split(word, word[i:i+1])
	if len(parts) < 3 && i < 4 {
		return nil, false // such as 12:30 or 0.5
	}
	for j, p := range parts {
		if word[i] == ':' && len(p) == 1 && len(parts) >= 6 {
			p = "0" + p
		}
		if len(p) < 2 || len(p)%2 == 1 || hexLen(p) != len(p) || j > 0 && len(p) != len(parts[0]) {
			return nil, false
		}
		parts[j] = p
	}
	return parts, true
}

// splitEscapes splits text such as \x02\x00 into bytes.
func splitEscapes(word string) (out []string, ok bool) {
	for ; word != ""; word = word[4:] {
		if len(word) < 4 || !strings.HasPrefix(word, `\x`) || hexLen(word[2:4]) != 2 {
			return nil, false
		}
		out = append(out, word[:4])
	}
	return out, true
}

// block joins the words of a run.
func (r *run) block() (Block, *Error) {
	if n, ok := r.offsetLine(); ok {
		return Block{}, &Error{Line: r.lines[n] + 1, Text: r.words[n][0], Err: ErrStart}
	}
	var all []string
	single, even, longest, marked := true, true, 0, 0
	for _, words := range r.words {
		single = single && len(words) == 1
		for _, w := range words {
			digits, ok := cutHexPrefix(w)
			if ok {
				marked++
			}
			even = even && len(digits)%2 == 0
			longest = max(longest, len(digits))
		}
		all = append(all, words...)
	}
	switch {
	case !even && longest == 3 && len(all) > 1 || marked > 1 && longest <= 2:
		data, form, wrong, err := numbers(all)
		if err != nil {
			return Block{}, r.fail(wrong, err)
		}
		return Block{Data: data, Form: form}, nil
	case !even && !single:
		return Block{}, r.odd()
	}
	return r.joined(all)
}

// joined concatenates the digits of words. Either only the first word or each word begins with 0x.
func (r *run) joined(words []string) (Block, *Error) {
	var b strings.Builder
	for i, w := range words {
		digits, ok := cutHexPrefix(w)
		if _, first := cutHexPrefix(words[0]); ok && i > 0 && !first {
			return Block{}, r.fail(i, ErrDigit)
		}
		if ok && len(digits) == 1 {
			digits = "0" + digits
		}
		b.WriteString(digits)
	}
	data, ok := hexBytes(b.String())
	if !ok {
		return Block{}, r.fail(len(words)-1, ErrOdd)
	}
	return Block{Data: data, Form: formHex}, nil
}

// fail returns an error about the word with this number.
func (r *run) fail(word int, err error) *Error {
	for i, words := range r.words {
		if word < len(words) {
			return &Error{Line: r.lines[i] + 1, Text: words[word], Err: err}
		}
		word -= len(words)
	}
	return &Error{Line: r.lines[0] + 1, Err: err}
}

// odd returns an error about the first word with an odd number of digits.
func (r *run) odd() *Error {
	n := 0
	for _, words := range r.words {
		for _, w := range words {
			if digits, _ := cutHexPrefix(w); len(digits)%2 == 1 {
				return r.fail(n, ErrOdd)
			}
			n++
		}
	}
	return r.fail(0, ErrOdd)
}

// offsetLine finds a line whose first word may be an offset. Either it is longer than all others,
// which are bytes, or the first words of most lines are multiples of the bytes in a row.
func (r *run) offsetLine() (line int, found bool) {
	for i, words := range r.words {
		if len(words) > 2 && len(words[0]) > 2 && isPairs(words[1:]) {
			return i, true
		}
	}
	for _, words := range r.words[:min(2, len(r.words))] {
		if width := len(strings.Join(words[1:], "")) / 2; width > 0 && r.hasOffsets(width) {
			return 0, true
		}
	}
	return 0, false
}

// hasOffsets reports whether the first words may be offsets of rows of the given number of bytes.
func (r *run) hasOffsets(width int) bool {
	first, ok := (&hit{digits: r.words[0][0]}).value(16)
	multiples, places := 0, 0
	for i, words := range r.words[1:] {
		if v, ok := (&hit{digits: words[0]}).value(16); ok && v > 0 && v%width == 0 {
			multiples++
			if v/width == i+1 {
				places++
			}
		}
	}
	half := (len(r.words) + 1) / 2
	return ok && (first == 0 && multiples >= half-1 && multiples > 0 || places >= max(2, half))
}

func isPairs(words []string) bool {
	for _, w := range words {
		if len(w) != 2 {
			return false
		}
	}
	return true
}
