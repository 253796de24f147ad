package hexdump

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// finish checks the dump as a whole and returns its packets.
func (d *dump) finish() (*reading, *Error) {
	d.close()
	out := &reading{parts: d.parts, rank: d.rank}
	names := make([]string, len(d.blocks))
	frames := false // a block is a frame, so blocks with other titles are not
	for i := range d.blocks {
		b := &d.blocks[i]
		if err := d.check(b); err != nil {
			return nil, err
		}
		var err *Error
		if names[i], err = d.titled(b); err != nil {
			return nil, err
		}
		frames = frames || names[i] == "" || strings.HasPrefix(names[i], frameTitle)
	}
	inner, fields := d.innerDumps(), 0
	for i := range d.blocks {
		if inner[i] {
			fields++
			continue
		}
		b, name := &d.blocks[i], names[i]
		isFrame := name == "" || strings.HasPrefix(name, frameTitle)
		if n := len(out.blocks); frames && n > 0 && !isFrame {
			out.blocks[n-1].Form += fmt.Sprintf("; left out: %s", name)
			continue
		}
		form := d.form(d.base)
		if b.start != 0 {
			form += fmt.Sprintf(" from %#x on", b.start)
		}
		if fields > 0 {
			form += fmt.Sprintf("; left out: the dumps of fields above it (%d)", fields)
			fields = 0
		}
		out.blocks = append(out.blocks, Block{b.data, form, d.words(b)})
		if d.ordered == byColumn && b.cellSize == 2 {
			out.rank += rankStep // in xxd's usual rows the two bytes of a cell are in order
		}
	}
	return out, nil
}

// innerDumps marks the dumps of fields. tcpdump -vv writes them before those of whole packets, with
// a larger indent.
func (d *dump) innerDumps() []bool {
	inner := make([]bool, len(d.blocks))
	if d.mark.open != "0x" || d.mark.close != ":" {
		return inner
	}
	packet := d.blocks[0].indent
	for _, b := range d.blocks {
		if len(b.indent) < len(packet) {
			packet = b.indent
		}
	}
	for i, b := range d.blocks {
		more, ok := strings.CutPrefix(b.indent, packet)
		inner[i] = ok && packet != "" && len(more) > 1 && strings.Trim(more, " ") == ""
	}
	return inner
}

// check returns an error unless the rows of a packet are certainly a dump from its first byte on,
// and the order of its bytes is known.
func (d *dump) check(b *block) *Error {
	wordsOfProgram := d.ordered == unlessBare && d.mark.style == bare && b.digits > anyStart
	switch {
	case b.rows == 1 && (!d.isSure(b) || b.start != 0 && d.base != 16):
		return &Error{Line: b.line + 1, Err: ErrStart}
	case b.start != 0 && (b.digits < anyStart || d.missesRows(b)):
		return d.wrong(b, ErrStart)
	case b.cellSize == 1 || b.column:
		return nil
	case d.ordered == byColumn, b.cellSize < leastLong && (wordsOfProgram || d.ofKernel(b)):
		return d.wrong(b, ErrOrder)
	}
	return nil
}

// kernelTime matches the beginning of a line in Linux's log.
var kernelTime = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:<\d+>)?\[ *\d+\.\d{6}\]`)
})

// ofKernel reports whether Linux wrote the rows. Their words are in the machine's byte order.
func (d *dump) ofKernel(b *block) bool {
	const address = 16 // digits
	return b.digits == address || kernelTime().MatchString(d.lines[b.line])
}

// missesRows reports whether a dump that does not begin at 0 lacks its first rows. Dumps of memory
// and of od -j may begin anywhere.
func (d *dump) missesRows(b *block) bool {
	const (
		address    = 1 << 16
		leastWidth = 8 // bytes in a row
	)
	isOd := d.mark.style == bare && d.base != 16
	width := b.width
	if b.rows == 1 {
		width = leastWidth
	}
	return b.start < address && b.start%width == 0 && !isOd
}

// wrong returns an error about a packet's first line. Consecutive rows are a dump despite the
// error.
func (d *dump) wrong(b *block, err error) *Error {
	e := d.fail(b.line, 0, "", err)
	if b.rows > 1 {
		e.explained = max(e.explained, d.done)
	}
	return e
}

// leastLong is the least number of bytes of a cell that is longer than a machine word. Its bytes
// are in order.
const leastLong = 16

// isSure reports whether a single row belongs to a dump: its first word cannot be bytes.
func (d *dump) isSure(b *block) bool {
	switch {
	case d.mark.style == brief:
		return false
	case d.mark.style != bare || b.column:
		return true
	}
	return b.start == 0 && (b.cellSize == 1 || b.digits >= anyStart && b.digits != b.cell)
}

// frameTitle begins the line that tshark writes before the bytes of a frame if other data follow,
// such as a reassembled message.
const frameTitle = "Frame "

var titles = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[ \t]*(\S.*) \((\d+) bytes?\):[ \t]*$`)
})

// titled returns the title above a block, and an error if the title has another number of bytes.
func (d *dump) titled(b *block) (string, *Error) {
	if b.title < 0 {
		return "", nil
	}
	m := titles().FindStringSubmatch(d.lines[b.title])
	if m == nil {
		return "", nil
	}
	if n, err := strconv.Atoi(m[2]); err != nil || n != len(b.data) {
		return "", &Error{Line: b.title + 1, Text: m[0], Err: ErrSize, explained: d.done}
	}
	return fmt.Sprintf("%s (%s bytes)", m[1], m[2]), nil
}
