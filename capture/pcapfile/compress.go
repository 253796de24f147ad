package pcapfile

import (
	"bufio"
	"compress/bzip2"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"
)

const (
	// defaultWindow is the default of Options.MaxWindow, in bytes.
	defaultWindow = 8 << 20
	// inputSize is the number of compressed bytes per read of a decompressor. The buffer below
	// reads larger pieces.
	inputSize = 16 << 10
)

// A compression is one kind of compressed file.
type compression struct {
	name   string
	magics []string
	// decodes in its own goroutine; set if measurements showed that it saves time
	ahead bool
	// the function frees what the reader needs; it may be nil
	open func(r *bufio.Reader, window uint32) (io.Reader, func(), error)
}

// compressions returns the supported compressions, with their first bytes. All of them continue
// with the next member or frame, and return the data before an error.
func compressions() []compression {
	return []compression{
		// RFC 1952, with the only defined method
		{"gzip", []string{"\x1f\x8b\x08"}, true, openGzip},
		{"zstd", append(zstdSkippable(), "\x28\xb5\x2f\xfd"), true, openZstd}, // RFC 8878
		// frame and legacy frame
		{"lz4", []string{"\x04\x22\x4d\x18", "\x02\x21\x4c\x18"}, false, openLZ4},
		{"xz", []string{"\xfd7zXZ\x00"}, true, openXZ},
		{"bzip2", []string{"BZh1", "BZh2", "BZh3", "BZh4", "BZh5", "BZh6", "BZh7", "BZh8", "BZh9"},
			false, openBzip2},
	}
}

// zstdSkippable returns the magic numbers of frames without data: parallel zstd writes one first.
func zstdSkippable() (magics []string) {
	for i := byte(0x50); i <= 0x5f; i++ {
		magics = append(magics, string([]byte{i, 0x2a, 0x4d, 0x18}))
	}
	return magics
}

// compressionOf returns the compression for the first bytes; its name is empty for none.
func compressionOf(h []byte) compression {
	for _, c := range compressions() {
		for _, m := range c.magics {
			if strings.HasPrefix(string(h[:min(len(h), len(m))]), m) {
				return c
			}
		}
	}
	return compression{}
}

// decompress inserts a decompressor if the file is compressed.
func (f *File) decompress(opt Options) error {
	const longestMagic = 6
	f.buf.more(longestMagic) // a shorter file is not compressed
	c := compressionOf(f.buf.data[f.buf.from:f.buf.to])
	if c.name == "" {
		f.buf.r = opt.until(f.buf.r)
		return nil
	}
	window := opt.MaxWindow
	if window == 0 {
		window = defaultWindow
	}
	in := f.buf
	d := &decompressor{name: c.name, window: window, max: opt.MaxDecompressed}
	f.compression = c.name
	f.buf = newBuffer(opt.until(d))
	f.buf.file = in.file
	r, free, err := c.open(bufio.NewReaderSize(in, inputSize), window)
	if err != nil {
		return failure(0, opFile, d.explain(err))
	}
	d.r = r
	if c.ahead {
		a := readAhead(r, free, !in.file)
		d.r, free = a, a.stop
	}
	if free != nil {
		f.closers = append(f.closers, func() error { free(); return nil })
	}
	return nil
}

// A decompressor marks errors of compressed data, and enforces the limit on decompressed data.
type decompressor struct {
	name   string
	window uint32
	max    int64 // bytes, 0 for no limit
	done   int64 // bytes returned so far
	r      io.Reader
}

func (d *decompressor) Read(p []byte) (int, error) {
	space := int64(len(p))
	if d.max > 0 {
		// at the limit, one more byte shows whether the data continues
		space = min(space, max(d.max-d.done, 1))
	}
	n, err := d.r.Read(p[:space])
	if d.max > 0 && d.done == d.max && n > 0 {
		return 0, &compressedError{fmt.Sprintf(
			"%s data exceeds the limit of %s after decompression", d.name, bytesOf(d.max)),
			[]error{ErrTooLarge}}
	}
	d.done += int64(n)
	if err != nil && err != io.EOF {
		err = d.explain(err)
	}
	return n, err
}

