package capture

import (
	"bytes"
	"compress/bzip2"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"
)

// errEnd is the end of a whole file.
var errEnd = io.EOF

// ended reports whether the stream ended well, and not by a read error.
func (b *buffer) ended() bool { return errors.Is(b.err, io.EOF) }

func trailerDetail(kind, head, tail uint32) string {
	return fmt.Sprintf("block of type %d says %d bytes at its start and %d at its end", kind, head, tail)
}

// detect tells the format by the first bytes.
func detect(b *buffer) (framing, string, error) {
	h, err := b.peek(4)
	if err != nil {
		if !b.ended() {
			return nil, "", b.short(4, len(h), err)
		}
		return nil, "", b.fail(ErrFormat, "the file has %d bytes", len(h))
	}
	if binary.BigEndian.Uint32(h) == blockSection {
		return &pcapngFormat{}, "pcapng", nil
	}
	if f := pcapMagic(h); f != nil {
		return f, "pcap", f.open(b)
	}
	return nil, "", b.fail(ErrFormat, "it begins with % x", h)
}

// Open opens a capture file by name; "-" reads stdin.
func Open(name string, stdin io.Reader) (*File, error) {
	if name == "-" {
		return NewReader(stdin, name)
	}
	r, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	f, err := NewReader(r, name)
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	f.closers = append([]io.Closer{r}, f.closers...)
	return f, nil
}

// Memory that a decompressor may use for its window, in bytes.
const maxWindow = 32 << 20

// decompress looks at the first bytes and puts a decompressor before a file that is compressed, by its content and not its name.
func (f *File) decompress(r io.Reader) (io.Reader, error) {
	b := newBuffer(r)
	h, _ := b.peek(6)
	in := &rest{b}
	var out io.Reader
	var err error
	switch {
	case bytes.HasPrefix(h, []byte{0x1f, 0x8b}):
		out, err = gzip.NewReader(in)
	case bytes.HasPrefix(h, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		var d *zstd.Decoder
		if d, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true)); err == nil {
			f.closers = append(f.closers, d.IOReadCloser())
			out = d
		}
	case bytes.HasPrefix(h, []byte{0x04, 0x22, 0x4d, 0x18}):
		out = lz4.NewReader(in)
	case bytes.HasPrefix(h, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		out, err = xz.NewReader(in, maxWindow)
	case bytes.HasPrefix(h, []byte("BZh")):
		out = bzip2.NewReader(in)
	default:
		return in, nil
	}
	if err != nil {
		return nil, &FormatError{File: f.name, Detail: err.Error(), Err: ErrCompress}
	}
	return &inflated{out}, nil
}

// rest reads what is in a buffer and then what comes after it.
type rest struct{ b *buffer }

func (r *rest) Read(p []byte) (int, error) {
	h, err := r.b.peek(1)
	if len(h) == 0 {
		return 0, err
	}
	n := copy(p, r.b.data[r.b.from:r.b.to])
	r.b.take(n)
	return n, nil
}

// inflated marks a decompressor's errors as such, so that a damaged archive isn't taken for a capture's end.
type inflated struct{ r io.Reader }

func (d *inflated) Read(p []byte) (int, error) {
	n, err := d.r.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("%w: %w", ErrCompress, err)
	}
	return n, err
}
