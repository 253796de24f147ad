package capture

import (
	"errors"
	"fmt"
	"io"
)

// bufferSize is how much is read at a time, in bytes.
const bufferSize = 512 << 10

// A buffer reads large pieces and hands out parts of them in place. A part is valid until the next call of peek.
type buffer struct {
	r     io.Reader
	data  []byte
	from  int   // first byte not yet taken
	to    int   // end of the bytes that are there
	taken int64 // bytes taken since the start of the stream
	err   error // what the reader ended with
}

func newBuffer(r io.Reader) *buffer { return &buffer{r: r, data: make([]byte, bufferSize)} }

// offset is the byte of the stream where the next part begins.
func (b *buffer) offset() int64 { return b.taken }

// peek gives n bytes without taking them. At the stream's end it gives the fewer that are left and io.EOF, or the reader's error. The
// buffer doubles only once it is full of bytes that arrived, whatever n claims.
func (b *buffer) peek(n int) ([]byte, error) {
	for b.to-b.from < n {
		if b.err != nil {
			return b.data[b.from:b.to], b.err
		}
		if b.from > 0 && b.from+n > len(b.data) {
			b.to = copy(b.data, b.data[b.from:b.to])
			b.from = 0
		}
		if b.to == len(b.data) {
			b.data = append(b.data, make([]byte, len(b.data))...)
		}
		b.fill()
	}
	return b.data[b.from : b.from+n : b.from+n], nil
}

// fill reads once into the room behind the bytes that are there.
func (b *buffer) fill() {
	for empty := 0; empty < 100; empty++ {
		m, err := b.r.Read(b.data[b.to:])
		b.to += m
		if err != nil {
			b.err = err
			return
		}
		if m > 0 {
			return
		}
	}
	b.err = io.ErrNoProgress
}

// take moves on by n bytes that peek gave.
func (b *buffer) take(n int) {
	b.from += n
	b.taken += int64(n)
}

// skip moves on by n bytes, however many that is.
func (b *buffer) skip(n int64) error {
	for n > 0 {
		m := int(min(n, bufferSize))
		h, err := b.peek(m)
		b.take(len(h))
		n -= int64(len(h))
		if err != nil && n > 0 {
			return b.cut(n, err)
		}
	}
	return nil
}

// record peeks at n bytes that a record claims, or says how they are not there.
func (b *buffer) record(n int) ([]byte, error) {
	h, err := b.peek(n)
	if err != nil {
		return nil, b.short(n, len(h), err)
	}
	return h, nil
}

// short is the error for a record that claims n bytes and has fewer.
func (b *buffer) short(n, have int, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return b.fail(ErrCut, "%d bytes are claimed, the file has %d left", n, have)
	}
	return &FormatError{Offset: b.taken, Detail: "reading", Err: err}
}

func (b *buffer) cut(missing int64, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return b.fail(ErrCut, "%d more bytes are claimed than the file has", missing)
	}
	return &FormatError{Offset: b.taken, Detail: "reading", Err: err}
}

// fail is an error at the byte where the next part begins.
func (b *buffer) fail(cause error, format string, args ...any) error {
	return &FormatError{Offset: b.taken, Detail: fmt.Sprintf(format, args...), Err: cause}
}
