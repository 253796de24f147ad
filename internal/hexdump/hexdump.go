// Package hexdump reads bytes from pasted text: dumps of tcpdump, Wireshark, od, xxd, hexdump,
// routers, firewalls and debuggers, arrays and strings of programming languages, and hexadecimal
// digits.
//
// The package explains every character of a text or rejects the text. In a dump the offsets must
// agree with the bytes before them, and the characters with the bytes next to them.
package hexdump

import (
	"bytes"
	"errors"
	"fmt"
)

// A Block holds the bytes of one packet.
type Block struct {
	Data []byte
	Form string // describes how the text was read: "a dump with hexadecimal offsets"

	words words
}

// MaxText is the greatest size of a text in bytes. A packet of 64 KiB takes 400 kB in the longest
// form. Parsing takes about 20 times the size of the text in memory.
const MaxText = 64 << 20

// MaxBytes limits the number of bytes that repetitions in a text produce.
const MaxBytes = 4 << 20

// Errors in a text.
var (
	ErrNone      = errors.New("there are no hexadecimal digits in it")
	ErrOdd       = errors.New("a half byte is left over: the number of digits is odd")
	ErrDigit     = errors.New("not a hexadecimal digit")
	ErrOffset    = errors.New("the offset does not fit the bytes before it")
	ErrStart     = errors.New("the dump does not begin at offset 0: the rows before are missing")
	ErrRow       = errors.New("not a complete row of the dump")
	ErrText      = errors.New("the characters do not match the bytes on their line")
	ErrSize      = errors.New("the number of bytes is not the one that is declared")
	ErrLong      = errors.New("it is too long")
	ErrCode      = errors.New("not a list of bytes")
	ErrEmptyLine = errors.New("an empty line between digits: paste one packet at a time")
	ErrOrder     = errors.New("the byte order of these words is not known; dump single bytes")
	ErrByte      = errors.New("not a byte")
	ErrDecimal   = errors.New("decimal or hexadecimal? Write 0x in front of hexadecimal bytes")
	ErrAmbiguous = errors.New("the text can be read in two ways; dump single bytes instead")
)

// An Error describes the wrong line.
type Error struct {
	Line int    // from 1
	Text string // wrong part of the line, "" for the whole line
	Err  error  // one of this package's errors

	explained int // bytes read before it; of several errors the one with most is returned
}

// quoted is the number of bytes of the wrong part that an error shows.
const quoted = 60

func (e *Error) Error() string {
	switch {
	case e.Text == "":
		return fmt.Sprintf("line %d: %v", e.Line, e.Err)
	case len(e.Text) > quoted:
		return fmt.Sprintf("line %d: %.*q...: %v", e.Line, quoted, e.Text, e.Err)
	}
	return fmt.Sprintf("line %d: %q: %v", e.Line, e.Text, e.Err)
}

func (e *Error) Unwrap() error { return e.Err }

// A reading is one interpretation of a whole text.
type reading struct {
	blocks []Block
	parts  []part
	rank   int // the reading with the lowest rank is chosen
}

// Parse reads one or more packets. It skips lines of text before, between and after dumps if they
// do not look like rows. An *Error contains the line and the reason.
func Parse(text string) ([]Block, error) {
	r, _, err := explain(text)
	if err != nil {
		return nil, err
	}
	return r.blocks, nil
}

// explain finds the only way to read a text. It also returns the text's lines, which the reading's
// parts refer to.
func explain(text string) (*reading, []string, error) {
	if len(text) > MaxText {
		return nil, nil, &Error{Line: 1, Err: ErrLong}
	}
	lines := clean(text)
	r, err := choose(lines)
	if err == nil {
		return r, lines, nil
	}
	if plain := unescape(lines); plain != nil {
		if r, again := choose(plain); again == nil {
			return r, plain, nil
		}
	}
	return nil, nil, err
}

// choose tries every reader. It rejects the text if readings of equal rank differ.
func choose(lines []string) (*reading, error) {
	var best *reading
	var worst *Error
	consider := func(r *reading, err *Error) {
		switch {
		case err != nil:
			if worst == nil || err.explained > worst.explained {
				worst = err
			}
		case best == nil || r.rank < best.rank:
			best = r
		case r.rank == best.rank && !same(r.blocks, best.blocks):
			best = &reading{rank: r.rank} // no blocks: rejected below unless a better rank follows
		}
	}
	dumps(lines, consider)
	if best == nil {
		code(lines, consider)
	}
	if best == nil && (worst == nil || worst.explained == 0) {
		worst = nil
		digits(lines, consider)
	}
	switch {
	case best == nil && worst == nil:
		return nil, &Error{Line: 1, Err: ErrNone}
	case best == nil:
		return nil, worst
	case len(best.blocks) == 0:
		return nil, &Error{Line: 1, Err: ErrAmbiguous}
	}
	if line, text, ok := unexplained(lines, best.parts); ok {
		return nil, &Error{Line: line, Text: text, Err: ErrRow}
	}
	return best, nil
}

func same(a, b []Block) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !bytes.Equal(a[i].Data, b[i].Data) {
			return false
		}
	}
	return true
}
