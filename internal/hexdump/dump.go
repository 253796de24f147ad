package hexdump

import (
	"math/bits"
	"strconv"
	"strings"
)

// A dump is text whose lines begin with the offset of their bytes.
type dump struct {
	base  int  // of the offsets: 16, or 8 as od writes them
	swap  bool // words of two bytes are numbers of a machine with the least significant byte first, as od and hexdump write them
	octal bool // and octal ones, as od writes them unless told otherwise
	name  string
}

var dumps = [...]dump{
	{base: 16, name: "a dump with hexadecimal offsets"},
	{base: 8, name: "a dump with octal offsets, as od writes it"},
	{base: 16, swap: true, name: "a dump of 16-bit words, as hexdump writes it"},
	{base: 8, swap: true, name: "a dump of 16-bit words, as od -x writes it"},
	{base: 8, swap: true, octal: true, name: "a dump of octal 16-bit words, as od writes it"},
}

// findDump finds out how a dump is written: the way in which each offset is the number of the bytes before it. It gives nil for lines that are
// none. A single line is a dump if its first word can be no pair of bytes like those behind it.
func findDump(lines []string) *dump {
	for i := range dumps {
		if dumps[i].fits(lines) {
			return &dumps[i]
		}
	}
	return nil
}

// looked is how many rows of a dump are looked at to find out how it is written.
const looked = 4

// fits reports whether the first rows of a dump are as this one's would be.
func (d *dump) fits(lines []string) bool {
	expect, rows, bytes, sure, colon := 0, 0, 0, false, false
	for _, l := range lines {
		r, ok := d.row(l)
		switch {
		case !ok:
			continue
		case r.offset == expect-1 && len(r.data) == 0 && d.swap: // the last word had a byte too many
		case r.offset == 0:
			expect = 0
		case r.offset != expect:
			return colon && bytes > 0 && d.base == 16 // no bytes are written so: it is a dump in which something is missing
		}
		if d.swap != r.words() && len(r.data) > 0 {
			return false
		}
		rows, sure, colon = rows+1, sure || r.sure, colon || r.colon
		expect += len(r.data)
		bytes += len(r.data)
		if rows == looked {
			break
		}
	}
	return bytes > 0 && (rows > 1 || sure)
}

// A line of a dump.
type dumpRow struct {
	offset int
	colon  bool // the offset ends with one, as tcpdump's and xxd's
	sure   bool // it cannot be a row of bytes alone
	pairs  bool // the bytes are written two and two, four digits a word
	data   []byte
}

// words reports whether two bytes written together are one number: od's and hexdump's way. Behind a colon they are bytes in order.
func (r *dumpRow) words() bool { return r.pairs && !r.colon }

// leastOffset is how many digits an offset has at least.
const leastOffset = 4

// row reads a line, and reports whether it is one of a dump. An offset is a word of at least four digits, or one that ends with a colon.
func (d *dump) row(line string) (r dumpRow, ok bool) {
	first, rest, _ := strings.Cut(strings.TrimLeft(line, " \t"), " ")
	if i := strings.IndexByte(first, '\t'); i >= 0 {
		first, rest = first[:i], first[i:]+" "+rest
	}
	word := strings.TrimSuffix(first, ":")
	r.colon = word != first
	word = strings.TrimPrefix(word, "0x")
	if len(word) < leastOffset && !r.colon || len(word) > 8 {
		return r, false
	}
	n, err := strconv.ParseUint(word, d.base, 31)
	if err != nil {
		return r, false
	}
	r.offset = int(n)
	d.bytes(&r, rest)
	r.sure = r.colon || len(word) > leastOffset || !r.pairs
	return r, true
}

// bytes reads the bytes of a row up to the column of characters beside them: behind a wide gap, a bar, or the first word that is no byte.
func (d *dump) bytes(r *dumpRow, text string) {
	const most = 32 // a row has no more bytes
	text = strings.TrimLeft(text, " \t")
	blanks := 0
	for text != "" && len(r.data) < most {
		end := strings.IndexAny(text, " \t")
		if end < 0 {
			end = len(text)
		}
		word := text[:end]
		w, good := d.digits(word)
		if !good || len(r.data) > 0 && blanks > 2 || len(r.data) >= 16 && blanks > 1 {
			return
		}
		if len(w) == 2 {
			r.pairs = true
		}
		if d.swap && len(w) == 2 {
			w[0], w[1] = w[1], w[0]
		}
		r.data = append(r.data, w...)
		text = text[end:]
		trimmed := strings.TrimLeft(text, " \t")
		blanks, text = len(text)-len(trimmed), trimmed
	}
}

// digits reads a word of two, four, eight or sixteen digits, or an octal number of sixteen bits.
func (d *dump) digits(word string) ([]byte, bool) {
	if d.octal {
		v, err := strconv.ParseUint(word, 8, 16)
		return []byte{byte(v >> 8), byte(v)}, err == nil && len(word) == 6
	}
	if len(word) < 2 || len(word) > 32 || bits.OnesCount(uint(len(word))) != 1 {
		return nil, false
	}
	out := make([]byte, 0, len(word)/2)
	for i := 0; i < len(word); i += 2 {
		v, err := strconv.ParseUint(word[i:i+2], 16, 8)
		if err != nil || word[i] == '+' {
			return nil, false
		}
		out = append(out, byte(v))
	}
	return out, true
}

// read gives the packets of a dump.
func (d *dump) read(lines []string) (blocks []Block, err error) {
	var data []byte
	began := false
	for n, l := range lines {
		r, ok := d.row(l)
		if !ok {
			if strings.TrimSpace(l) == "*" {
				return nil, &Error{n + 1, "*", ErrOffset} // rows left out as equal to the one above: dump with -v
			}
			continue
		}
		switch {
		case r.offset == 0 && len(data) > 0:
			blocks = append(blocks, Block{data, d.name})
			data = nil
		case r.offset != len(data) && len(r.data) > 0:
			return nil, &Error{n + 1, strings.TrimSpace(l), ErrOffset}
		case len(r.data) == 0 && began && r.offset < len(data):
			data = data[:r.offset] // od's and hexdump's last line is the length alone: the last word may have had a byte too many
		}
		began = true
		data = append(data, r.data...)
	}
	if len(data) > 0 {
		blocks = append(blocks, Block{data, d.name})
	}
	if len(blocks) == 0 {
		return nil, &Error{Line: 1, Err: ErrNone}
	}
	return blocks, nil
}