// explain distinguishes truncated data, data that needs too much memory, and damaged data.
func (d *decompressor) explain(err error) error {
	switch {
	case errors.Is(err, ErrTrailing), d.done > 0 && isOtherData(err):
		return &compressedError{fmt.Sprintf(
			"the %s data is complete, and data that is not %[1]s follows it", d.name),
			[]error{ErrTrailing, err}}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, xz.ErrBuf):
		return &compressedError{d.name + " data is cut short", []error{ErrCut, ErrCompressed, err}}
	case errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded),
		errors.Is(err, xz.ErrMemlimit):
		return &compressedError{
			fmt.Sprintf("%s data needs a window of more than %s; decompress it first and pipe "+
				"it in", d.name, bytesOf(d.window)),
			[]error{ErrTooLarge, err},
		}
	}
	return &compressedError{d.name + " data is damaged: " + err.Error(),
		[]error{ErrCompressed, err}}
}

// unexpected converts io.EOF into the error for a reader that ends too early.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// isOtherData reports whether a decompressor found no header of its format. After a complete frame
// or stream this is not damage.
func isOtherData(err error) bool {
	var bz bzip2.StructuralError
	return errors.Is(err, zstd.ErrMagicMismatch) || errors.Is(err, lz4.ErrInvalidFrame) ||
		errors.Is(err, xz.ErrFormat) ||
		errors.As(err, &bz) && strings.Contains(string(bz), "magic value in continuation")
}

// compressedError has one text and several causes.
type compressedError struct {
	text   string
	causes []error
}

func (e *compressedError) Error() string   { return e.text }
func (e *compressedError) Unwrap() []error { return e.causes }

func openGzip(r *bufio.Reader, _ uint32) (io.Reader, func(), error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, nil, err
	}
	z.Multistream(false)
	return &gzipReader{z, r}, nil, nil
}

// A gzipReader reads members until the end. Like gzip(1) it ignores zero bytes after a member as
// padding. It distinguishes other data from a damaged member.
type gzipReader struct {
	member *gzip.Reader
	r      *bufio.Reader
}

func (g *gzipReader) Read(p []byte) (int, error) {
	for {
		n, err := g.member.Read(p)
		if n > 0 && err == io.EOF {
			err = nil
		}
		if n > 0 || err != io.EOF {
			return n, err
		}
		if err := g.next(); err != nil {
			return 0, err
		}
	}
}

// next begins the next member. Its error is io.EOF at a regular end.
func (g *gzipReader) next() error {
	const magic = 0x1f
	for {
		c, err := g.r.ReadByte()
		switch {
		case err != nil:
			return err
		case c == 0:
			continue
		case c != magic:
			return ErrTrailing
		}
		if err := g.r.UnreadByte(); err != nil {
			return err
		}
		if err := g.member.Reset(g.r); err != nil {
			return unexpected(err)
		}
		g.member.Multistream(false)
		return nil
	}
}

// openZstd makes the library start no goroutines. In measurements, more goroutines than the one
// that reads ahead cost processor time and save little.
func openZstd(r *bufio.Reader, window uint32) (io.Reader, func(), error) {
	z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(uint64(window)))
	if err != nil {
		return nil, nil, err
	}
	return z, z.Close, nil
}

func openLZ4(r *bufio.Reader, _ uint32) (io.Reader, func(), error) {
	return lz4.NewReader(r), nil, nil
}

func openBzip2(r *bufio.Reader, _ uint32) (io.Reader, func(), error) {
	return bzip2.NewReader(r), nil, nil
}

// until returns a reader that ends when the options' context does. It reads decompressed data,
// because a small piece of a file may decompress to very much.
func (opt *Options) until(r io.Reader) io.Reader {
	if opt.Context == nil {
		return r
	}
	return untilDone{opt.Context, r}
}

type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if u.ctx.Err() != nil {
		return 0, context.Cause(u.ctx)
	}
	return u.r.Read(p)
}
